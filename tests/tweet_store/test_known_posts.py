"""What the store says of ids: known, deleted, or never heard of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.tweet_store.posts import tweet
from tweet_store.known_posts import DELETED_UNSEEN, Known, KnownPosts
from tweet_store.model import Post, Reference, Tombstone
from tweet_store.store import TweetStore


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """To a store with a post, an edited one, a deleted one, and a delete of what never came."""
    store = TweetStore.open(url)
    store.save([tweet("1"), tweet("2"), tweet("3", edit_ids=("2", "3")), tweet('o:"4\\')])
    store.save([Tombstone("1"), Tombstone("9")])
    store.close()
    store = TweetStore.open(url)
    with store.reading() as opened:
        yield opened
    store.close()


def known(connection: Connection, *posts: Post) -> KnownPosts:
    found = KnownPosts()
    found.load(connection, posts)
    return found


def test_it_knows_each_id_that_the_posts_name(connection: Connection) -> None:
    about = tweet("3", edit_ids=("2", "3"), references=(Reference("quoted", "1"),))
    found = known(connection, about, Tombstone("9"), tweet("5"), tweet('o:"4\\'))
    assert found == {
        "1": Known(1, None),
        "2": Known(2, "3"),
        "3": Known(2, "3"),
        'o:"4\\': Known(4, 'o:"4\\'),
        "9": DELETED_UNSEEN,
    }
    assert [found.is_deleted(id_) for id_ in ("1", "2", "9", "5")] == [True, False, True, False]
    assert found.among(["5", "2", "9"]) == [Known(2, "3"), DELETED_UNSEEN]


def test_no_posts_and_more_ids_than_a_statement_takes_values(connection: Connection) -> None:
    assert known(connection) == {}
    many = [tweet(str(n), edit_ids=tuple(str(n * 100 + k) for k in range(70))) for n in range(600)]
    assert known(connection, *many).keys() == {"1", "2", "3", "9"}


def test_renaming_changes_all_ids_of_a_position(connection: Connection) -> None:
    found = known(connection, tweet("2"), tweet("3"), tweet("1"))
    found.rename(2, Known(7, "3"))
    assert found == {"1": Known(1, None), "2": Known(7, "3"), "3": Known(7, "3")}
