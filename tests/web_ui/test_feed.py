"""The feed against a list that anyone can read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web_ui.stored import entry, stored_comment
from tweet_store.model import Event, EventKind, StoredEvent
from web_ui.feed import Entry, Feed

CELEBS = ["ada", "bob", "eve"]


def decoded(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


def test_an_entry_has_its_bytes_with_and_without_the_card() -> None:
    made = entry(7, card="<li>é</li>")
    bare = {"seq": 7, "kind": "tweet", "id": "7", "celeb": "ada"}
    assert decoded(made.bare) == bare
    assert decoded(made.full) == {**bare, "html": "<li>é</li>"}


def test_it_gives_what_is_past_a_seq_on_any_of_the_channels_once() -> None:
    feed = Feed(size=100, start=0)
    feed.append([entry(1), entry(2, "bob"), entry(3, threads=("3", "1")), entry(4, "eve")])
    assert seqs(feed.after({"all"}, 0, 9)) == [1, 2, 3, 4]
    assert seqs(feed.after({"all"}, 2, 1)) == [3]
    assert seqs(feed.after({"celeb:ada", "thread:1", "celeb:bob"}, 0, 9)) == [1, 2, 3]
    assert seqs(feed.after({"celeb:nobody"}, 0, 9)) == []


def test_the_oldest_leave_and_it_says_so() -> None:
    feed = Feed(size=2, start=10)
    feed.append([entry(n) for n in range(11, 15)])
    assert (feed.floor, feed.latest) == (12, 14)
    assert seqs(feed.after({"all"}, 12, 9)) == [13, 14]
    with pytest.raises(ValueError, match="before"):
        feed.after({"all"}, 11, 9)


def test_entries_must_rise() -> None:
    feed = Feed(size=9, start=5)
    with pytest.raises(ValueError, match="not past"):
        feed.append([entry(5)])


def test_an_edit_or_delete_shows_in_the_earlier_events_of_its_post() -> None:
    feed = Feed(size=9, start=0)
    feed.append([entry(1, card="old"), entry(2, card="answer", threads=("2", "1"))])
    feed.append([entry(3, kind="edit", position=1, threads=("1", "3"), card="new")])
    assert [decoded(e.full)["html"] for e in feed.after({"all"}, 0, 9)] == ["new", "answer", "new"]
    feed.append([entry(4, kind="delete", position=1, threads=("1", "3"))])
    assert [decoded(e.full)["html"] for e in feed.after({"all"}, 0, 9)] == ["", "answer", "", ""]
    assert [decoded(e.bare)["kind"] for e in feed.after({"all"}, 0, 9)][2:] == ["edit", "delete"]


def of_comment(seq: int, kind: EventKind, at: int, html: str, *, room: str | None) -> Entry:
    """An event of the comment at a position, under post 1 where it is in no room."""
    comment = stored_comment(at, room=room, thread=None if room else 1)
    threads = () if room else ("1", "9")
    event = Event(seq, kind, f"c{at}", "ada")
    return Entry(
        StoredEvent(event=event, position=at, thread_ids=threads, tweet=None, comment=comment), html
    )


def of_tag(seq: int, kind: EventKind, card: str = "card") -> Entry:
    """Post 1 got or lost a tag."""
    event = Event(seq, kind, "1", "ada")
    stored = StoredEvent(
        event=event, position=1, thread_ids=("1",), tweet=None, tag="jazz", shown="Jazz"
    )
    return Entry(stored, card)


def test_a_comment_has_no_chain_and_no_tag() -> None:
    made = of_comment(7, "comment", 7, "<li>é</li>", room=None)
    bare = {"seq": 7, "kind": "comment", "id": "c7", "celeb": "ada"}
    assert decoded(made.bare) == bare
    assert decoded(made.full) == {**bare, "html": "<li>é</li>"}


def test_a_tag_that_is_given_has_its_form_for_the_eye_and_the_card() -> None:
    bare = {"seq": 7, "id": "1", "celeb": "ada", "tag": "jazz"}
    tagged = {**bare, "kind": "tag", "shown": "Jazz"}
    assert decoded(of_tag(7, "tag").bare) == tagged
    assert decoded(of_tag(7, "tag").full) == {**tagged, "html": "card"}
    assert decoded(of_tag(7, "untag").full) == {**bare, "kind": "untag"}


@pytest.mark.parametrize("room", [None, "ada"])
def test_an_edit_or_delete_shows_in_the_earlier_events_of_its_comment(room: str | None) -> None:
    feed = Feed(size=9, start=0)
    channel = f"room:{room}" if room else "thread:9"
    feed.append([entry(1, card="post")])
    feed.append([of_comment(2, "comment", 2, "old", room=room)])
    feed.append([of_comment(3, "comment", 3, "other", room=room)])
    feed.append([of_comment(4, "comment_edit", 2, "new", room=room)])
    assert htmls(feed, channel) == ["new", "other", "new"]
    feed.append([of_comment(5, "comment_delete", 2, "stub", room=room)])
    assert htmls(feed, channel) == ["stub", "other", "stub", "stub"]
    assert htmls(feed, "all") == ["post"]


def test_an_edit_shows_in_the_earlier_tags_of_its_post_and_a_tag_in_nothing() -> None:
    feed = Feed(size=9, start=0)
    feed.append([entry(1, card="old")])
    feed.append([of_tag(2, "tag", "old"), of_tag(3, "untag"), of_tag(4, "tag", "old")])
    assert htmls(feed, "thread:1") == ["old", "old", None, "old"]
    feed.append([entry(5, kind="edit", position=1, threads=("1", "5"), card="new")])
    assert htmls(feed, "thread:1") == ["new", "new", None, "new", "new"]
    assert htmls(feed, "tag:jazz") == ["new", None, "new"]
    assert [decoded(one.full)["kind"] for one in feed.after({"all"}, 0, 9)] == ["tweet", "edit"]


@given(
    celebs=st.lists(st.sampled_from(CELEBS), max_size=40),
    size=st.integers(1, 20),
    asked=st.sets(
        st.sampled_from([*(f"celeb:{c}" for c in CELEBS), "all", "thread:3"]), min_size=1
    ),
    seq=st.integers(0, 45),
    limit=st.integers(1, 10),
)
def test_like_a_list_that_is_filtered(
    celebs: list[str], size: int, asked: set[str], seq: int, limit: int
) -> None:
    entries = [entry(n, celeb) for n, celeb in enumerate(celebs, 1)]
    feed = Feed(size=size, start=0)
    for one in entries:
        feed.append([one])
    kept = entries[-size:]
    assert feed.floor == (kept[0].seq - 1 if kept else 0)
    if seq >= feed.floor:
        expected = [e for e in kept if e.seq > seq and asked.intersection(e.channels)]
        assert feed.after(asked, seq, limit) == expected[:limit]


def test_nothing_remains_of_what_has_left() -> None:
    feed = Feed(size=3, start=0)
    for n in range(1, 1000):
        feed.append([entry(n, f"celeb{n}")])
    assert len(feed._by_channel) == 1 + 3 + 3


def htmls(feed: Feed, channel: str) -> list[str | None]:
    return [decoded(one.full).get("html") for one in feed.after({channel}, 0, 99)]


def seqs(entries: list[Entry]) -> list[int]:
    return [e.seq for e in entries]
