"""How confirms become marks: gathered, one at a time, repeated until they succeed."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from stream_reader.marks import GATHER, RETRY, Marks
from tests.stream_reader.announcer_fakes import HandStore


class Stage:
    def __init__(self) -> None:
        self.clock = Clock()
        self.store = HandStore()
        self.store.add(100)
        self.marks = Marks(self.clock, self.store.mark)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_comes_close_together_is_one_mark(stage: Stage) -> None:
    for seq in range(1, 10):
        stage.marks.reached(seq)
        stage.clock.advance(GATHER / 20)
    assert stage.store.marks == []
    stage.clock.advance(GATHER)
    assert stage.store.marks == [9]


def test_nothing_new_is_not_marked(stage: Stage) -> None:
    stage.marks.reached(0)
    stage.clock.advance(60)
    stage.marks.reached(5)
    stage.clock.advance(GATHER)
    stage.marks.reached(5)
    stage.clock.advance(60)
    assert stage.store.marks == [5]
    assert stage.clock.getDelayedCalls() == []


def test_one_mark_at_a_time_and_the_last_soon_after(stage: Stage) -> None:
    stage.store.slow = True
    stage.marks.reached(3)
    stage.clock.advance(GATHER)
    stage.marks.reached(6)
    stage.marks.reached(9)
    stage.clock.advance(1)
    assert stage.store.marks == [3]
    stage.store.answer()
    stage.clock.advance(GATHER)
    assert stage.store.marks == [3, 9]


def test_a_mark_that_fails_is_named_and_repeated(stage: Stage) -> None:
    stage.store.broken = OSError("disk is full")
    stage.marks.reached(1)
    stage.clock.advance(GATHER)
    assert stage.marks.problem == "announced events cannot be marked: disk is full"
    stage.marks.reached(2)
    stage.clock.advance(RETRY - 0.1)
    assert stage.store.marks == [1]
    stage.store.broken = None
    stage.clock.advance(0.1)
    assert stage.store.marked == 2
    assert not stage.marks.problem


def test_flush_marks_at_once_and_all_of_it(stage: Stage) -> None:
    stage.store.slow = True
    stage.marks.reached(3)
    stage.clock.advance(GATHER)
    stage.marks.reached(7)
    flushed = stage.marks.flush()
    stage.store.answer()
    assert stage.store.marks == [3, 7]
    assert not flushed.called
    stage.store.answer()
    assert stage.store.marked == 7
    assert stage.clock.getDelayedCalls() == []
    assert [stage.marks.flush().called, flushed.called] == [True, True]


def test_flush_ends_when_the_store_fails(stage: Stage) -> None:
    stage.store.broken = OSError("disk is gone")
    stage.marks.reached(3)
    assert stage.marks.flush().called
    assert stage.clock.getDelayedCalls() == []


def test_stop_begins_no_other_mark(stage: Stage) -> None:
    stage.marks.reached(3)
    stage.marks.stop()
    stage.clock.advance(60)
    assert stage.store.marks == []
