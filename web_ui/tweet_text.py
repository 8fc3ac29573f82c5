"""The text of a post as safe HTML: escaped, with its links, mentions and tags as links.

    to_html("Tea &amp; cake with @ada", (Entity("mention", 20, 24, "ada"),), network="x")
    == 'Tea &amp; cake with <a href="https://x.com/ada" …>@ada</a>'

Pure. X delivers text with `&`, `<` and `>` escaped, and counts entities' offsets in that escaped
text; so each stretch is cut first, then unescaped, then escaped for HTML.
Whatever the entities say, every character of the text comes out, once and in its place, except that
a url shows the short form that X gives for it. Newlines stay: the stylesheet keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from tweet_store.model import Entity

_X_ESCAPE = re.compile("&(?:amp|lt|gt);")
_LANGUAGE = re.compile("[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")

# X's codes that are not of BCP 47, or are and say 'no language' (X docs: supported languages).
_RENAMED = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})

_X_ADDRESS = {
    "mention": "https://x.com/",
    "hashtag": "https://x.com/hashtag/",
    "cashtag": "https://x.com/search?q=%24",
}


def to_html(text: str, entities: Sequence[Entity], network: str) -> str:
    """The text as HTML for inside a block element, linked as its network links it.

    An entity that lies outside the text, cuts an escape in two, or begins before its forerunner
    ends is left out; a url that is not http or https is left as plain text.
    """
    if not entities:
        return escape(unescape(text))
    size = len(text)
    inside_escapes: set[int] = set()
    if "&" in text:
        for match in _X_ESCAPE.finditer(text):
            inside_escapes.update(range(match.start() + 1, match.end()))
    parts = []
    done = 0
    for entity in sorted(entities, key=_start):
        start, end = entity.start, entity.end
        if not done <= start < end <= size or start in inside_escapes or end in inside_escapes:
            continue
        href = _href(entity, network)
        if href is None:
            continue
        shown = text[start:end]
        if entity.kind == "url" and entity.display:
            # Not part of the text, and not escaped by X.
            label = escape(entity.display)
        else:
            label = escape(unescape(shown))
        parts.append(escape(unescape(text[done:start])))
        # Handles and addresses are Latin: an Arabic answer still runs from right to left.
        parts.append(link(href, label, ltr=entity.kind in ("mention", "url")))
        done = end
    parts.append(escape(unescape(text[done:])))
    return "".join(parts)


def link(href: str, label: str, *, ltr: bool = False) -> str:
    """An `<a>` to an address of ours (a path) or of somebody else's; `label` is HTML already.

    `ltr` keeps a Latin label from deciding the direction of a text with `dir="auto"`.
    """
    direction = ' dir="ltr"' if ltr else ""
    rel = "" if href.startswith("/") else ' rel="nofollow noopener"'
    return f'<a href="{escape(href)}"{direction}{rel}>{label}</a>'


def unescape(text: str) -> str:
    """Undo X's three escapes, once: `&amp;lt;` is the text `&lt;`."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """For HTML, in text and in quoted attributes alike."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


@lru_cache(maxsize=512)
def language(lang: str | None) -> str | None:
    """The `lang` attribute for a language that X names, or None where it names none."""
    if lang is None or lang in _NO_LANGUAGE or not _LANGUAGE.fullmatch(lang):
        return None
    return _RENAMED.get(lang, lang)


def _start(entity: Entity) -> int:
    return entity.start


def _href(entity: Entity, network: str) -> str | None:
    """Where the entity leads, or None where it stays text."""
    if entity.kind == "url":
        return entity.target if entity.target.startswith(("https://", "http://")) else None
    target = quote(entity.target, safe="")
    if not target:
        return None
    if network == "x":
        return _X_ADDRESS[entity.kind] + target
    if network == "demo" and entity.kind == "mention":
        return f"/{target.lower()}"
    return None
