"""What deletes cost, and what is left of a celeb."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.posts import NOON, tweet
from tests.tweet_store.steps import steps_of
from tweet_store.deleting import NEWEST
from tweet_store.model import Post, Reference, Tombstone
from tweet_store.saving import MOST_DELETES
from tweet_store.store import TweetStore


@on_sqlite
@pytest.mark.parametrize("newest", [False, True])
def test_a_delete_costs_the_same_however_much_its_celeb_posted(
    store: TweetStore, newest: bool
) -> None:
    ids = [f"{n:05}" for n in range(6 * NEWEST)]

    def cost(stored: list[str]) -> int:
        store.save([tweet(id_) for id_ in stored])
        # Those that came last, one save each; or others, which leave the last one as it is.
        gone = stored[-5:] if newest else stored[-10:-5]
        tombstones = [Tombstone(id_) for id_ in gone]
        return steps_of(store._writer, lambda: [store.save([one]) for one in tombstones])

    few = cost(ids[: 2 * NEWEST])
    assert cost(ids[2 * NEWEST :]) < 1.2 * few


@on_sqlite
def test_a_celeb_s_last_post_is_looked_for_once_a_batch(store: TweetStore) -> None:
    ids = [f"{n:05}" for n in range(2 * NEWEST)]
    times = [NOON + timedelta(seconds=n) for n in range(len(ids))]
    store.save([tweet(id_, created_at=at) for id_, at in zip(ids, times, strict=True)])
    one = steps_of(store._writer, lambda: store.save([Tombstone(ids[-1])]))
    ten = steps_of(store._writer, lambda: store.save([Tombstone(id_) for id_ in ids[-11:-1]]))
    assert ten < 2 * one
    [celeb] = store.celebs()
    assert celeb.tweet_count == len(ids) - 11
    assert celeb.last_tweet_at == times[-12]


def test_what_comes_in_the_batch_of_a_delete_counts(store: TweetStore) -> None:
    later = NOON + timedelta(hours=1)
    store.save([tweet("1", created_at=later)])
    store.save([Tombstone("1"), tweet("2"), tweet("3"), Tombstone("2")])
    [celeb] = store.celebs()
    assert (celeb.tweet_count, celeb.last_tweet_at) == (1, NOON)
    repeat = tweet("4", created_at=later, references=(Reference("retweeted", "3"),))
    store.save([repeat, Tombstone("3")])
    [celeb] = store.celebs()
    assert (celeb.tweet_count, celeb.last_tweet_at) == (0, None)


def test_many_deletes_are_several_transactions(store: TweetStore) -> None:
    begun: list[Connection] = []
    event.listen(store._writer, "begin", begun.append)
    posts: list[Post] = [tweet(str(n)) for n in range(2 * MOST_DELETES + 1)]
    store.save(posts)
    assert len(begun) == 1
    events = store.save([*[Tombstone(post.id) for post in posts], tweet("new"), tweet("newer")])
    assert len(begun) == 1 + 3
    assert [e.id for e in events] == [*[post.id for post in posts], "new", "newer"]
    assert [shown.id for shown in store.timeline()] == ["newer", "new"]
    assert [celeb.tweet_count for celeb in store.celebs()] == [2]
