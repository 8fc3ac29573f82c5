"""Whatever is sent to a form or address of discussions, rooms and tags: a clear answer."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tweet_store.posts import tweet
from tests.web_ui.discussion.site_case import JSON, DiscussionCase, FormVisitor

PLACES = (
    "/ada/status/1/comments", "/ada/status/404/comments", "/room/ada/comments",
    "/room/nobody/comments", "/comments/c3/edit", "/comments/c3/delete", "/comments/c3/report",
    "/comments/c99/report", "/ada/status/1/tags", "/tag/red/report",
)  # fmt: skip
PAGES = ("/ada/status/1", "/room/ada", "/comments/c3", "/tag/red", "/tags", "/here")
FIELDS = ("text", "name", "nonce", "parent", "tag", "reason", "answer", "channel")
QUERIES = ("before", "after", "comments_after", "answer", "channel", "reported", "next")

ODD = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "", " ", "\x00", "\ud800", "x" * 1001, "\n" * 30, "c3", "c99", "c" + "9" * 25, "-1",
            str(2**63), str(2**63 - 1), "0", "٣", "\u202eabc", "<script>", "%00", "%FF", "#red",
            "room:ada", "thread:1", "tag:red", "ada", "Zoe", "a\r\nSet-Cookie: x=y",
        ]
    ),
)  # fmt: skip
REFERERS = st.sampled_from(["", "http://[", "http://a]b/", "//", "\\", "https://127.0.0.1/x"]) | (
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)
)


def raw(text: str) -> str:
    """As a hostile client would encode it, surrogates and all."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


class FuzzTest(DiscussionCase):
    def setUp(self) -> None:
        super().setUp()
        self.io_loop.run_sync(self.fill, timeout=10)

    async def fill(self) -> None:
        await self.arrive(tweet("1"))
        self.known: FormVisitor = await self.named("Zoe")
        await self.known.post("/ada/status/1/tags", tag="red")
        await self.known.post("/ada/status/1/comments", text="hello", nonce="n1")

    @settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors])
    @given(
        st.sampled_from(PLACES),
        st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=5),
        st.dictionaries(st.sampled_from(QUERIES), ODD, max_size=2),
        REFERERS,
        st.booleans(),
        st.booleans(),
    )
    def test_forms(
        self,
        place: str,
        fields: dict[str, str],
        query: dict[str, str],
        referer: str,
        named: bool,
        script: bool,
    ) -> None:
        async def send() -> None:
            visitor = self.known if named else self.form_visitor()
            asked = "&".join(f"{name}={raw(text)}" for name, text in query.items())
            headers = {"Referer": referer, **(JSON if script else {})}
            sent = await visitor.post(f"{place}?{asked}", headers, **fields)
            assert sent.code < 500, (sent.code, sent.body)
            assert "x" not in visitor.cookies
            if sent.code == 429:
                assert int(sent.headers["Retry-After"]) > 0

        self.io_loop.run_sync(send, timeout=20)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors])
    @given(
        st.sampled_from(PAGES),
        st.dictionaries(st.sampled_from(QUERIES), ODD, max_size=3),
        REFERERS,
    )
    def test_queries(self, page: str, query: dict[str, str], referer: str) -> None:
        async def ask() -> None:
            asked = "&".join(f"{name}={raw(text)}" for name, text in query.items())
            found = await self.known.get(f"{page}?{asked}", Referer=referer)
            assert found.code < 500, (found.code, found.body)

        self.io_loop.run_sync(ask, timeout=20)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.differing_executors])
    @given(
        st.sampled_from(
            [
                "/tag/{}", "/room/{}", "/comments/{}", "/ada/status/{}", "/{}/status/1",
                "/ada/status/1/tags/{}/delete", "/tag/{}/report", "/comments/{}/delete",
                "/room/{}/comments", "/ada/status/{}/comments", "/ada/status/{}/tags",
            ]
        ),
        ODD,
    )  # fmt: skip
    def test_paths(self, path: str, odd: str) -> None:
        async def ask() -> None:
            address = path.format(raw(odd))
            for found in (await self.known.get(address), await self.known.post(address)):
                assert found.code < 500, (address, found.code, found.body)

        self.io_loop.run_sync(ask, timeout=20)
