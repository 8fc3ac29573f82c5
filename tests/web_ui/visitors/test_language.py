"""The language of a page: which one, in which direction, with which words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado import locale

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.visitors.visitors_case import VisitorsCase
from web_ui import times
from web_ui.visitors import language


class LanguageTest(VisitorsCase):
    def setUp(self) -> None:
        super().setUp()
        self.store.save([tweet(str(n), created_at=NOON) for n in range(1, 3)])
        self.store.save([tweet("3", author=author("bob"), created_at=NOON)])

    def test_the_browser_s_wish_counts_until_the_visitor_says_otherwise(self) -> None:
        for asked, lang in [
            ("es-MX,es;q=0.9,en;q=0.8", "es"),
            ("en-GB,es;q=0.9", "en"),
            ("fr,de;q=0.9,es;q=0.1", "es"),
            ("fr", "en"),
            ("es;q=0", "en"),
            ("es;q=x, *, ;;;,-_-", "en"),
            ("", "en"),
        ]:
            page = self.visitor(**{"Accept-Language": asked}).get("/").body.decode()
            assert f'<html lang="{lang}" dir="ltr">' in page, asked
        one = self.visitor(**{"Accept-Language": "en"})
        found = one.post("/language", page="/celebs?q=a", language="es", next="/celebs?q=a")
        assert (found.code, found.headers["Location"]) == (303, "/celebs?q=a")
        assert 'lang="es"' in one.get("/").body.decode()
        one.post("/language", language="en", next="/")
        assert '<html lang="en"' in one.get("/").body.decode()

    def test_a_language_that_the_site_does_not_have(self) -> None:
        assert self.visitor().post("/language", language="xx", next="/").code == 400
        one = self.visitor()
        one.cookies["language"] = "../../etc"
        assert '<html lang="en"' in one.get("/").body.decode()

    def test_a_page_in_spanish_with_its_cards_dates_and_numbers(self) -> None:
        one = self.visitor(**{"Accept-Language": "es"})
        page = one.get("/").body.decode()
        assert "Conversación" in page
        assert "21 nov 2026, 12:00 UTC" in page
        assert "Discussion" not in page.replace('"Discussion":', "")
        assert 'aria-label="Seguir a Ada"' in one.get("/ada").body.decode()
        people = one.get("/celebs").body.decode()
        assert "2 publicaciones" in people
        assert "1 publicación " in people
        assert "Aquí no hay nada" in one.get("/nobody").body.decode()

    def test_the_form_stands_on_every_page_and_leads_back(self) -> None:
        page = self.visitor().get("/celebs?q=a%22b").body.decode()
        assert 'name="next" value="/celebs?q=a%22b"' in page
        assert re.search(r'value="en" lang="en" aria-current="true"', page)

    def test_scripts_have_their_words(self) -> None:
        for lang, said in (("en", "Reconnecting…"), ("es", "Reconectando…")):
            page = self.visitor(**{"Accept-Language": lang}).get("/").body.decode()
            found = re.search(r'<script type="application/json" data-words>(.*?)</script>', page)
            assert found
            assert json.loads(found[1])["Reconnecting…"] == said


class RightToLeftTest(VisitorsCase):
    """With a made-up translation: every text in brackets."""

    def get_app(self):  # type: ignore[no-untyped-def]
        made = super().get_app()
        language.load(Path(__file__).parent / "pseudo_locale")
        locale.Locale._cache.clear()
        self.addCleanup(language.load)
        self.addCleanup(locale.Locale._cache.clear)
        return made

    def test_a_page_runs_from_right_to_left(self) -> None:
        page = self.visitor(**{"Accept-Language": "ar"}).get("/").body.decode()
        assert '<html lang="ar" dir="rtl">' in page
        assert "⟦All celebs⟧" in page


@pytest.mark.parametrize(
    ("code", "direction"),
    [("en", "ltr"), ("es", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("he", "rtl"), ("ur_PK", "rtl")],
)
def test_direction(code: str, direction: str) -> None:
    assert language.direction(code) == direction


@pytest.mark.parametrize(
    ("number", "english", "spanish"),
    [(0, "0", "0"), (1234, "1,234", "1234"), (12345, "12,345", "12.345")],
)
def test_numbers(number: int, english: str, spanish: str) -> None:
    assert language.grouped(number, "en") == english
    assert language.grouped(number, "es") == spanish


@pytest.fixture
def _spanish() -> Iterator[None]:
    language.load()
    yield
    locale.Locale._cache.clear()


@pytest.mark.usefixtures("_spanish")
def test_what_is_written_in_the_words_cannot_end_their_element() -> None:
    words = locale.get("es")
    assert "<" not in language.script_words(words)
    assert times.written(NOON, words.translate) == "21 nov 2026, 12:00 UTC"
