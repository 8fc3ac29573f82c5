"""What visitors do as events: on which channels, at what cost, and announced once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.plans import plans_of, scans
from tests.tweet_store.posts import author, tweet
from tweet_store.model import Reference, Tombstone
from tweet_store.store import EVERYTHING, Selection


@pytest.fixture
def told(visiting: Visiting) -> Visiting:
    """One event of each kind, on a post of each of two celebs and in a room of each."""
    answer = tweet(
        "3", author=author("bob"), reply_to_id="1", references=(Reference("replied_to", "1"),)
    )
    visiting.tweets.save([answer])  # 3
    comment = visiting.say("Zoe")  # 4, under Ada's post
    visiting.say("Zoe", post_id="2")  # 5, under Bob's
    visiting.say("Zoe", post_id="3")  # 6, under Bob's answer to Ada
    visiting.say("Zoe", room="ada")  # 7
    room = visiting.say("Yan", room="bob")  # 8
    now, zoe, yan = visiting.now, visiting.sender("Zoe"), visiting.sender("Yan")
    visiting.discussion.tag_post(zoe, "1", "Red Carpet", now)  # 9
    visiting.discussion.tag_post(yan, "1", "#redcarpet", now)  # no news
    visiting.discussion.tag_post(yan, "3", "Awards", now)  # 10: told of until 14
    visiting.tweets.save([tweet("11", edit_ids=("1", "11"))])  # 11
    visiting.discussion.edit_comment(yan, room.id, "other", room.created_at)  # 12
    visiting.discussion.remove_comment(zoe, comment.id, now)  # 13
    visiting.discussion.untag_post(yan, "3", "awards", now)  # 14
    return visiting


@pytest.mark.parametrize(
    ("selection", "seqs"),
    [
        (EVERYTHING, [*range(1, 10), *range(11, 15)]),
        (Selection(posts=True), [1, 2, 3, 11]),
        (Selection(celebs=["ada"]), [1, 9, 11]),
        (Selection(celebs=["bob"]), [2, 3, 14]),
        (Selection(rooms=["ada"]), [7]),
        (Selection(rooms=["bob"]), [8, 12]),
        (Selection(threads=["1"]), [1, 3, 4, 9, 11, 13]),
        (Selection(threads=["11"]), [1, 4, 9, 11, 13]),
        (Selection(threads=["3"]), [3, 6, 14]),
        (Selection(tags=["redcarpet"]), [9, 11]),
        (Selection(tags=["awards"]), [14]),
        (Selection(tags=["nothing"]), []),
        (Selection(rooms=["ada", "bob"], tags=["awards"]), [7, 8, 12, 14]),
        (Selection(posts=True, rooms=["ada"]), [1, 2, 3, 7, 11]),
        (Selection(celebs=["ada"], rooms=["ada"], threads=["2"]), [1, 2, 5, 7, 9, 11]),
        (Selection(), []),
    ],
)
def test_a_channel_is_given_its_events_and_no_other(
    told: Visiting, selection: Selection, seqs: list[int]
) -> None:
    assert [e.event.seq for e in told.tweets.events_after(0, 99, selection)] == seqs
    assert [e.event.seq for e in told.tweets.events_after(8, 2, selection)] == [
        seq for seq in seqs if seq > 8
    ][:2]
    assert told.tweets.count_after(0, 99, selection) == len(seqs)
    assert told.tweets.count_after(8, 1, selection) == min(1, len([s for s in seqs if s > 8]))


def test_events_have_what_shows_them(told: Visiting) -> None:
    events = {e.event.seq: e for e in told.tweets.events_after(0, 99)}
    comments = {seq: e.comment for seq, e in events.items() if e.comment}
    assert list(comments) == [4, 5, 6, 7, 8, 12, 13]
    assert comments[8] == comments[12] == told.discussion.comment("c8")
    assert comments[4] == comments[13] == told.discussion.comment("c4")
    assert events[13].thread_ids == ("1", "11")
    assert (events[12].position, events[12].thread_ids) == (8, ())
    tweets = {seq: e.tweet.id for seq, e in events.items() if e.tweet}
    assert tweets == {1: "11", 2: "2", 3: "3", 9: "11", 11: "11", 14: "3"}
    assert {seq: e.tag for seq, e in events.items() if e.tag} == {
        9: "redcarpet",
        14: "awards",
    }
    assert {seq: e.tags for seq, e in events.items() if e.tags} == {11: ("redcarpet",)}


def test_a_deleted_post_first_loses_its_tags(told: Visiting) -> None:
    told.tweets.save([Tombstone("1")])
    after = told.tweets.events_after(14, 99)
    assert [(e.event.kind, e.tag) for e in after][:2] == [("untag", "redcarpet"), ("delete", None)]
    on_page = told.tweets.events_after(14, 99, Selection(tags=["redcarpet"]))
    assert [e.event.kind for e in on_page] == ["untag"]


def test_all_of_a_post_s_tags_know_of_its_edit(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    for tag in ("one", "two", "three"):
        visiting.discussion.tag_post(zoe, "2", tag, visiting.now)
    visiting.tweets.save([tweet("22", author=author("bob"), edit_ids=("2", "22"))])
    (edit,) = visiting.tweets.events_after(5, 9)
    assert edit.tags == ("one", "three", "two")


@contextmanager
def statements(visiting: Visiting) -> Iterator[list[str]]:
    """The queries that are made meanwhile."""
    made: list[str] = []

    def note(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        if not sql.startswith("BEGIN"):
            made.append(sql)

    engine = visiting.tweets._reader
    event.listen(engine, "before_cursor_execute", note)
    yield made
    event.remove(engine, "before_cursor_execute", note)


def test_only_pages_that_hold_comments_or_edits_cost_a_query_more(visiting: Visiting) -> None:
    def cost(after: int) -> int:
        with statements(visiting) as made:
            visiting.tweets.events_after(after, 99)
        return len(made)

    assert cost(0) == 1
    for _ in range(3):
        visiting.say("Zoe")
    assert cost(0) == cost(2) == 2
    visiting.tweets.save([tweet("22", author=author("bob"), edit_ids=("2", "22"))])
    assert cost(0) == 3
    assert cost(5) == 2


READS: dict[str, Callable[[Visiting], object]] = {
    "all": lambda v: v.tweets.events_after(5, 9),
    "posts": lambda v: v.tweets.events_after(5, 9, Selection(posts=True)),
    "celeb": lambda v: v.tweets.events_after(5, 9, Selection(celebs=["ada"])),
    "room": lambda v: v.tweets.events_after(5, 9, Selection(rooms=["ada"])),
    "thread": lambda v: v.tweets.events_after(5, 9, Selection(threads=["1"])),
    "tag": lambda v: v.tweets.events_after(5, 9, Selection(tags=["redcarpet"])),
    "several": lambda v: v.tweets.events_after(
        5, 9, Selection(celebs=["ada"], rooms=["bob"], threads=["2"], tags=["awards"])
    ),
    "count": lambda v: v.tweets.count_after(
        5, 9, Selection(celebs=["ada"], rooms=["bob"], threads=["2"], tags=["awards"])
    ),
    "unannounced posts": lambda v: v.tweets.unannounced(5, 9),
    "unannounced": lambda v: v.discussion.unannounced_discussion(9),
    "a comment": lambda v: v.discussion.comment("c4"),
    "a thread": lambda v: v.discussion.thread("1"),
    "a room": lambda v: v.discussion.room("ada"),
    "counts": lambda v: v.discussion.comment_counts([1, 2, 3]),
    "a visitor": lambda v: v.discussion.visitor("x"),
    "reports": lambda v: v.discussion.open_reports(),
}


@on_sqlite
@pytest.mark.parametrize("name", READS)
def test_no_read_goes_through_a_whole_table(told: Visiting, name: str) -> None:
    READS[name](told)  # before, so that nothing is left to be prepared
    with plans_of(told.tweets._reader) as found:
        READS[name](told)
    assert found
    small = ("announcements", "answered", "anon", "(subquery", "CONSTANT")
    assert [step for step in scans(found) if not any(table in step for table in small)] == []


@on_sqlite
@pytest.mark.parametrize("name", ["room", "thread", "several", "count"])
def test_comments_are_found_by_an_index_of_their_own(told: Visiting, name: str) -> None:
    """A celeb who is talked about has many more events of other kinds, or many more posts."""
    with plans_of(told.tweets._reader) as found:
        READS[name](told)
    steps = [step for plan in found for step in plan]
    by_celeb = [step for step in steps if "celeb=?" in step]
    assert any("comment_events_by_celeb" in step for step in by_celeb)


def test_what_rabbitmq_has_confirmed_is_not_announced_again(told: Visiting) -> None:
    store = told.discussion
    waiting = store.unannounced_discussion(99)
    assert [e.seq for e in waiting] == [4, 5, 6, 7, 8, 9, 10, 12, 13, 14]
    assert [e.kind for e in waiting][-4:] == ["tag", "comment_edit", "comment_delete", "untag"]
    assert store.unannounced_discussion(2) == waiting[:2]
    store.announced_discussion([5, 4, 99])
    store.announced_discussion([])
    assert [e.seq for e in store.unannounced_discussion(2)] == [6, 7]
    told.tweets.save([Tombstone("11")])
    assert [e.kind for e in store.unannounced_discussion(99)][-1] == "untag"
    again = Visiting(told.url)
    assert again.discussion.unannounced_discussion(99) == store.unannounced_discussion(99)
    again.close()


def test_the_reader_s_mark_is_about_posts_only(told: Visiting) -> None:
    store = told.tweets
    assert [(e.seq, e.kind) for e in store.unannounced(0, 99)] == [
        (1, "tweet"),
        (2, "tweet"),
        (3, "tweet"),
        (11, "edit"),
    ]
    assert [e.seq for e in store.unannounced(0, 2)] == [1, 2]
    assert [e.seq for e in store.unannounced(3, 2)] == [11]
    store.mark_announced(11)
    assert store.unannounced(0, 99) == []
    assert len(told.discussion.unannounced_discussion(99)) == 10
    told.wait(60)
    told.discussion.add_comment(
        told.sender("Zoe"), "hello", told.now + timedelta(0), nonce="z", post_id="2"
    )
    store.save([tweet("16")])
    assert [e.seq for e in store.unannounced(0, 99)] == [16]
