from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from stream_reader.store_check import LIMIT, StoreCheck
from tweet_store.database import StoreUnavailable


class Checking:
    """A check whose reads are answered by the test."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.save_problem: str | None = None
        self.reads: list[Deferred[object]] = []
        self.answers: list[str | None] = []
        self._check = StoreCheck(self.clock, lambda: self.save_problem, self._read)

    def _read(self) -> Deferred[object]:
        self.reads.append(Deferred())
        return self.reads[-1]

    def ask(self) -> None:
        self._check.ask().addCallback(self.answers.append)


def test_all_who_ask_share_one_read() -> None:
    checking = Checking()
    for _ in range(3):
        checking.ask()
    assert (len(checking.reads), checking.answers) == (1, [])
    checking.reads[0].callback(7)
    assert checking.answers == [None] * 3
    checking.ask()
    checking.reads[1].errback(Failure(StoreUnavailable("disk I/O error")))
    assert checking.answers == [None] * 3 + ["disk I/O error"]
    assert not checking.clock.getDelayedCalls()


def test_saves_that_fail_are_a_problem_whatever_a_read_would_say() -> None:
    checking = Checking()
    checking.save_problem = "database is locked"
    checking.ask()
    assert (checking.answers, checking.reads) == (["database is locked"], [])


def test_a_read_that_hangs_is_told_in_time_and_gathers_no_others_behind_it() -> None:
    checking = Checking()
    checking.ask()
    checking.clock.advance(LIMIT)
    assert checking.answers == ["has not answered for 2 s"]
    for _ in range(5):
        checking.ask()
    assert checking.answers == ["has not answered for 2 s"] * 6
    assert len(checking.reads) == 1
    checking.reads[0].callback(7)
    checking.ask()
    checking.reads[1].callback(7)
    assert checking.answers[6:] == [None]
    assert not checking.clock.getDelayedCalls()
