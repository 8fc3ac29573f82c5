"""A thread that runs one function, and tells the reactor's thread of its end.

The sources that read blockingly (`replay`, `x`) each run in one. The threads are daemons: each is
told to end and does, but one that sits in a name look-up or in a dead network file system cannot be
woken by anything, and must not keep the process from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from stream_reader.clock import Clock, FromThread

T = TypeVar("T")

STOP_LIMIT = 0.9
"""Seconds that a source's thread has to end in; `Source.stop` promises one."""


def run_in_thread(threads: FromThread, name: str, function: Callable[[], T]) -> Deferred[T]:
    """Start the thread; fires on the reactor's thread when `function` has returned or raised."""
    done: Deferred[T] = Deferred()

    def run() -> None:
        try:
            result = function()
        except BaseException:
            threads.callFromThread(done.errback, Failure())
        else:
            threads.callFromThread(done.callback, result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return done


def at_most(clock: Clock, seconds: float, done: Deferred[Any]) -> Deferred[bool]:
    """Fires with True when `done` does, or with False after `seconds`; never fails."""
    waiter: Deferred[bool] = Deferred()
    deadline = clock.callLater(seconds, waiter.callback, False)

    def ended(result: object) -> object:
        if deadline.active():
            deadline.cancel()
            waiter.callback(True)
        return result

    done.addBoth(ended)
    return waiter
