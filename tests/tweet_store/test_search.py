"""Searching, in a real store: what is found, and that what was deleted is nowhere any more."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.tweet_store.databases import Databases, holds, on_sqlite
from tests.tweet_store.old_stores import migrated
from tests.tweet_store.posts import author, tweet
from tweet_store import fts5, search_query
from tweet_store.database import StoreUnavailable
from tweet_store.model import Entity, Tombstone
from tweet_store.store import TweetStore

NASA = author("NASA_Live", name="The Space Agency")


@pytest.fixture(scope="module")
def library(databases: Databases) -> Iterator[TweetStore]:
    """A store with some posts, for tests that only read."""
    opened = TweetStore.open(databases.empty())
    link = Entity("url", 9, 23, "https://example.org/launch", display="example.org/launch")
    opened.save(
        [
            tweet("1", text="The moon landing was one small step"),
            tweet("2", text="One step, small or not: the Café on the MOON", author=NASA),
            tweet("3", text="Watch at https://t.co/x &amp; rejoice", entities=(link,), author=NASA),
            tweet("4", text="東京タワーの夜 🚀"),
            tweet("5", text="ฉันรักภาษาไทย"),
            tweet("6", text="moonlight over the cafeteria"),
            tweet("7", text="मुझे हिन्दी पसंद है"),
        ]
    )
    everything_indexed(opened)
    yield opened
    opened.close()


@on_sqlite
def test_a_search_ends_after_its_time_and_the_store_goes_on(
    store: TweetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save([tweet(str(n), text="the same words again") for n in range(1, 200)])
    everything_indexed(store)
    assert len(store.search("the same")) == 50
    monkeypatch.setattr(fts5, "LONGEST", -1.0)
    with pytest.raises(StoreUnavailable, match="interrupted"):
        store.search("the same")
    assert len(store.timeline()) == 50
    monkeypatch.undo()
    assert len(store.search("the same")) == 50


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("the the the", ["the", "the*"]),
        ('"a b" "a b" c', ["a b", "c"]),
        ('"' + "a b " * 9 + '" c', ["a b a b a b a b a b a b"]),
        ("一" * 99, ["一 一 一 一 一 一 一 一 一 一 一 一"]),
        ("a " + "bc.de " * 2 + "f.g.h." * 9, ["a", "bc de", "f g h f g h f"]),
    ],
)
def test_words_are_read_once_and_not_without_end(query: str, wanted: list[str]) -> None:
    found = search_query.parse(query).wanted
    assert [" ".join(phrase.words) + "*" * phrase.is_open for phrase in found] == wanted


def everything_indexed(store: TweetStore, most: int = 100) -> None:
    while store.index_posts(most) == most:
        pass


def ids(store: TweetStore, query: str, celeb: str | None = None) -> list[str]:
    return [found.id for found in store.search(query, celeb=celeb)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("moon", "6 2 1"),
        ("moon the", "2 1"),
        ("MOON café", "2"),
        ("small step", "2 1"),
        ('"small step"', "1"),
        ('"one step"', "2"),
        ('"moon land"', ""),
        ("“small step”", "1"),
        ('"small step', "1"),
        ("step -landing", "2"),
        ('step -"small step"', "2"),
        ("-moon", ""),
        ("mo", ""),
        ("moonl", "6"),
        ("landin from:ada", "1"),
        ("landi step", ""),
        ("from:nasa_live", "3 2"),
        ("from:@NASA_Live moon", "2"),
        ("moon -from:nasa_live", "6 1"),
        ("-from:nobody moon the", "2 1"),
        ("from:nobody moon", ""),
        ("from:ada from:nasa_live step", "2 1"),
        ("from: moon", "6 2 1"),
        ("example.org/launch", "3"),
        ("t.co", ""),
        ("amp", ""),
        ("東京", "4"),
        ("京タ", "4"),
        ("東タ", ""),
        ("東 夜", "4"),
        ("🚀", "4"),
        ("รักภาษา", "5"),
        ("हिन्दी", "7"),
        ("", ""),
        ("   ", ""),
        ('"', ""),
        ("*", ""),
        ("moon OR landing", ""),
        ("words: moon", ""),
    ],
)
def test_what_a_query_finds(library: TweetStore, query: str, found: str) -> None:
    assert ids(library, query) == found.split()


@settings(max_examples=300)
@given(
    query=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    *"\"'()*:^+-{},;% \x00\ud800\u0301",
                    *["AND", "OR", "NOT", "NEAR(", "words", "author", "rowid", "moon", "東京"],
                    *["from:", "from:ada", "-from:ada", '"one step"'],
                ]
            )
        ).map("".join),
    )
)
def test_whatever_is_typed_is_no_error(library: TweetStore, query: str) -> None:
    assert set(ids(library, query)) <= set("1234567")
    assert set(ids(library, query, "ada")) <= set("14567")


def test_of_one_celeb_and_page_by_page(store: TweetStore) -> None:
    store.save([tweet(str(n), text="same", author=author(f"celeb{n % 2}")) for n in range(1, 10)])
    everything_indexed(store)
    assert ids(store, "same", "celeb1") == ["9", "7", "5", "3", "1"]
    assert ids(store, "same", "nobody") == []
    assert ids(store, "from:celeb0 same", "celeb1") == []
    page = store.search("same", limit=4)
    assert [found.id for found in page] == ["9", "8", "7", "6"]
    page = store.search("same", limit=4, before=page[-1].position)
    assert [found.id for found in page] == ["5", "4", "3", "2"]
    assert store.search("same", before=1) == []


def test_posts_are_found_once_they_are_indexed_and_each_is_indexed_once(store: TweetStore) -> None:
    store.save([tweet(str(n), text="hello") for n in range(5)])
    assert ids(store, "hello") == []
    assert [store.index_posts(2) for _ in range(4)] == [2, 2, 1, 0]
    assert ids(store, "hello") == ["4", "3", "2", "1", "0"]


def test_an_edit_changes_what_is_found_at_once(store: TweetStore) -> None:
    store.save([tweet("1", text="teh")])
    everything_indexed(store)
    store.save([tweet("2", text="the", edit_ids=("1", "2"))])
    assert ids(store, "teh") == []
    assert ids(store, "the") == ["2"]
    store.save([tweet("3", text="late")])
    store.save([tweet("4", text="later", edit_ids=("3", "4"))])
    assert ids(store, "later") == []
    everything_indexed(store)
    assert ids(store, "late") == ["4"]


def test_a_delete_is_found_no_more_at_once(store: TweetStore) -> None:
    store.save([tweet("1", text="gone"), tweet("2", text="gone")])
    store.index_posts(1)
    store.save([Tombstone("1"), Tombstone("2")])
    assert ids(store, "gone") == []
    everything_indexed(store)
    assert ids(store, "gone") == []


def test_versions_that_come_as_two_posts_are_found_as_one(store: TweetStore) -> None:
    store.save([tweet("1", text="first"), tweet("2", text="second")])
    everything_indexed(store)
    store.save([tweet("3", text="third", edit_ids=("1", "2", "3"))])
    assert [ids(store, word) for word in ("first", "second", "third")] == [[], [], ["3"]]


SECRET = "unsayable"


@on_sqlite
def test_deleted_words_leave_the_files(store: TweetStore, url: str) -> None:
    """While posts come in, and in steps so small that there are many."""
    random = Random(7)
    words = ["".join(random.choices("abcdefgh", k=6)) for _ in range(3000)]

    def fill(first: int, count: int) -> None:
        store.save(
            [
                tweet(
                    str(n),
                    text=" ".join([*random.choices(words, k=12), SECRET][: 12 + (n % 9 == 0)]),
                )
                for n in range(first, first + count)
            ]
        )

    fill(1, 2000)
    everything_indexed(store)
    secret = [found.id for found in store.search(SECRET, limit=2000)]
    assert len(secret) == 222
    store.save([Tombstone(id_) for id_ in secret[:111]])
    assert store.forget_words(4, begin=False) == "some"
    assert store.forget_words(4, begin=True) == "merging"
    store.save([Tombstone(id_) for id_ in secret[111:]])
    assert store.forget_words(4, begin=False) == "merging, some"
    first = 10_000
    while store.forget_words(4, begin=True) != "none":
        store.save([tweet(str(n), text=random.choice(words)) for n in range(first, first + 5)])
        everything_indexed(store)
        first += 5
    assert first > 10_050, "there were many steps"
    assert store.empty_log()
    assert not holds(url, SECRET)
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO search (search) VALUES ('integrity-check')")


def test_there_is_nothing_to_forget_where_nothing_was_deleted(store: TweetStore) -> None:
    store.save([tweet("1", text="teh"), tweet("2")])
    store.save([Tombstone("2")])
    everything_indexed(store)
    store.save([tweet("3", text="the", edit_ids=("1", "3"))])
    assert store.forget_words(4, begin=True) == "none"


DIES_WHILE_INDEXING = """
import os, signal, sys
from tests.tweet_store.posts import tweet
from tweet_store import search_index
from tweet_store.model import Tombstone
from tweet_store.store import TweetStore
store = TweetStore.open(sys.argv[1])
store.save([tweet(str(n), text=f"hello number{n}") for n in range(1000)])
store.index_posts(300)
store.save([Tombstone("5")])
with store.writing() as connection:
    search_index.index_next(connection, 300)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_who_is_killed_while_indexing_loses_nothing(url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIES_WHILE_INDEXING, url], timeout=30, check=False)
    assert died.returncode == -signal.SIGKILL
    store = TweetStore.open(url)
    assert len(store.search("hello", limit=2000)) == 299
    everything_indexed(store)
    assert len(store.search("hello", limit=2000)) == 999
    assert ids(store, "number5") == ["599", *[str(n) for n in range(598, 499, -1)]][:50]
    assert store.forget_words(1000, begin=True) != "some", "the note of the delete is still there"
    store.close()


@on_sqlite
def test_what_an_older_release_stored_becomes_findable(databases: Databases) -> None:
    url = databases.empty()
    with migrated(url, "0002") as connection:
        for statement in [
            "INSERT INTO celebs VALUES ('bey', 'Beyoncé', 1, 7, 0)",
            "INSERT INTO accounts VALUES ('x', '5', 'bey', 'Bey', 'Beyoncé', NULL, NULL, 0)",
            "INSERT INTO post_ids VALUES ('100', 7)",
            """INSERT INTO tweets (position, id, celeb, network, account_id, text, created_at, raw)
                VALUES (7, '100', 'bey', 'x', '5', 'hello', 0, x'7b7d')""",
        ]:
            connection.execute(text(statement))
    store = TweetStore.open(url)
    assert store.search("hello") == []
    everything_indexed(store)
    assert ids(store, "hello from:bey") == ["100"]
    assert [celeb.slug for celeb in store.find_celebs("beyonce")] == ["bey"]
    store.close()
