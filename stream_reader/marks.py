"""The last step of announcing: noting in the store how far RabbitMQ has confirmed.

Confirms come thousands a second and a mark is a transaction, so they are gathered: one mark at a
time, and 50 ms apart. A mark that is late or lost costs nothing but some ids announced twice after
a crash. Reactor's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.python.failure import Failure

from stream_reader.clock import Clock, DelayedCall

log = logging.getLogger("celebwire.reader.marks")

GATHER = 0.05
"""Seconds in which confirms become one mark: as much as a crash makes us announce again."""
RETRY = 1.0
"""Seconds before a mark that failed is tried again."""


class Marks:
    """Calls `mark(up_to_seq)` so that it keeps up with `reached`. A mark that fails is repeated."""

    def __init__(self, clock: Clock, mark: Callable[[int], Deferred[None]]) -> None:
        self._clock = clock
        self._mark = mark
        self._reached = 0
        self._marked = 0
        self._marking = False
        self._call: DelayedCall | None = None
        self._flushed: Deferred[None] | None = None
        self.problem: str | None = None
        """Why the last mark failed; None if it did not."""

    def reached(self, seq: int) -> None:
        """Everything up to `seq` is confirmed."""
        self._reached = seq
        self._schedule(GATHER)

    def flush(self) -> Deferred[None]:
        """Mark at once; fires when all is marked, or when that failed. Give it a deadline."""
        if self._reached == self._marked and not self._marking:
            return succeed(None)
        flushed: Deferred[None] = Deferred()
        self._flushed = flushed
        if not self._marking:
            self.stop()
            self._start()
        return flushed

    def stop(self) -> None:
        """Begin no other mark."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _schedule(self, delay: float) -> None:
        if self._call is None and not self._marking and self._reached > self._marked:
            self._call = self._clock.callLater(delay, self._start)

    def _start(self) -> None:
        self._call = None
        self._marking = True
        up_to = self._reached
        maybeDeferred(self._mark, up_to).addCallbacks(
            self._succeeded, self._failed, callbackArgs=(up_to,)
        )

    def _succeeded(self, _result: object, up_to: int) -> None:
        self._marking = False
        self._marked = up_to
        self.problem = None
        if self._flushed is not None and self._reached > up_to:
            self._start()
        else:
            self._schedule(GATHER)
            self._end_flush()

    def _failed(self, failure: Failure) -> None:
        self._marking = False
        self.problem = f"announced events cannot be marked: {failure.getErrorMessage()}"
        log.error("%s; next try in %s s", self.problem, RETRY)
        if self._flushed is None:
            self._schedule(RETRY)
        self._end_flush()

    def _end_flush(self) -> None:
        flushed, self._flushed = self._flushed, None
        if flushed is not None:
            flushed.callback(None)
