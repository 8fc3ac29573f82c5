"""Long texts on timelines: which are folded, and how much of one travels. Pure.

    folding.fold(text, entities, network)
    == Folded('<p>'s inside', folded=True, cut=False)

A folded text is all there and the stylesheet shows its first lines. X allows 25,000 characters, and
an update goes to every visitor: of a text past LONGEST only the beginning travels, far more than
the folded lines show. The page of the post has the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tweet_store.model import Entity
from web_ui.tweet_text import to_html

FOLDED_CHARACTERS = 1_000
FOLDED_LINES = 20
"""A longer text is folded. Both are more than the dozen lines that site.css shows of it."""
LONGEST = 4_000
"""Characters of a text on a timeline."""
LONGEST_HTML = 16_384
"""Characters of it as HTML: a text of nothing but links is twenty times its length."""
SHORTEST = 100
"""Characters that are shown in any case."""
EXCERPT = 140
"""Characters of what is only hinted at."""

_ESCAPE_CUT = re.compile(r"&[a-z]{0,3}\Z")
_WORD_CUT = re.compile(r"\s\S{0,40}\Z")


class Folded(NamedTuple):
    """A text as HTML. `cut`: it is not all there, and then it is `folded`, too."""

    html: str
    folded: bool
    cut: bool


def fold(text: str, entities: Sequence[Entity], network: str) -> Folded:
    """The text as a timeline shows it."""
    shown = beginning(text, entities, LONGEST)
    html = to_html(shown, entities, network)
    length = LONGEST
    while len(html) > LONGEST_HTML and length > SHORTEST:
        length //= 2
        shown = beginning(text, entities, length)
        html = to_html(shown, entities, network)
    cut = len(shown) < len(text)
    long = len(text) > FOLDED_CHARACTERS or text.count("\n") >= FOLDED_LINES
    return Folded(html, long or cut, cut)


def beginning(text: str, entities: Sequence[Entity], most: int) -> str:
    """At most `most` characters, without half an entity, half of X's escapes or, if that can be
    helped, half a word at the end."""
    if len(text) <= most:
        return text
    starts = [one.start for one in entities if 0 < one.start < most < one.end <= len(text)]
    shown = text[: min(starts, default=most)]
    if not starts:
        shown = _ESCAPE_CUT.sub("", shown)
        if not text[len(shown)].isspace():
            shown = _WORD_CUT.sub("", shown) or shown
    return shown


def excerpt(text: str) -> str:
    """The beginning of a plain text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"
