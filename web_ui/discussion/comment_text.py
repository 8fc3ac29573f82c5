"""What a visitor wrote as safe HTML: escaped, with its links as links and its mentions marked.

    to_html("@Ada see https://example.com")
    == '<span class="mention" dir="auto">@Ada</span> see <a href="https://example.com" …>…</a>'

Pure. Whatever the text, the text content of the HTML is the text: every character, once and in its
place. Newlines stay: the stylesheet keeps them, and cuts what is too long of an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from linkify_it import LinkifyIt  # type: ignore[import-untyped]

from web_ui.tweet_text import escape

# As visitors' names are written, as far as one can tell where they end: up to a space.
_MENTION = re.compile(r"(?<![\w@/.])@\w(?:[\w.-]{0,28}\w)?")

_linkify = LinkifyIt(
    # Only what says that it is an address: 'the end.So what' is none.
    options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False}
)
for _schema in ("mailto:", "ftp:", "//"):
    _linkify.add(_schema, None)


class _Link(NamedTuple):
    """An address, and where it stands in the text."""

    start: int
    end: int
    address: str


def to_html(text: str) -> str:
    """The text as HTML for inside a block element. Only http and https addresses are links."""
    parts = []
    done = 0
    for link in _links(text):
        parts.append(_mentions(text[done : link.start]))
        parts.append(
            f'<a href="{escape(link.address)}" dir="ltr" rel="nofollow ugc noopener">'
            f"{escape(text[link.start : link.end])}</a>"
        )
        done = link.end
    parts.append(_mentions(text[done:]))
    return "".join(parts)


def _links(text: str) -> Iterator[_Link]:
    for match in _linkify.match(text) or ():
        if _leads_somewhere(match.url):
            yield _Link(match.index, match.last_index, match.url)


def _leads_somewhere(address: str) -> bool:
    """Not `https://bank.example@elsewhere.example`, which shows one host and leads to another."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc


def _mentions(text: str) -> str:
    parts = []
    done = 0
    for match in _MENTION.finditer(text):
        parts.append(escape(text[done : match.start()]))
        # A name does not decide the direction of a text with `dir="auto"`.
        parts.append(f'<span class="mention" dir="auto">{escape(match[0])}</span>')
        done = match.end()
    parts.append(escape(text[done:]))
    return "".join(parts)
