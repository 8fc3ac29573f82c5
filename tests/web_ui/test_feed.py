"""The feed against a list that anyone can read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web_ui.stored import entry
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


def seqs(entries: list[Entry]) -> list[int]:
    return [e.seq for e in entries]
