"""Since when a feed says what it says: for `Last-Modified`. Event loop's thread.

Deletions leave no time behind, and posts arrive later than they were written, so it is the time at
which a process first saw the feed as it is. Each process has its own, and each holds for all: what
another process gave out before a change has a time before it, to the second.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

FEEDS = 2_000
"""Feeds remembered. One that is forgotten is as if it had changed."""


class Freshness:
    """See the module. `clock` gives the time of day, in seconds since 1970."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def since(self, feed: str, etag: str) -> int:
        """The second, since 1970, in which the feed became like this. Of two changes in one second
        the later is said to be of the next, so that the two are told apart."""
        now = int(self._clock())
        before = self._seen.pop(feed, None)
        if before is None:
            seen = etag, now
        elif before[0] == etag:
            seen = before
        else:
            seen = etag, max(now, before[1] + 1)
        self._seen[feed] = seen
        if len(self._seen) > FEEDS:
            self._seen.popitem(last=False)
        return seen[1]

    def told(self, since: int) -> int:
        """What `Last-Modified` may say of it, which cannot be the future."""
        return min(since, int(self._clock()))
