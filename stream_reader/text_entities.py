"""Links in a post's text: keeping those a source gives that fit, finding them where it gives none.

Pure, any thread. Offsets count Unicode code points, end exclusive, as X's do and Python's too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from operator import attrgetter

from tweet_store.model import Entity

MOST = 100
"""Links of one text; the rest of it stays plain."""

_SIGNS = {"hashtag": "#＃", "mention": "@＠", "cashtag": "$＄"}  # noqa: RUF001 (fullwidth, on purpose)

# The first line only makes the search fast. A hashtag is only begun here: its letters may carry
# marks, which `\w` does not know.
_BEGINNINGS = re.compile(
    r"(?=[hH@＠$#＃])(?:"  # noqa: RUF001
    r"(?<![A-Za-z0-9])(?P<url>[hH][tT][tT][pP][sS]?://[!#-;=?-~]+)"  # printable ASCII but " < >
    r"|(?<![A-Za-z0-9_!#$%&*@＠])[@＠](?P<mention>[A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@＠])"  # noqa: RUF001
    r"|(?<!\S)\$(?P<cashtag>[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\w$])"
    r"|(?<![\w&])[#＃](?=\w)(?P<hashtag>))"  # noqa: RUF001
)
_PUNCTUATION = ".,;:!?'*_~"
_word = re.compile(r"\w*").match


def fitting(text: str, entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Those of `entities` that fit the text, in its order.

    One that begins before the text or ends behind it, has no length, overlaps an earlier one or
    does not begin with its sign (`#` for a hashtag) is left out: a wrong link is worse than none.
    Only the first `MOST` given are looked at.
    """
    kept = []
    last = 0
    for entity in sorted(islice(entities, MOST), key=attrgetter("start")):
        if last <= entity.start < entity.end <= len(text):
            sign = _SIGNS.get(entity.kind)
            if sign is None or text[entity.start] in sign:
                kept.append(entity)
                last = entity.end
    return tuple(kept)


def find(text: str) -> tuple[Entity, ...]:
    """The first `MOST` urls, #hashtags, @mentions and $cashtags of a text, as X would link them."""
    found = []
    last = 0
    for match in _BEGINNINGS.finditer(text):
        start = match.start()
        if start < last:
            continue
        entity = _entity(text, start, match)
        # What is followed by an ellipsis was cut off there, and would lead nowhere.
        if entity is not None and text[entity.end : entity.end + 1] != "…":
            found.append(entity)
            last = entity.end
            if len(found) == MOST:
                break
    return tuple(found)


def _entity(text: str, start: int, match: re.Match[str]) -> Entity | None:
    if match.lastgroup == "url":
        url = _without_trailing_punctuation(match["url"])
        return Entity("url", start, start + len(url), url)
    if match.lastgroup == "mention":
        return Entity("mention", start, match.end(), match["mention"])
    if match.lastgroup == "cashtag":
        return Entity("cashtag", start, match.end(), match["cashtag"])
    end = _end_of_tag(text, start + 1)
    tag = text[start + 1 : end]
    # As on X, #1 is a number and not a tag.
    return Entity("hashtag", start, end, tag) if any(map(str.isalpha, tag)) else None


def _end_of_tag(text: str, position: int) -> int:
    """The end of the letters, digits, underscores and combining marks from `position` on.

    Devanagari, Thai, Arabic and others write vowels as marks, and X counts them in.
    """
    end = _end_of_word(text, position)
    while end < len(text) and unicodedata.category(text[end])[0] == "M":
        end = _end_of_word(text, end + 1)
    return end


def _end_of_word(text: str, position: int) -> int:
    match = _word(text, position)
    return match.end() if match else position


def _without_trailing_punctuation(url: str) -> str:
    """A sentence goes on behind a url; a bracket that was opened in the url belongs to it."""
    end = len(url)
    unopened = url.count(")") - url.count("(")
    while url[end - 1] in _PUNCTUATION or (url[end - 1] == ")" and unopened > 0):
        unopened -= url[end - 1] == ")"
        end -= 1
    return url[:end]
