"""The demo's content as it stands in the files: nobody real, nothing that leads nowhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest

from stream_reader import text_entities
from stream_reader.demo_director import SLOT
from stream_reader.demo_script import Line, Script, Story, load
from tweet_store.slugs import RESERVED

SCRIPT = load()

SCRIPTS = "LATIN GREEK CYRILLIC ARABIC HEBREW DEVANAGARI HIRAGANA KATAKANA HANGUL CJK".split()


def sentences(script: Script) -> Iterator[tuple[str, str]]:
    """Every text there is, with its language."""
    for celeb in script.celebs.values():
        yield from ((celeb.lang, text) for text in celeb.posts)
    for lang, phrases in script.phrases.items():
        yield from ((lang, text) for text in (*phrases.replies, *phrases.quotes))
    for _, line in lines(script):
        if line.text:
            yield line.lang or script.celebs[line.by].lang, line.text


def lines(script: Script) -> Iterator[tuple[tuple[Line, ...], Line]]:
    for story in script.stories:
        for scene in story.scenes:
            yield from ((scene, line) for line in scene)


def test_there_are_forty_celebs_with_handles_such_as_x_gives() -> None:
    handles = list(SCRIPT.celebs)
    assert len(handles) == 40
    assert len({handle.lower() for handle in handles}) == 40
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,15}", handle) for handle in handles)
    assert not {handle.lower() for handle in handles} & RESERVED
    assert len({celeb.name for celeb in SCRIPT.celebs.values()}) == 40


def test_accounts_are_not_on_x_and_have_ids_of_their_own() -> None:
    authors = [celeb.author for celeb in SCRIPT.celebs.values()]
    assert {author.network for author in authors} == {"demo"}
    assert len({author.account_id for author in authors}) == 40
    assert all(10**18 < int(author.account_id) < 2**64 for author in authors)
    assert all(author.avatar_url is None for author in authors)
    assert {author.verified for author in authors} == {True, False}


def test_every_celeb_has_a_bio_of_one_line_and_enough_to_say() -> None:
    for celeb in SCRIPT.celebs.values():
        assert celeb.bio
        assert "\n" not in celeb.bio
        assert not SLOT.search(celeb.bio)
        assert 20 <= len(celeb.bio) <= 160
        assert len(set(celeb.posts)) >= 7


def test_several_hundred_sentences_in_many_languages_and_scripts() -> None:
    texts = [text for _, text in sentences(SCRIPT)]
    assert len(set(texts)) == len(texts) > 800
    assert len({celeb.lang for celeb in SCRIPT.celebs.values()}) >= 13
    found = {unicodedata.name(c, "").split(" ")[0] for text in texts for c in text if c.isalpha()}
    assert found >= set(SCRIPTS)
    assert any(len(text) > 400 for text in texts)
    assert any(len(text) < 6 for text in texts)
    assert any(len(word) > 50 for text in texts for word in text.split())


def test_every_language_has_phrases_and_every_slot_something_to_fill_it() -> None:
    speakers = {celeb.lang for celeb in SCRIPT.celebs.values()}
    assert speakers == set(SCRIPT.phrases)
    for lang, text in sentences(SCRIPT):
        for slot in SLOT.finditer(text):
            if slot["name"]:
                assert SCRIPT.phrases[lang].slots[slot["name"]], text
            else:
                assert int(slot["low"]) < int(slot["high"]), text
        assert not re.search(r"[{}]", SLOT.sub("", text)), text


def test_texts_mention_celebs_and_lead_to_examples_only() -> None:
    for _, text in sentences(SCRIPT):
        found = text_entities.find(text)
        for entity in found:
            if entity.kind == "mention":
                assert entity.target in SCRIPT.celebs, text
            elif entity.kind == "url":
                assert re.match(r"https://example\.(org|com|net)/", entity.target), text
            else:
                assert entity.kind == "hashtag"
        assert len(found) == sum(map(text.count, ("#", "@", "://"))), text


def test_every_language_has_a_choice_of_phrases() -> None:
    for phrases in SCRIPT.phrases.values():
        assert len(set(phrases.replies)) == len(phrases.replies) >= 8
        assert len(set(phrases.quotes)) == len(phrases.quotes) >= 3
        assert all(len(set(values)) >= 4 for values in phrases.slots.values())


@pytest.mark.parametrize("story", SCRIPT.stories, ids=[story.name for story in SCRIPT.stories])
def test_a_scene_refers_to_earlier_lines_that_are_still_there(story: Story) -> None:
    for scene in story.scenes:
        there: set[int] = set()
        for number, line in enumerate(scene, 1):
            assert line.by in SCRIPT.celebs
            references = [n for n in (line.re, line.quote, line.edit, line.delete) if n]
            assert len(references) <= 1
            assert set(references) <= there
            assert bool(line.text) != bool(line.delete)
            if line.edit or line.delete:
                assert scene[(line.edit or line.delete) - 1].by == line.by
            if line.delete:
                there.discard(line.delete)
            elif not line.edit:
                there.add(number)


def test_stories_are_told_by_everybody() -> None:
    assert {line.by for _, line in lines(SCRIPT)} == set(SCRIPT.celebs)
