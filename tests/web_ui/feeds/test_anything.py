"""Whatever address a program makes up below ours: an answer, and never a fault of the site's."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.tweet_store.posts import tweet
from tests.web_ui.program_case import ProgramCase

WORD = st.text(max_size=20) | st.binary(max_size=6)
ADDRESSES = st.sampled_from(["/ada/status/1", "/ada/status/%ff", "/ada/status/" + "9" * 200])


class AnythingTest(ProgramCase):
    settings = {"max_reads_per_minute": 1_000_000}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        self.store.save([tweet("1")])

    @examples(max_examples=30)
    @given(
        place=st.sampled_from(["feeds", "feeds/tag", "sitemap", "sitemap/posts", "sitemap/celebs"]),
        word=WORD,
        ending=st.sampled_from([".atom", ".json", ".xml", ""]),
    )
    def test_paths(self, place: str, word: str | bytes, ending: str) -> None:
        found = self.get(f"/{place}/{quote(word, safe=',')}{ending}")
        assert found.code < 500

    @examples(max_examples=30)
    @given(
        address=ADDRESSES,
        query=st.dictionaries(
            st.sampled_from("url format maxwidth maxheight".split()) | st.text(max_size=5), WORD
        ),
    )
    def test_embedding(self, address: str, query: dict[str, str | bytes]) -> None:
        for asked in (query, {"url": self.get_url(address), **query}):
            assert self.get(f"/oembed?{urlencode(asked)}").code < 500

    @examples(max_examples=30)
    @given(text=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40))
    def test_conditions(self, text: str) -> None:
        for name in ("If_None_Match", "If_Modified_Since"):
            assert self.get("/feeds/all.atom", **{name: text.strip()}).code in (200, 304, 400)
