"""Visitors tag posts; what it counts, shows and tells, and what becomes of it with the post."""

from __future__ import annotations

import pytest

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.discussion.visiting import Visiting, reason
from tests.tweet_store.plans import plans_of, scans
from tests.tweet_store.posts import NOON, author, tweet
from tests.tweet_store.steps import steps_of
from tweet_store.discussion import tagging
from tweet_store.discussion.model import Rule, Tag
from tweet_store.model import Reference, Tombstone


def give(visiting: Visiting, name: str, post_id: str, text: str) -> Tag:
    """A minute after whatever was before."""
    return visiting.discussion.tag_post(visiting.sender(name), post_id, text, visiting.wait(60))


def take(visiting: Visiting, name: str, post_id: str, text: str) -> None:
    visiting.discussion.untag_post(visiting.sender(name), post_id, text, visiting.wait(60))


def test_the_first_visitor_s_tag_is_news_and_the_others_count(visiting: Visiting) -> None:
    assert give(visiting, "Zoe", "1", "#Red Carpet") == Tag("redcarpet", "Red Carpet", 1)
    assert give(visiting, "Yan", "1", "red-carpet") == Tag("redcarpet", "Red Carpet", 2)
    assert give(visiting, "Yan", "1", "REDCARPET") == Tag("redcarpet", "Red Carpet", 2)
    [event] = visiting.tweets.events_after(2, 9)
    assert (event.event.kind, event.event.id, event.event.celeb) == ("tag", "1", "ada")
    assert (event.tag, event.position, event.thread_ids) == ("redcarpet", 1, ("1",))
    assert event.tweet is not None
    assert visiting.discussion.unannounced_discussion(9) == [event.event]
    assert visiting.tweets.unannounced(2, 9) == []


def test_only_the_last_to_take_it_back_is_news(visiting: Visiting) -> None:
    give(visiting, "Zoe", "1", "gala")
    give(visiting, "Yan", "1", "Gala")
    take(visiting, "Zoe", "1", "GALA")
    assert visiting.events(3) == []
    assert visiting.discussion.tags_of(1) == [Tag("gala", "gala", 1)]
    assert reason(lambda: take(visiting, "Zoe", "1", "gala")) == "not_yours"
    take(visiting, "Yan", "1", "gala")
    assert visiting.events(3) == [("untag", "1")]
    assert visiting.discussion.tag("gala") is None
    assert reason(lambda: take(visiting, "Yan", "1", "gala")) == "gone"
    assert give(visiting, "Yan", "1", "GALA").shown == "GALA", "its first visitor is another now"


def test_lists_of_tags_by_how_much_they_are_used(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3"), tweet("4", author=author("bob"))])
    for name, post_id, text in [
        *[("Zoe", post_id, "gala") for post_id in "1234"],
        ("Yan", "1", "gala"),
        ("Zoe", "1", "b"),
        ("Yan", "1", "b"),
        ("Zoe", "2", "b"),
        ("Yan", "1", "a"),
    ]:
        give(visiting, name, post_id, text)
    discussion = visiting.discussion
    assert discussion.tags_of(1) == [Tag("b", "b", 2), Tag("gala", "gala", 2), Tag("a", "a", 1)]
    assert discussion.own_tags(visiting.sender("Zoe").visitor.id, 1) == {"b", "gala"}
    assert discussion.tag("gala") == Tag("gala", "gala", 4)
    assert discussion.popular_tags() == [Tag("gala", "gala", 4), Tag("b", "b", 2), Tag("a", "a", 1)]
    assert discussion.popular_tags(limit=1) == [Tag("gala", "gala", 4)]
    assert discussion.tags_of_celeb("bob") == [Tag("gala", "gala", 2), Tag("b", "b", 1)]
    assert discussion.tags_of_celeb("bob", limit=1) == [Tag("gala", "gala", 2)]
    assert [found.id for found in discussion.tagged("gala")] == ["4", "3", "2", "1"]
    page = discussion.tagged("gala", limit=2)
    older = discussion.tagged("gala", before=page[-1].position)
    assert [found.id for found in page + older] == ["4", "3", "2", "1"]
    assert [found.id for found in discussion.tagged("gala", up_to=2)] == ["2", "1"]
    assert discussion.tagged("nothing") == []
    assert discussion.tags_of(99) == []


def test_the_most_given_tags_of_several_posts_in_one_query(visiting: Visiting) -> None:
    for name, post_id, text in [
        *[("Zoe", "1", text) for text in ("d", "Cc", "b", "a")],
        *[("Yan", "1", text) for text in ("d", "cc")],
        ("Zoe", "2", "cc"),
    ]:
        give(visiting, name, post_id, text)
    discussion = visiting.discussion
    one = [Tag("cc", "Cc", 2), Tag("d", "d", 2), Tag("a", "a", 1)]
    assert discussion.tags_of_each([1, 2, 99]) == {1: one, 2: [Tag("cc", "Cc", 1)]}
    assert discussion.tags_of_each([1], most=1) == {1: one[:1]}
    assert discussion.tags_of_each([]) == {}


def test_tags_by_how_they_begin(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3")])
    for post_id, text in [
        *[("1", text) for text in ("Red", "Red Carpet", "redd", "bored", "赤い")],
        *[("2", "redd"), ("3", "redd"), ("2", "red"), ("2", "rêd")],
    ]:
        give(visiting, "Zoe", post_id, text)
    red, carpet = Tag("red", "Red", 2), Tag("redcarpet", "Red Carpet", 1)
    beginning = visiting.discussion.tags_beginning
    assert beginning("red") == [Tag("redd", "redd", 3), red, carpet]
    assert beginning("red", limit=2) == [red, carpet], "the shortest comes first"
    assert beginning("赤") == [Tag("赤い", "赤い", 1)]
    assert beginning("re%") == beginning("redz") == []


@on_sqlite
def test_tags_are_found_by_their_index(visiting: Visiting) -> None:
    with plans_of(visiting.tweets._reader) as plans:
        visiting.discussion.tags_beginning("red")
        visiting.discussion.tags_of_each([1, 2])
    assert len(plans) == 2
    assert [step for step in scans(plans) if "tags" in step] == []


def test_who_may_not_tag(visiting: Visiting) -> None:
    zoe, now, discussion = visiting.sender("Zoe"), visiting.now, visiting.discussion

    def refused(text: str, post_id: str = "1") -> str:
        return reason(lambda: discussion.tag_post(zoe, post_id, text, now))

    assert refused("!") == "bad_text"
    assert refused("gala", "99") == "gone"
    discussion.add_word("Rude", now)
    assert refused("#RUDE") == refused("r u d e") == "filtered"
    discussion.set_rule("post:1", now, locked=True, slow_seconds=0)
    assert refused("gala") == "locked"
    discussion.set_rule("post:1", now, locked=False, slow_seconds=0)
    discussion.sanction("name", "Zoë", "spam", now)
    assert refused("gala") == "banned"
    assert visiting.events(2) == []


def test_nobody_tags_too_fast_or_too_much(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe, now = visiting.sender("Zoe"), visiting.now
    for n in range(20):
        visiting.discussion.tag_post(zoe, "12"[n % 2], "gala", now)
    assert reason(lambda: visiting.discussion.tag_post(zoe, "1", "gala", now)) == "too_fast"
    for n in range(1, tagging.MOST_OF_VISITOR):
        give(visiting, "Zoe", "1", f"tag{n}")
    assert reason(lambda: give(visiting, "Zoe", "1", "more")) == "too_many"
    assert give(visiting, "Zoe", "1", "gala").posts == 1
    monkeypatch.setattr(tagging, "MOST_ON_POST", tagging.MOST_OF_VISITOR)
    assert reason(lambda: give(visiting, "Yan", "1", "more")) == "too_many"
    assert give(visiting, "Yan", "1", "gala").posts == 2


def test_a_deleted_post_loses_its_tags_first(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3", references=(Reference("retweeted", "1"),))])
    give(visiting, "Zoe", "1", "b")
    give(visiting, "Zoe", "1", "a")
    give(visiting, "Zoe", "3", "a")
    give(visiting, "Zoe", "2", "a")
    visiting.discussion.announced_discussion(range(1, 8))
    visiting.tweets.save([Tombstone("1")])
    assert visiting.events(7) == [
        *[("untag", "1"), ("untag", "1"), ("delete", "1")],
        *[("untag", "3"), ("delete", "3")],
    ]
    found = visiting.tweets.events_after(7, 9)
    assert [e.tag for e in found] == ["a", "b", None, "a", None]
    assert [e.seq for e in visiting.discussion.unannounced_discussion(9)] == [8, 9, 11]
    assert [e.seq for e in visiting.tweets.unannounced(7, 9)] == [10, 12]
    assert visiting.discussion.popular_tags() == [Tag("a", "a", 1)]
    assert visiting.discussion.tags_of(1) == []


def test_an_edited_post_keeps_its_tags(visiting: Visiting) -> None:
    give(visiting, "Zoe", "1", "gala")
    visiting.tweets.save([tweet("5", edit_ids=("1", "5"))])
    assert [found.id for found in visiting.discussion.tagged("gala")] == ["5"]
    assert give(visiting, "Yan", "1", "gala") == give(visiting, "Yan", "5", "gala")
    take(visiting, "Zoe", "5", "gala")
    take(visiting, "Yan", "1", "gala")
    event = visiting.tweets.events_after(4, 9)[-1]
    assert (event.event.kind, event.event.id, event.thread_ids) == ("untag", "5", ("1", "5"))


def test_posts_that_turn_out_to_be_one_share_their_tags_and_comments(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3")])
    give(visiting, "Zoe", "1", "both")
    give(visiting, "Yan", "3", "both")
    give(visiting, "Zoe", "3", "both")
    give(visiting, "Yan", "3", "later")
    said = visiting.say("Yan", post_id="3")
    before = visiting.tweets.latest_seq()
    visiting.tweets.save([tweet("4", edit_ids=("1", "3", "4"))])
    assert visiting.events(before) == [
        *[("untag", "3"), ("untag", "3"), ("delete", "3")],
        *[("tag", "1"), ("edit", "4")],
    ]
    assert visiting.discussion.tags_of(1) == [Tag("both", "both", 2), Tag("later", "later", 1)]
    assert [found.id for found in visiting.discussion.tagged("later")] == ["4"]
    assert [found.id for found in visiting.discussion.thread("4")] == [said.id]


def test_a_moderator_takes_a_tag_off_one_post_or_off_all(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tweet_store.discussion.store.UNTAGGED_AT_ONCE", 2)
    visiting.tweets.save([tweet(str(n)) for n in range(3, 7)])
    for post_id in "123456":
        give(visiting, "Zoe", post_id, "gala")
    give(visiting, "Yan", "6", "gala")
    discussion = visiting.discussion
    discussion.report("tag:gala", "rude", b"somewhere", NOON)
    before = visiting.tweets.latest_seq()
    assert not discussion.moderate_tag("gala", NOON, post_id="6")
    assert reason(lambda: discussion.moderate_tag("gala", NOON, post_id="6")) == "gone"
    assert visiting.events(before) == [("untag", "6")]
    assert len(discussion.open_reports()) == 1
    assert discussion.moderate_tag("Gala", NOON)
    assert visiting.events(before) == [("untag", id_) for id_ in "654"]
    assert len(discussion.open_reports()) == 1
    assert discussion.moderate_tag("Gala", NOON)
    assert not discussion.moderate_tag("Gala", NOON)
    assert visiting.events(before) == [("untag", id_) for id_ in "654321"]
    assert discussion.tag("gala") is None
    assert discussion.open_reports() == []
    assert reason(lambda: discussion.moderate_tag("?", NOON)) == "bad_text"
    assert [entry.target for entry in discussion.audit_log()] == ["tag:gala"] * 4


def test_a_tag_that_was_taken_back_is_told_of_no_more(visiting: Visiting) -> None:
    give(visiting, "Zoe", "1", "Gala")  # 3
    give(visiting, "Zoe", "2", "gala")  # 4
    take(visiting, "Zoe", "1", "gala")  # 5
    told = visiting.tweets.events_after(2, 9)
    assert [(e.event.seq, e.event.kind, e.shown) for e in told] == [
        (4, "tag", "Gala"),
        (5, "untag", "Gala"),
    ]
    assert [e.event.seq for e in visiting.tweets.events_after(2, 1)] == [4]
    assert visiting.tweets.count_after(2, 9) == 2


def test_a_tag_that_a_moderator_took_is_forgotten_but_for_the_news_of_it(
    visiting: Visiting,
) -> None:
    give(visiting, "Zoe", "1", "rude")  # 3
    take(visiting, "Zoe", "1", "rude")  # 4
    give(visiting, "Zoe", "1", "rude")  # 5
    give(visiting, "Zoe", "1", "gala")  # 6
    give(visiting, "Zoe", "2", "rude")  # 7
    visiting.discussion.moderate_tag("rude", NOON, post_id="1")  # 8
    told = visiting.tweets.events_after(2, 9)
    assert [(e.event.seq, e.event.kind, e.tag) for e in told] == [
        (6, "tag", "gala"),
        (7, "tag", "rude"),
        (8, "untag", "rude"),
    ]
    visiting.discussion.moderate_tag("rude", NOON)  # 9
    with visiting.tweets.reading() as connection:
        kept = connection.exec_driver_sql("SELECT seq FROM events WHERE tag = 'rude'").all()
    assert [row.seq for row in kept] == [8, 9]
    assert [e.event.kind for e in visiting.tweets.events_after(8, 9)] == ["untag"]


@on_sqlite
def test_to_take_a_tag_off_some_posts_costs_the_same_however_many_have_it(
    visiting: Visiting,
) -> None:
    visiting.tweets.save([tweet(str(n)) for n in range(10, 1010)])
    tagging_all = (
        "INSERT INTO post_tags (tag, position, visitor, celeb)"
        " SELECT ?, position, 'v', celeb FROM tweets LIMIT ?"
    )
    for tag, many in (("few", 20), ("many", 1000)):
        with visiting.tweets.writing() as connection:
            connection.exec_driver_sql(tagging_all, (tag, many))

    def untag(tag: str) -> None:
        with visiting.tweets.writing() as connection:
            assert tagging.moderate_some(connection, tag, NOON, most=5)

    few, many = (
        steps_of(visiting.tweets._writer, lambda tag=tag: untag(tag))  # type: ignore[misc]
        for tag in ("few", "many")
    )
    assert many < 1.5 * few


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (None, (True, 5), (True, 5)),
        ((False, 9), (True, 5), (True, 9)),
        ((True, 0), None, (True, 0)),
    ],
)
def test_posts_that_turn_out_to_be_one_have_the_stricter_of_their_rules(
    visiting: Visiting,
    first: tuple[bool, int] | None,
    second: tuple[bool, int] | None,
    both: tuple[bool, int],
) -> None:
    visiting.tweets.save([tweet("3")])
    for scope, rule in (("post:1", first), ("post:3", second)):
        if rule is not None:
            locked, slow = rule
            visiting.discussion.set_rule(scope, NOON, locked=locked, slow_seconds=slow)
    visiting.tweets.save([tweet("4", edit_ids=("1", "3", "4"))])
    assert visiting.discussion.rules() == [Rule("post:1", *both)]
