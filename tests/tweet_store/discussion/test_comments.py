"""Comments: written, edited, removed, and found again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.discussion.visiting import Visiting, reason
from tests.tweet_store.plans import plans_of
from tests.tweet_store.posts import NOON, author, tweet
from tweet_store.discussion.model import Sender, StoredComment, Visitor
from tweet_store.model import Tombstone
from tweet_store.store import Selection


def ids(comments: list[Any]) -> list[str]:
    return [comment.id for comment in comments]


def test_a_comment_is_stored_with_its_event_and_everything_that_shows_it(
    visiting: Visiting,
) -> None:
    comment = visiting.say("Zoe", " hello\r\nthere ")
    assert comment.id == "c3"
    assert comment.position == 3
    assert (comment.celeb, comment.thread, comment.post_id) == ("ada", 1, "1")
    assert (comment.room, comment.parent) == (None, None)
    assert (comment.visitor, comment.name) == (visiting.sender("Zoe").visitor.id, "Zoe")
    assert (comment.text, comment.created_at) == ("hello\nthere", visiting.now)
    assert (comment.edited_at, comment.removed_by) == (None, None)
    assert visiting.discussion.comment("c3") == comment
    (stored,) = visiting.tweets.events_after(2, 9)
    assert (stored.event.kind, stored.event.id, stored.event.celeb) == ("comment", "c3", "ada")
    assert (stored.position, stored.thread_ids) == (3, ("1",))
    assert (stored.tweet, stored.comment) == (None, comment)


def test_a_comment_in_a_room_is_on_no_post_s_page(visiting: Visiting) -> None:
    comment = visiting.say("Zoe", room="bob")
    assert (comment.celeb, comment.room) == ("bob", "bob")
    assert (comment.thread, comment.post_id) == (None, None)
    (stored,) = visiting.tweets.events_after(2, 9)
    assert stored.thread_ids == ()
    assert visiting.discussion.room("bob") == [comment]
    assert visiting.discussion.room("ada") == []
    assert visiting.discussion.thread("2") == []


@pytest.mark.parametrize(
    "id_", ["", "c", "c0", "c03", "3", "cx", "c3\n", "c٣", "c" + "9" * 40, "c99"]
)
def test_what_is_no_comment_s_id_names_none(visiting: Visiting, id_: str) -> None:
    visiting.say("Zoe")
    assert visiting.discussion.comment(id_) is None


def test_the_same_form_sent_twice_is_one_comment(visiting: Visiting) -> None:
    zoe, yan = visiting.sender("Zoe"), visiting.sender("Yan")
    add = visiting.discussion.add_comment
    first = add(zoe, "hello", NOON, nonce="n", post_id="1")
    for _ in range(30):  # nor does it count
        assert add(zoe, "hello", NOON, nonce="n", post_id="1") == first
    other = add(yan, "hello", NOON, nonce="n", post_id="1")
    assert visiting.events(2) == [("comment", first.id), ("comment", other.id)]


def test_a_form_that_back_brought_with_another_text_is_another_comment(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")

    def add(text: str, **where: Any) -> StoredComment:
        return visiting.discussion.add_comment(zoe, text, visiting.now, nonce="n", **where)

    first = add("hello", post_id="1")
    others = [
        add("hello again", post_id="1"),
        add("hello", post_id="1", parent_id=first.id),
        add("hello", room="ada"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 4
    visiting.discussion.edit_comment(zoe, first.id, "hello, Ada", visiting.now)
    # What is lost on its way and sent again is still the same.
    assert add("hello", post_id="1").id == first.id
    assert add("hello again", post_id="1") == others[0]


@pytest.mark.parametrize("nonce", ["", "a b", "x" * 65, "\ud800", "é"])
def test_what_no_form_of_ours_sends_is_no_nonce(visiting: Visiting, nonce: str) -> None:
    zoe = visiting.sender("Zoe")
    add = visiting.discussion.add_comment
    assert reason(lambda: add(zoe, "hello", NOON, nonce=nonce, post_id="1")) == "bad_text"


def test_an_answer_stands_where_the_comment_stands(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    answer = visiting.say("Yan", parent_id=comment.id)
    assert answer.parent == comment.position
    for elsewhere in ({"post_id": "2"}, {"room": "ada"}, {"post_id": "9"}, {"room": "nobody"}):
        assert reason(partial(visiting.say, "Yan", parent_id=comment.id, **elsewhere)) == "gone"
    assert reason(lambda: visiting.say("Yan", parent_id="c99")) == "gone"
    visiting.discussion.remove_comment(visiting.sender("Zoe"), comment.id, visiting.now)
    assert reason(lambda: visiting.say("Yan", parent_id=comment.id)) == "gone"
    assert reason(lambda: visiting.say("Yan", post_id="no such post")) == "gone"
    with pytest.raises(ValueError, match="under a post or in a room"):
        visiting.say("Yan", post_id="1", room="ada")


def test_an_own_comment_is_edited_for_five_minutes(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    zoe, edit = visiting.sender("Zoe"), visiting.discussion.edit_comment
    visiting.wait(300)
    edited = edit(zoe, comment.id, "other words", visiting.now)
    assert (edited.text, edited.edited_at) == ("other words", visiting.now)
    assert edit(zoe, comment.id, "other words", visiting.now) == edited
    assert visiting.events(2) == [("comment", "c3"), ("comment_edit", "c3")]
    visiting.wait(0.001)
    assert reason(lambda: edit(zoe, comment.id, "more", visiting.now)) == "too_late"
    assert reason(lambda: edit(zoe, comment.id, "", NOON)) == "bad_text"
    assert reason(lambda: edit(zoe, "c99", "more", NOON)) == "gone"
    assert reason(lambda: edit(visiting.sender("Yan"), comment.id, "more", NOON)) == "not_yours"


def test_an_own_comment_is_removed_at_any_time(visiting: Visiting) -> None:
    comment = visiting.say("Zoe", "words to be sorry for")
    zoe, remove = visiting.sender("Zoe"), visiting.discussion.remove_comment
    assert reason(lambda: remove(visiting.sender("Yan"), comment.id, NOON)) == "not_yours"
    removed = remove(zoe, comment.id, visiting.wait(1e8))
    assert (removed.text, removed.removed_by) == ("", "author")
    assert remove(zoe, comment.id, visiting.now) == removed
    assert visiting.events(2) == [("comment", "c3"), ("comment_delete", "c3")]
    assert [e.comment for e in visiting.tweets.events_after(2, 9)] == [removed, removed]
    edit = visiting.discussion.edit_comment
    assert reason(lambda: edit(zoe, comment.id, "back", comment.created_at)) == "gone"


def test_a_thread_is_read_in_pages_and_as_of_a_cursor(visiting: Visiting) -> None:
    written = [visiting.say("Zoe") for _ in range(5)]
    visiting.say("Zoe", post_id="2")
    thread = visiting.discussion.thread
    assert thread("1") == written
    assert thread("1", limit=2) == written[:2]
    assert thread("1", after=written[1].position, limit=2) == written[2:4]
    assert thread("1", up_to=written[2].position) == written[:3]
    assert thread("never heard of") == []


def test_removed_comments_stay_only_where_something_hangs_on_them(visiting: Visiting) -> None:
    remove = visiting.discussion.remove_comment
    root = visiting.say("Zoe")
    middle = visiting.say("Zoe", parent_id=root.id)
    leaf = visiting.say("Yan", parent_id=middle.id)
    alone = visiting.say("Zoe")
    for comment in (root, middle, alone):
        remove(visiting.sender("Zoe"), comment.id, visiting.wait(60))
    assert ids(visiting.discussion.thread("1")) == [root.id, middle.id, leaf.id]
    assert visiting.discussion.comment_counts([1, 2]) == {1: 1}
    remove(visiting.sender("Yan"), leaf.id, visiting.now)
    assert visiting.discussion.thread("1") == []
    assert visiting.discussion.comment_counts([1, 2]) == {}


def test_the_position_of_a_comment_in_its_thread(visiting: Visiting) -> None:
    first, second, third = (visiting.say("Zoe").position for _ in range(3))
    at = partial(visiting.discussion.position_in_thread, "1")
    assert [at(number) for number in (1, 2, 3, 4)] == [first, second, third, None]
    visiting.discussion.remove_comment(visiting.sender("Zoe"), f"c{second}", visiting.now)
    assert [at(number) for number in (1, 2, 3)] == [first, third, None]
    assert visiting.discussion.position_in_thread("nothing", 1) is None


@on_sqlite
def test_a_page_of_a_thread_looks_at_the_removed_and_what_answers_them_only(
    visiting: Visiting,
) -> None:
    with plans_of(visiting.tweets._reader) as plans:
        visiting.discussion.thread("1")
        visiting.discussion.position_in_thread("1", 200)
    steps = [step for plan in plans for step in plan]
    removed = [step for step in steps if " removed " in step]
    assert removed
    assert all(
        "comments_removed (thread=?)" in step or "INTEGER PRIMARY KEY (rowid=?)" in step
        for step in removed
    ), removed
    live = [step for step in steps if " live " in step]
    assert all("comments_by_parent (parent=? AND removed_at=?)" in step for step in live), live


def test_a_room_gives_its_newest_in_the_order_they_came(visiting: Visiting) -> None:
    written = [visiting.say("Zoe", room="ada") for _ in range(5)]
    visiting.say("Zoe", room="bob")
    room = visiting.discussion.room
    assert room("ada") == written
    assert room("ada", limit=2) == written[3:]
    assert room("ada", before=written[3].position, limit=2) == written[1:3]
    assert room("ada", up_to=written[1].position) == written[:2]
    visiting.discussion.remove_comment(visiting.sender("Zoe"), written[1].id, visiting.now)
    assert ids(room("ada")) == ids([written[0], *written[2:]])


def test_comments_outlive_the_post_and_can_still_be_changed(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("11", edit_ids=("1", "11"))])
    comment, other = visiting.say("Zoe"), visiting.say("Yan", post_id="11")
    visiting.tweets.save([Tombstone("11")])
    latest = visiting.tweets.latest_seq()
    assert reason(lambda: visiting.say("Zoe")) == "gone"
    edited = visiting.discussion.edit_comment(
        visiting.sender("Zoe"), comment.id, "so it went", visiting.now
    )
    visiting.discussion.remove_comment(visiting.sender("Yan"), other.id, visiting.now)
    assert visiting.discussion.thread("1") == visiting.discussion.thread("11") == [edited]
    assert edited.post_id == "1"
    after = visiting.tweets.events_after(latest, 9, Selection(threads=["11"]))
    assert [e.event.id for e in after] == [comment.id, other.id]
    assert {e.thread_ids for e in after} == {("1", "11")}


def test_comments_go_with_posts_that_turn_out_to_be_one(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("5"), tweet("6")])
    comments = [visiting.say("Zoe", post_id="5"), visiting.say("Zoe", post_id="6")]
    visiting.tweets.save([tweet("7", edit_ids=("5", "6", "7"))])
    comments.append(visiting.say("Zoe", post_id="7"))
    for id_ in ("5", "6", "7"):
        assert ids(visiting.discussion.thread(id_)) == ids(comments)
    assert {c.thread for c in visiting.discussion.thread("5")} == {comments[0].thread}
    found = visiting.tweets.events_after(0, 99, Selection(threads=["6"]))
    assert ids(comments) == [e.event.id for e in found if e.comment]


def test_only_who_has_the_id_is_the_author(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    same_name = Sender(Visitor("another id", "Zoe"), b"address of Zoe")
    remove = visiting.discussion.remove_comment
    assert reason(lambda: remove(same_name, comment.id, visiting.now)) == "not_yours"


def test_times_are_kept_to_the_millisecond(visiting: Visiting) -> None:
    visiting.wait(0.5)
    visiting.now += timedelta(microseconds=123_456)
    assert visiting.say("Zoe").created_at == visiting.now.replace(microsecond=623_000)


def test_a_celeb_without_posts_left_has_a_room_still(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("8", author=author("eve")), Tombstone("8")])
    assert visiting.say("Zoe", room="eve").celeb == "eve"
