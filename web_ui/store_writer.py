"""What visitors write goes into the store in one worker thread, one transaction after the other.

    comment = await writer.write(lambda: discussion.add_comment(...))

A bounded number waits for its turn; more are sent away (503), and counted. What was begun is
finished even if its visitor leaves: a comment is stored or it is not. Event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter

from tweet_store.database import StoreUnavailable

T = TypeVar("T")

MOST_WAITING = 50
"""Writes that wait for their turn: about a second's worth, each at 10 to 20 ms."""
TIMEOUT = 10.0
"""Longest time until a write is done, its wait included, in seconds."""


class StoreWriter:
    """See the module."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="writes")
        self._waiting = 0
        self._put_off = Counter(
            "celebwire_writes_put_off_total",
            "Writes of visitors that were sent away: too many waited for the store.",
            registry=registry,
        )

    def close(self) -> None:
        """Forget what is queued. A write in progress ends by itself."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def write(self, change: Callable[[], T]) -> T:
        """Run it. Raises what it raises, and `StoreUnavailable`: try again later."""
        if self._waiting >= MOST_WAITING:
            self._put_off.inc()
            raise StoreUnavailable("too many visitors are writing")
        self._waiting += 1
        try:
            async with asyncio.timeout(TIMEOUT):
                return await asyncio.get_running_loop().run_in_executor(self._worker, change)
        except TimeoutError as error:
            raise StoreUnavailable(f"not written within {TIMEOUT:.0f} s") from error
        finally:
            self._waiting -= 1
