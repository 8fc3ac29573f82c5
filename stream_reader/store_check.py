"""Whether the store can be used, for `/readyz`: how saving goes, and whether a read is answered.

Reactor's thread. However many ask, one read is in progress, so that a store that hangs does not
gather a queue of reads behind the one that hangs.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from stream_reader.clock import Clock, DelayedCall

LIMIT = 2.0
"""Seconds that the read may take."""
NO_ANSWER = f"has not answered for {LIMIT:g} s"


class StoreCheck:
    """`save_problem` is the intake's; `read` is any cheap read, in a thread."""

    def __init__(
        self,
        clock: Clock,
        save_problem: Callable[[], str | None],
        read: Callable[[], Deferred[object]],
    ) -> None:
        self._clock = clock
        self._save_problem = save_problem
        self._read = read
        self._deadline: DelayedCall | None = None
        """Of the read in progress; None if there is none."""
        self._asked: list[Deferred[str | None]] = []

    def ask(self) -> Deferred[str | None]:
        """None if it can be used, else one line. Fires within `LIMIT` and never fails."""
        if problem := self._save_problem():
            return succeed(problem)
        if self._deadline is not None and not self._deadline.active():
            return succeed(NO_ANSWER)
        answer: Deferred[str | None] = Deferred()
        self._asked.append(answer)
        if self._deadline is None:
            self._deadline = self._clock.callLater(LIMIT, self._tell, NO_ANSWER)
            self._read().addCallbacks(lambda _: None, _reason).addCallback(self._ended)
        return answer

    def _ended(self, problem: str | None) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
        self._tell(problem)

    def _tell(self, problem: str | None) -> None:
        asked, self._asked = self._asked, []
        for answer in asked:
            answer.callback(problem)


def _reason(failure: Failure) -> str:
    return failure.getErrorMessage() or "cannot be read"
