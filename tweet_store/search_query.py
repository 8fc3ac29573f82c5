"""What a visitor types into the search, read. Pure.

    moon landing "one small step" -hoax from:nasa

All words must occur, a quoted phrase in its order; what has a `-` before it must not; of the last
word the beginning will do. Whatever else is typed is words or nothing: what reaches the
database are its operators around words in quotes, in which no quote can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from tweet_store.search_words import words_of

T = TypeVar("T")

LONGEST = 200
"""Characters of a query that are read."""
MOST_TERMS = 12
"""Words and phrases of a query that are read."""
MOST_WORDS = 12
"""The same with those in phrases counted singly. A phrase is read up to there."""
SHORTEST_PREFIX = 3
"""Letters of the last word from which on its beginning will do."""

_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\xab\xbb\uff02", '"'))
"""As keyboards of phones and of other languages write them."""
_TERM = re.compile(
    r'(?P<without>-?)(?:"(?P<phrase>[^"]*)"?|from:@?(?P<author>[^\s"]*)|(?P<word>[^\s"]+))', re.I
)


class Phrase(NamedTuple):
    """Words in their order, often just one. Of the last of an open one the beginning will do."""

    words: tuple[str, ...]
    is_open: bool = False


class Criteria(NamedTuple):
    """What a post must have to be found: all phrases, and an author out of each group in `by`; none
    of the others. Authors are given by the words that stand for them in the index."""

    phrases: tuple[Phrase, ...]
    by: tuple[tuple[str, ...], ...]
    not_phrases: tuple[Phrase, ...]
    not_by: tuple[str, ...]


class SearchQuery(NamedTuple):
    """What was typed. Authors are handles or slugs, in lower case."""

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...]
    authors: tuple[str, ...]
    not_authors: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted, so that it finds nothing."""
        return not (self.wanted or self.authors)


def parse(text: str) -> SearchQuery:
    """Read any text; a query in which nothing is wanted finds nothing."""
    wanted: list[Phrase] = []
    unwanted: list[Phrase] = []
    authors: list[str] = []
    not_authors: list[str] = []
    # Half a surrogate pair, which no database takes, is no word either.
    text = text[:LONGEST].encode(errors="replace").decode().translate(_QUOTES)
    terms = list(_TERM.finditer(text))[:MOST_TERMS]
    left = MOST_WORDS
    last = max((n for n, term in enumerate(terms) if term["author"] is None), default=-1)
    for n, term in enumerate(terms):
        if term["author"] is not None:
            if term["author"]:
                (not_authors if term["without"] else authors).append(term["author"].lower())
            continue
        words = words_of(term["phrase"] or term["word"] or "")[:left]
        if not words:
            continue
        left -= len(words)
        if term["without"]:
            unwanted.append(Phrase(tuple(words)))
        else:
            is_open = n == last and bool(term["word"]) and len(words[-1]) >= SHORTEST_PREFIX
            wanted.append(Phrase(tuple(words), is_open))
    return SearchQuery(_once(wanted), _once(unwanted), _once(authors), _once(not_authors))


def _once(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(found))
