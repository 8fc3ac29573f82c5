"""Searching in PostgreSQL: what no word, no text and no query may do to it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.tweet_store.databases import on_postgresql
from tests.tweet_store.posts import tweet
from tweet_store import tsvector
from tweet_store.database import StoreUnavailable
from tweet_store.search_query import Criteria, Phrase
from tweet_store.search_words import indexed, words_of
from tweet_store.store import TweetStore

pytestmark = on_postgresql


def test_a_search_ends_after_its_time_and_the_store_goes_on(
    store: TweetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save([tweet("1", text="hello")])
    store.index_posts(9)
    monkeypatch.setattr(tsvector, "LONGEST", 50)
    with store.writing() as connection:
        connection.execute(text("LOCK TABLE search IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StoreUnavailable, match="statement timeout"):
            store.search("hello")
    assert [found.id for found in store.search("hello")] == ["1"]
    with store.reading() as connection:
        tsvector.positions(connection, Criteria((Phrase(("hello",)),), (), (), ()), 9, 9)
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "5s"


def test_words_and_texts_past_postgresql_s_limits_are_found_by_their_beginning(
    store: TweetStore,
) -> None:
    long_word = "ü" * 30_000
    every_word = " ".join(map(chr, range(0x4E00, 0x9FFF))) + " end" * 30_000
    posts = [long_word, f"{every_word} last", "'quoted' \\back\\ :1 & | !", "x " * 60_000]
    store.save([tweet(str(n), text=words) for n, words in enumerate(posts)])
    assert store.index_posts(9) == 4
    assert [found.id for found in store.search("u" * 200)] == ["0"]
    assert [found.id for found in store.search("一丁")] == ["1"]
    assert [found.id for found in store.search("quoted back")] == ["2"]
    assert [found.id for found in store.search('"x x"')] == ["3"]
    assert store.search("last") == []


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=20))
def test_a_phrase_is_found_exactly_where_its_words_stand_in_a_row(
    any_store: TweetStore, words: str, phrase: str
) -> None:
    """Against plain lists of words."""
    there, wanted = words_of(words), words_of(phrase)[:12]
    if not wanted:
        return
    expression = tsvector._expression(Criteria((Phrase(tuple(wanted)),), (), (), ()))
    with any_store.reading() as connection:
        found = connection.scalar(
            text("SELECT CAST(:vector AS tsvector) @@ CAST(:query AS tsquery)"),
            {"vector": tsvector._vector(indexed(words), "author"), "query": expression},
        )
    runs = [there[n : n + len(wanted)] for n in range(len(there))]
    assert found == (wanted in runs)
