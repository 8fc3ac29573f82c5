"""What a visitor types into the search, read as an expression of SQLite's FTS5. Pure.

    moon landing "one small step" -hoax from:nasa

All words must occur, a quoted phrase in its order; what has a `-` before it must not; of the last
word the beginning will do. Whatever else is typed is words or nothing: what reaches FTS5 are our
own operators around words in quotes, in which no quote can be.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tweet_store.search_words import words_of

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


class SearchQuery(NamedTuple):
    """`wanted`, `unwanted`: phrases of FTS5. The others: handles or slugs, in lower case."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    authors: tuple[str, ...]
    not_authors: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted, so that it finds nothing."""
        return not (self.wanted or self.authors)


def parse(text: str) -> SearchQuery:
    """Read any text; a query in which nothing is wanted finds nothing."""
    read: tuple[list[str], ...] = [], [], [], []
    wanted, unwanted, authors, not_authors = read
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
        phrase = f'"{" ".join(words)}"'
        if term["without"]:
            unwanted.append(phrase)
        elif n == last and term["word"] and len(words[-1]) >= SHORTEST_PREFIX:
            wanted.append(f"{phrase} *")
        else:
            wanted.append(phrase)
    return SearchQuery(*(tuple(dict.fromkeys(of_kind)) for of_kind in read))
