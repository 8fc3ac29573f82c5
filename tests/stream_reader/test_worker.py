from __future__ import annotations

import threading
from typing import cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from stream_reader.clock import FromThread
from stream_reader.worker import at_most, run_in_thread


class RunInThreadTest(TestCase):
    async def test_the_result_comes_back_on_the_reactors_thread(self) -> None:
        names: list[str] = []

        def work() -> int:
            names.append(threading.current_thread().name)
            return 7

        done = run_in_thread(cast(FromThread, reactor), "worker-7", work)
        back = done.addCallback(lambda result: (result, threading.current_thread()))
        assert await back == (7, threading.main_thread())
        assert names == ["worker-7"]

    async def test_what_is_raised_comes_back_too(self) -> None:
        def work() -> None:
            raise KeyError("x")

        done = run_in_thread(cast(FromThread, reactor), "worker", work)
        caught: list[object] = []
        await done.addErrback(lambda failure: caught.append(failure.value))
        assert [type(error) for error in caught] == [KeyError]


def test_at_most_tells_which_came_first() -> None:
    clock = Clock()
    answers: list[bool] = []
    in_time: Deferred[str] = Deferred()
    late: Deferred[str] = Deferred()
    at_most(clock, 2, in_time).addCallback(answers.append)
    at_most(clock, 2, late).addCallback(answers.append)
    in_time.callback("done")
    assert answers == [True]
    clock.advance(2)
    assert answers == [True, False]
    late.callback("done")
    assert answers == [True, False]
    assert not clock.getDelayedCalls()


def test_at_most_of_what_is_done_fires_at_once() -> None:
    answers: list[bool] = []
    done: Deferred[None] = Deferred()
    done.callback(None)
    at_most(Clock(), 2, done).addCallback(answers.append)
    assert answers == [True]
