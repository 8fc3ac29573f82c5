"""How often one address may read what is costly: a bucket of tokens for each. Event loop's thread.

    limits.take("192.0.2.1")    # 0: go on; else the seconds after which to come back

A bucket holds a minute's tokens, so that a page of requests at once is no offence. A process knows
its own visitors only: with several, each allows as much.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

SEARCH_TOKENS = 10.0
"""What a search costs: it is the costliest that may be asked for."""
ADDRESSES = 16_384
"""Buckets kept. Past it, the one that was used longest ago is forgotten, which is full by then or
was never much used."""


class ReadLimits:
    """See the module. `key`: what an address is counted by. `refused` is called for each request
    that came too early. `clock` gives seconds."""

    def __init__(
        self,
        per_minute: int,
        key: Callable[[str], str],
        refused: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._most = float(per_minute)
        self._a_second = per_minute / 60
        self._key = key
        self._refused = refused
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: the tokens in it, and when that was so."""

    def take(self, address: str, tokens: float = 1.0) -> int:
        """Take them if they are there: 0. Else none, and how long to wait for them, in seconds.

        What costs more tokens than a bucket holds needs a full one.
        """
        now = self._clock()
        tokens = min(tokens, self._most)
        key = self._key(address)
        held, since = self._buckets.pop(key, (self._most, now))
        held = min(self._most, held + (now - since) * self._a_second)
        enough = held >= tokens
        self._buckets[key] = (held - tokens if enough else held, now)
        if len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        if enough:
            return 0
        self._refused()
        return math.ceil((tokens - held) / self._a_second)
