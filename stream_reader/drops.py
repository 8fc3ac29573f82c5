"""Counting and logging what is dropped, without letting a flood of it fill the log.

Any thread. Every drop is counted; of each reason the first is logged at once and then at most one
line a second, with the number of those that went unlogged.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from prometheus_client import Counter

log = logging.getLogger("celebwire.reader.drops")

SHOWN = 200
"""Characters of a dropped thing that are logged."""


class Drops:
    """What the reader could not use, by reason."""

    def __init__(self, counter: Counter, monotonic: Callable[[], float]) -> None:
        self._counter = counter
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._unlogged: dict[str, int] = {}

    def count(self, reason: str, detail: str) -> None:
        """One thing was dropped for `reason` (a short snake_case word); `detail` shows which."""
        self._counter.labels(reason=reason).inc()
        now = self._monotonic()
        with self._lock:
            if now - self._last.get(reason, float("-inf")) < 1:
                self._unlogged[reason] = self._unlogged.get(reason, 0) + 1
                return
            self._last[reason] = now
            unlogged = self._unlogged.pop(reason, 0)
        more = f" (and {unlogged} more before it)" if unlogged else ""
        # As a literal: a line break or an escape sequence of a stranger must not reach a terminal.
        log.warning("dropped, %s: %r%s", reason, detail[:SHOWN], more)
