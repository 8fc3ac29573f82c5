"""What memory tells, and how much of that it keeps."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web_ui.stored import entry
from web_ui import recent as module
from web_ui.answers import POLL
from web_ui.cursor import Cursor
from web_ui.feed import Feed
from web_ui.recent import MOST_EVENTS, NotInMemory, Recent

EVERYBODY = frozenset(("all",))


def recent_of(
    count: int, size: int = 10_000, card: str = "card", replay_limit: int = 5000
) -> Recent:
    feed = Feed(size, start=0)
    feed.append([entry(number, "ab"[number % 2], card=card) for number in range(1, count + 1)])
    return Recent("e1", feed, replay_limit)


@given(
    st.integers(0, 500),
    st.integers(1, 300),
    st.integers(1, 4000),
    st.sets(st.sampled_from(["all", "celeb:a", "celeb:b", "celeb:nobody"]), min_size=1),
    st.data(),
)
def test_step_by_step_everything_comes_once_and_in_order(
    count: int, most_events: int, most_bytes: int, names: set[str], data: st.DataObject
) -> None:
    recent = recent_of(count)
    start = data.draw(st.integers(0, count))
    cursor, seqs = Cursor("e1", start), []
    with (
        mock.patch.object(module, "MOST_EVENTS", most_events),
        mock.patch.object(module, "MOST_BYTES", most_bytes),
    ):
        while (answer := recent.after(frozenset(names), cursor)) is not None:
            assert answer.cursor > cursor
            assert 0 < len(answer.entries) <= most_events
            assert (
                len(answer.entries) == 1 or sum(len(e.full) for e in answer.entries) <= most_bytes
            )
            seqs += [one.seq for one in answer.entries]
            cursor = answer.cursor
    wanted = {"all": (0, 1), "celeb:a": (0,), "celeb:b": (1,), "celeb:nobody": ()}
    halves = {half for name in names for half in wanted[name]}
    assert seqs == [seq for seq in range(start + 1, count + 1) if seq % 2 in halves]


def test_whoever_asks_the_same_is_given_the_same_object_until_something_comes() -> None:
    recent = recent_of(10)
    first = recent.after(EVERYBODY, Cursor("e1", 3))
    assert first is recent.after(EVERYBODY, Cursor("e1", 3))
    assert recent.nothing_after(Cursor("e1", 10)) is recent.nothing_after(Cursor("e1", 10))
    recent.feed.append([entry(11)])
    second = recent.after(EVERYBODY, Cursor("e1", 3))
    assert second is not first
    recent.forget_answers()
    assert recent.after(EVERYBODY, Cursor("e1", 3)) is not second


def test_what_memory_cannot_tell() -> None:
    recent = recent_of(500, size=300, replay_limit=250)
    for seq in (199, 501, 220):  # dropped, of the future, too many
        with pytest.raises(NotInMemory):
            recent.after(EVERYBODY, Cursor("e1", seq))
    assert recent.after(EVERYBODY, Cursor("e1", 500)) is None
    answer = recent.after(EVERYBODY, Cursor("e1", 250))
    assert answer is not None
    assert len(answer.entries) == MOST_EVENTS
    other = recent.after(EVERYBODY, Cursor("e2", 500))
    assert other is not None
    assert (other.verdict, other.cursor) == ("reset", Cursor("e1", 500))


def test_whoever_asks_from_every_cursor_does_not_fill_the_memory() -> None:
    card = "x" * 2000
    recent = recent_of(3000, card=card)
    for seq in range(2999):
        answer = recent.after(EVERYBODY, Cursor("e1", seq))
        assert answer is not None
        answer.wire(POLL[True, False, False])
        recent.nothing_after(Cursor("e1", seq))
        kept = [one for one in recent._answers.values() if one is not None]
        assert len(kept) <= module.REMEMBERED
        if seq % 100 == 0:
            events = sum(len(e.full) for one in kept for e in one.entries)
            assert events <= module.REMEMBERED_BYTES
    recent.forget_answers()
    with mock.patch.object(module, "REMEMBERED", 50):
        for seq in range(2999):
            recent.after(frozenset(("celeb:a",)), Cursor("e1", seq))
            recent.remember_quiet(EVERYBODY, Cursor("e1", seq), seq)
            recent.nothing_after(Cursor("e1", seq))
            assert len(recent._answers) <= 50
            assert len(recent._quiet) <= 50
            assert len(recent._nothing) <= module.REMEMBERED
