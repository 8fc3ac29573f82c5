"""The source `x`: X's filtered stream, kept up by supervised attempts, one at a time.

First step of a tweet's story: an `XAttempt` reads lines in a thread of its own and hands them,
through `XLines`, to the intake, which blocks it when it is full; X then sees a slow reader.
Everything in this file belongs to the reactor's thread.

States, and what moves between them:

    idle --start--> connecting --stream stands--> streaming
    connecting, streaming --attempt ends--> waiting --timer--> connecting
                                        \\-> refused (401, 403: until the settings change)
    any --stop--> stopped
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from enum import Enum

from prometheus_client import CollectorRegistry, Counter, Gauge
from twisted.internet.defer import Deferred, succeed

from stream_reader.clock import Clock, DelayedCall, FromThread
from stream_reader.drops import Drops
from stream_reader.source import Sink
from stream_reader.worker import STOP_LIMIT, at_most, run_in_thread
from stream_reader.x_attempt import XAttempt
from stream_reader.x_backoff import Ended, XBackoff
from stream_reader.x_lines import XLines
from stream_reader.x_rules import pack
from stream_reader.x_session import STALL_LIMIT, Sockets, XSession

log = logging.getLogger("celebwire.reader.x")

ANSWER_LIMIT = 60.0
"""Seconds in which an attempt must have its stream, rules and all."""


class State(Enum):
    """See the module."""

    IDLE = "idle"
    CONNECTING = "connecting"
    STREAMING = "streaming"
    WAITING = "waiting"
    REFUSED = "refused"
    STOPPED = "stopped"


class XMetrics:
    """Of the connection to X."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connected = Gauge(
            "celebwire_x_connected", "Whether X's stream stands: 1 or 0.", registry=registry
        )
        self.attempts = Counter(
            "celebwire_x_attempts_ended",
            "Attempts at X's stream that ended, by how.",
            ["trouble"],
            registry=registry,
        )


class XSource:
    """A `Source`. `token` is X's app-only bearer token, `base` the address of X's API.

    `random` gives 0 to 1; `unix_time` is the clock on the wall, by which X gives its limits.
    """

    name = "x"

    def __init__(
        self,
        token: str,
        base: str,
        follow: Sequence[str],
        drops: Drops,
        metrics: XMetrics,
        clock: Clock,
        threads: FromThread,
        random: Callable[[], float],
        *,
        unix_time: Callable[[], float] = time.time,
        stall_limit: float = STALL_LIMIT,
    ) -> None:
        self.state = State.IDLE
        self._token = token.strip()
        self._base = base
        self._follow = follow
        self._drops = drops
        self._metrics = metrics
        self._clock = clock
        self._threads = threads
        self._unix_time = unix_time
        self._stall_limit = stall_limit
        self._backoff = XBackoff(random)
        self._rules = pack(follow)
        self._lines: XLines | None = None
        self._attempt: XAttempt | None = None
        self._attempt_over: Deferred[None] | None = None
        self._began = 0.0
        self._timer: DelayedCall | None = None
        """Of the next attempt while waiting, of `ANSWER_LIMIT` while connecting."""
        self._problem: str | None = "the first connection to X is being made"

    def start(self, sink: Sink) -> None:
        """See `Source.start`."""
        self._lines = XLines(self._follow, self._drops, sink)
        if not self._token.isascii() or not self._token.isprintable() or " " in self._token:
            # requests would say so with the token in its message.
            self._refuse("CELEBWIRE_X_BEARER_TOKEN holds what no token can; mend it, restart")
            return
        self._connect(self._lines)

    def stop(self) -> Deferred[None]:
        """See `Source.stop`. A put that waits for room is woken by the sink's own closing."""
        self.state = State.STOPPED
        self._problem = None
        self._metrics.connected.set(0)
        self._cancel_timer()
        if self._attempt is None or self._attempt_over is None:
            return succeed(None)
        self._attempt.interrupt("the reader is stopping")
        return at_most(self._clock, STOP_LIMIT, self._attempt_over).addCallback(lambda _: None)

    def problem(self) -> str | None:
        """See `Source.problem`."""
        if self.state is State.WAITING and self._timer is not None:
            wait = max(0.0, self._timer.getTime() - self._clock.seconds())
            return f"{self._problem}; next try in {wait:.0f} s"
        return self._problem

    # One attempt. Each has a session, sockets and a thread of its own.

    def _connect(self, lines: XLines) -> None:
        self.state = State.CONNECTING
        self._began = self._clock.seconds()
        sockets = Sockets()
        session = XSession(
            self._token, self._base, sockets, lines.too_long, stall_limit=self._stall_limit
        )
        attempt = XAttempt(session, sockets, self._rules, lines.read, self._stands_from_thread)
        self._attempt = attempt
        self._timer = self._clock.callLater(
            ANSWER_LIMIT, attempt.interrupt, f"no stream within {ANSWER_LIMIT:.0f} s"
        )
        self._attempt_over = run_in_thread(self._threads, "x", attempt.run).addCallback(
            self._over, lines
        )

    def _stands_from_thread(self, rules_problem: str | None) -> None:
        self._threads.callFromThread(self._stands, rules_problem)

    def _stands(self, rules_problem: str | None) -> None:
        if self.state is not State.CONNECTING:
            return
        self.state = State.STREAMING
        self._cancel_timer()
        self._metrics.connected.set(1)
        self._problem = None
        log.info("X: connected, %d accounts in %d rules", len(self._follow), len(self._rules))
        if rules_problem:
            self._problem = (
                f"{rules_problem}; some accounts are not followed: "
                "free rules at X, or follow fewer (CELEBWIRE_FOLLOW), and restart the reader"
            )
            log.error("X: %s", self._problem)

    def _over(self, ended: Ended, lines: XLines) -> None:
        self._attempt = None
        self._cancel_timer()
        self._metrics.connected.set(0)
        self._metrics.attempts.labels(trouble=ended.trouble.value).inc()
        if self.state is State.STOPPED:
            return
        problem = f"{ended.what}; {ended.mends}"
        wait = self._backoff.wait(ended, self._began, self._clock.seconds(), self._unix_time())
        if wait is None:
            self._refuse(problem)
            return
        log.warning("X: %s; next try in %.1f s", problem, wait)
        self.state = State.WAITING
        self._problem = problem
        self._timer = self._clock.callLater(wait, self._connect, lines)

    def _refuse(self, problem: str) -> None:
        log.error("X: %s", problem)
        self.state = State.REFUSED
        self._problem = problem

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
