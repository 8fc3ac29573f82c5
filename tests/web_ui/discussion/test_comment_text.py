"""What visitors write, as HTML: links and mentions, and nothing else, whatever they write."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui.discussion.comment_text import to_html

PIECES = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "https://example.com/a?b=1&c=2#d", "http://", "https://", "@ada", "@", "<script>",
                '"onclick="', "'", "&lt;", "&amp;", "</a>", "<!--", "javascript:alert(1)", "\n",
                " ", "(", ")", "[", "]", "https://a@b.c", "//evil.example", "data:text/html,x",
                "https://[::1]/", "https://xn--/", "HTTPS://É.com", "\u202e", "mailto:a@b.c",
                "\x00", "@مريم",
            ]
        ),
    ),
    max_size=12,
)  # fmt: skip


class Read(HTMLParser):
    """What a browser makes of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.odd: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.odd.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)


def links(text: str) -> list[str | None]:
    return [attributes["href"] for tag, attributes in Read(to_html(text)).tags if tag == "a"]


def mentions(text: str) -> list[str]:
    return [
        part.partition("</span>")[0]
        for part in to_html(text).split('<span class="mention" dir="auto">')[1:]
    ]


@given(PIECES)
def test_the_text_content_is_the_text_and_nothing_can_be_injected(pieces: list[str]) -> None:
    text = "".join(pieces)
    read = Read(to_html(text))
    assert read.text == text
    assert (read.open, read.odd) == ([], [])
    for tag, attributes in read.tags:
        if tag == "a":
            assert set(attributes) == {"href", "dir", "rel"}
            assert attributes["rel"] == "nofollow ugc noopener"
            address = attributes["href"]
            assert address is not None
            assert address.lower().startswith(("http://", "https://"))
        else:
            assert (tag, attributes) == ("span", {"class": "mention", "dir": "auto"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com/a_(b), then", ["https://example.com/a_(b)"]),
        ("(http://example.com/?q=1&z=2#f).", ["http://example.com/?q=1&z=2#f"]),
        ("http://localhost:3000 and https://example.org", ["http://localhost:3000", "https://example.org"]),
        ("javascript:alert(1) data:text/html,x ftp://example.com mailto:a@example.com", []),
        ("//example.com example.com the end.So", []),
        ("https://bank.example@evil.example/", []),
        ("https:// http:///x https://[", []),
    ],
)  # fmt: skip
def test_addresses_are_links_if_they_say_that_they_are_addresses(
    text: str, found: list[str]
) -> None:
    assert links(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ada, look: @bob_2 and @مريم!", ["@Ada", "@bob_2", "@مريم"]),
        ("thanks @ada-l.", ["@ada-l"]),
        ("a@b.example @ @@ada x@y", []),
        ("https://example.com/@ada", []),
    ],
)
def test_mentions_are_marked(text: str, found: list[str]) -> None:
    assert mentions(text) == found


def test_a_text_that_is_made_to_be_slow_is_not() -> None:
    texts = ["https://a" * 111, "http://" + "a." * 490, "http://a.b/" + "()" * 490, "@a" * 500]
    begun = time.process_time()
    for text in texts:
        to_html(text)
    assert time.process_time() - begun < 1
