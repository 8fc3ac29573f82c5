"""Reading the outbox: one page at a time, and again when a read failed."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from stream_reader.outbox import FAULT_RETRY, RETRY, Outbox
from tests.stream_reader.announcer_fakes import HandStore
from tweet_store.database import StoreUnavailable


class Stage:
    """An outbox on a store that is moved by hand; keeps the pages that it gave."""

    def __init__(self, events: int) -> None:
        self.clock = Clock()
        self.store = HandStore()
        self.store.add(events)
        self.moves = 0
        self.pages: list[list[int]] = []
        self.outbox = Outbox(self.clock, self.store.read, self.moved)

    def moved(self) -> None:
        self.moves += 1

    def ask(self, after: int, limit: int) -> None:
        self.outbox.next_page(
            after, limit, lambda events: self.pages.append([event.seq for event in events])
        )


def test_a_full_page_may_have_more_behind_it_and_another_has_not() -> None:
    stage = Stage(3)
    busy = []
    for after in (0, 2, 3):
        stage.ask(after, 2)
        busy.append(stage.outbox.busy)
    assert busy == [True, False, False]
    assert stage.pages == [[1, 2], [3]]
    assert len(stage.store.reads) == 2


def test_one_read_at_a_time_and_what_comes_during_it_is_not_forgotten() -> None:
    stage = Stage(1)
    stage.store.slow = True
    stage.ask(0, 9)
    stage.outbox.more = True
    stage.ask(0, 9)
    assert stage.store.reads == [(0, 9)]
    stage.store.answer()
    assert stage.outbox.more
    stage.ask(1, 9)
    stage.store.answer()
    assert stage.pages == [[1], []]
    assert not stage.outbox.busy


def test_a_read_that_fails_is_told_and_tried_again_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(1)
    stage.store.broken = StoreUnavailable("disk is gone")
    stage.ask(0, 9)
    assert stage.outbox.problem == "the events to announce cannot be read: disk is gone"
    assert "disk is gone; next try in 1.0 s" in caplog.text
    assert "Traceback" not in caplog.text, "it says all that there is to know"
    assert (stage.moves, stage.outbox.busy) == (1, False)
    stage.store.broken = None
    stage.clock.advance(RETRY)
    assert (stage.moves, stage.outbox.busy) == (2, True)
    stage.ask(0, 9)
    assert stage.pages == [[1]]
    assert stage.outbox.problem is None


def test_a_page_that_cannot_be_published_is_not_the_store_s_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(1)
    stage.outbox.next_page(0, 9, lambda events: events[1].seq)  # there is but one
    assert stage.outbox.problem == (
        "publishing what was read failed, a fault of the reader itself: list index out of range"
    )
    assert "cannot be read" not in caplog.text
    assert "publishing what was read failed" in caplog.text
    assert "IndexError" in caplog.text
    assert (stage.moves, stage.outbox.busy) == (1, False)


def test_a_page_that_cannot_be_published_is_not_tried_each_second() -> None:
    stage = Stage(1)
    stage.outbox.next_page(0, 9, lambda events: events[1].seq)
    stage.clock.advance(FAULT_RETRY - 1)
    assert (stage.moves, stage.outbox.busy) == (1, False)
    stage.clock.advance(1)
    assert (stage.moves, stage.outbox.busy) == (2, True)
    stage.ask(0, 9)
    assert stage.pages == [[1]]
    assert stage.outbox.problem is None


def test_what_comes_after_a_fault_is_read_without_waiting() -> None:
    stage = Stage(1)
    stage.outbox.next_page(0, 9, lambda events: events[1].seq)
    stage.outbox.more = True  # as `wake` does
    stage.ask(0, 9)
    assert stage.pages == [[1]]


def test_a_read_that_fails_after_a_fault_is_tried_again_as_soon_as_any() -> None:
    stage = Stage(1)
    stage.outbox.next_page(0, 9, lambda events: events[1].seq)
    stage.store.broken = OSError("disk is gone")
    stage.outbox.more = True
    stage.ask(0, 9)
    stage.clock.advance(RETRY)
    assert stage.outbox.busy
    assert stage.clock.getDelayedCalls() == []


@pytest.mark.parametrize("before", [True, False])
def test_when_it_is_stopped_no_timer_is_left(before: bool) -> None:
    stage = Stage(1)
    stage.store.broken = OSError("gone")
    if before:
        stage.outbox.stop()
    stage.ask(0, 9)
    stage.outbox.stop()
    assert stage.clock.getDelayedCalls() == []
