"""Every text of the site has its translation, and every translation a text."""

from __future__ import annotations

import re
from collections import Counter

from tests.web_ui.visitors import said
from web_ui.cards import MEDIA_NAMES
from web_ui.visitors import language
from web_ui.visitors.script_words import IN_CARDS, SAID_BY_SCRIPTS

FILES = sorted(said.LOCALE.glob("*.csv"))
PLACE = re.compile(r"%\(\w+\)s|%")


def test_the_languages_offered_are_those_that_are_there() -> None:
    assert {path.stem for path in FILES} | {language.ENGLISH} == set(language.NAMES)


def test_nothing_is_missing_and_nothing_left_over() -> None:
    texts = said.in_templates() | said.in_python() | said.in_lists()
    for path in FILES:
        rows = Counter(row for row, _ in said.translated(path))
        assert texts - set(rows) == set(), f"{path.name} lacks these"
        assert set(rows) - texts == set(), f"nobody says these of {path.name}"
        assert [row for row, count in rows.items() if count > 1] == []


def test_a_translation_has_the_places_of_its_text() -> None:
    for path in FILES:
        for (text, _), translation in said.translated(path):
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(translation)), text
            assert translation == translation.strip() != "", text


def test_scripts_find_every_word_that_they_say() -> None:
    assert said.by_scripts() == set(SAID_BY_SCRIPTS)


def test_what_cards_bring_in_english_can_be_translated_on_the_page() -> None:
    in_cards = {text for text, _ in said.in_templates("card.html", "comment.html")}
    assert in_cards | set(MEDIA_NAMES.values()) == set(IN_CARDS)
