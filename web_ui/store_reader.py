"""The store, as coroutines: each query runs in a worker thread, and the event loop never waits.

A few queries run at once; the others queue, and a query that does not come to its end within
TIMEOUT raises `StoreUnavailable`. Arrivals have a worker of their own, behind whom nobody queues.
Events are rendered in the worker as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tweet_store.database import READERS, StoreUnavailable
from tweet_store.model import Celeb, StoredEvent, StoredTweet
from tweet_store.store import EVERYTHING, Selection, TweetStore
from web_ui.feed import Entry

T = TypeVar("T")

TIMEOUT = 10.0
"""Longest time that a query may take, its wait for a worker included, in seconds."""


class StoreReader:
    """See the module. `render` gives the HTML of an event's post or comment, empty for none."""

    def __init__(self, store: TweetStore, render: Callable[[StoredEvent], str]) -> None:
        self._store = store
        self._render = render
        self._workers = ThreadPoolExecutor(READERS - 1, thread_name_prefix="store")
        self._arrivals = ThreadPoolExecutor(1, thread_name_prefix="arrivals")

    def close(self) -> None:
        """Forget what is queued. Queries in progress end by themselves."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._arrivals.shutdown(wait=False, cancel_futures=True)

    async def arrivals_after(self, seq: int, limit: int) -> list[Entry]:
        """`entries_after` of everything, ahead of whoever else asks the store."""
        return await self._in_worker(
            lambda: self._entries_after(seq, limit, EVERYTHING), self._arrivals
        )

    async def entries_after(
        self, seq: int, limit: int, selection: Selection = EVERYTHING
    ) -> list[Entry]:
        """`TweetStore.events_after`, rendered."""
        return await self._in_worker(lambda: self._entries_after(seq, limit, selection))

    async def count_after(self, seq: int, limit: int, selection: Selection) -> int:
        """`TweetStore.count_after`."""
        return await self._in_worker(lambda: self._store.count_after(seq, limit, selection))

    async def ask(self, query: Callable[[], T]) -> T:
        """Run any query of the store's in a worker."""
        return await self._in_worker(query)

    async def latest_seq(self) -> int:
        """`TweetStore.latest_seq`."""
        return await self._in_worker(self._store.latest_seq)

    async def timeline(
        self,
        *,
        celeb: str | None = None,
        celebs: Sequence[str] | None = None,
        before: int | None = None,
        limit: int = 50,
        up_to: int | None = None,
    ) -> list[StoredTweet]:
        """`TweetStore.timeline`."""
        return await self._in_worker(
            lambda: self._store.timeline(
                celeb=celeb, celebs=celebs, before=before, limit=limit, up_to=up_to
            )
        )

    async def celeb(self, slug: str) -> Celeb | None:
        """`TweetStore.celeb`."""
        return await self._in_worker(lambda: self._store.celeb(slug))

    async def celebs(self, *, limit: int = 200, offset: int = 0) -> list[Celeb]:
        """`TweetStore.celebs`."""
        return await self._in_worker(lambda: self._store.celebs(limit=limit, offset=offset))

    def _entries_after(self, seq: int, limit: int, selection: Selection) -> list[Entry]:
        found = self._store.events_after(seq, limit, selection)
        return [Entry(one, self._render(one)) for one in found]

    async def _in_worker(
        self, query: Callable[[], T], workers: ThreadPoolExecutor | None = None
    ) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TIMEOUT):
                return await loop.run_in_executor(workers or self._workers, query)
        except TimeoutError as error:
            raise StoreUnavailable(f"no answer within {TIMEOUT:.0f} s") from error
