"""Words that nobody may write: compared without case, accents, look-alikes and spaces between."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from tweet_store.dialects import upsert
from tweet_store.discussion import refusals, text_forms
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import word_filters

MOST_WORDS = 1000
"""Each comment is held against all of them."""
LONGEST_WORD = 60


def check(connection: Connection, text: str) -> None:
    """Raises `Refused`, filtered, if a word of the text, or several in a row, are one of those."""
    forbidden = set(connection.scalars(select(word_filters.c.word)))
    if forbidden and has_one_of(text, forbidden):
        raise Refused("filtered", refusals.FILTERED)


def has_one_of(text: str, forbidden: set[str]) -> bool:
    """Whether it does; `b a d` and `b.a.d` have `bad` in them, `badge` does not."""
    longest = max(map(len, forbidden))
    words = text_forms.words_of(text)
    for start in range(len(words)):
        joined = ""
        for word in words[start:]:
            joined += word
            if len(joined) > longest:
                break
            if joined in forbidden:
                return True
    return False


def add(connection: Connection, word: str) -> str:
    """Forbid a word; gives it as it is shown. Raises `Refused`."""
    key, shown = text_forms.name_key(word), " ".join(word.split())
    if not 1 <= len(key) <= LONGEST_WORD:
        raise Refused("bad_text", refusals.BAD_CHARACTERS)
    if connection.scalar(select(func.count()).select_from(word_filters)) == MOST_WORDS:
        raise Refused("too_many", refusals.TOO_MANY)
    adding = upsert(word_filters).values(word=key, shown=shown)
    connection.execute(adding.on_conflict_do_nothing())
    return shown


def remove(connection: Connection, word: str) -> str:
    """Allow it again, in any spelling; gives it as it was shown. Raises `Refused`: gone."""
    of_word = word_filters.c.word == text_forms.name_key(word)
    allowing = delete(word_filters).where(of_word).returning(word_filters.c.shown)
    shown: str | None = connection.scalar(allowing)
    if shown is None:
        raise Refused("gone", refusals.GONE)
    return shown


def words(connection: Connection) -> list[str]:
    """Those that are forbidden, as they were written, in order."""
    return list(connection.scalars(select(word_filters.c.shown).order_by(word_filters.c.word)))
