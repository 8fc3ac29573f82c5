"""How long to wait before the next try. Pure; no clock of its own.

backoff = Backoff(0.25, 15.0)
reactor.callLater(backoff.next(), connect)      # and backoff.reset() once it really works
"""

from __future__ import annotations

import random as random_module
from collections.abc import Callable


class Backoff:
    """Waits that grow from `initial` to `maximum` seconds, each `factor` times the one before.

    Up to the share `jitter` of each wait is taken off at random, so that many who lost the same
    server do not return in the same moment; a wait is thus never above `maximum`.
    """

    def __init__(
        self,
        initial: float,
        maximum: float,
        *,
        factor: float = 2.0,
        jitter: float = 0.3,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        if not 0 < initial <= maximum or factor < 1 or not 0 <= jitter < 1:
            raise ValueError("need 0 < initial <= maximum, factor >= 1 and 0 <= jitter < 1")
        self._initial = initial
        self._maximum = maximum
        self._factor = factor
        self._jitter = jitter
        self._random = random
        self._wait = initial

    def next(self) -> float:
        """Seconds to wait now; the next answer will be longer."""
        wait = self._wait
        self._wait = min(wait * self._factor, self._maximum)
        return wait * (1 - self._jitter * self._random())

    def reset(self) -> None:
        """It works: begin again with `initial` when it next fails."""
        self._wait = self._initial
