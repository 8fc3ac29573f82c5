"""Which tags are used most, kept for some seconds: to count them takes longer than all else that a
page asks of the store.

    tags = await counts.of_celeb("ada")

Whoever asks while they are being counted waits for the same count. Event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tweet_store.discussion.model import Tag
from tweet_store.discussion.store import DiscussionStore
from web_ui.store_reader import StoreReader

KEPT_FOR = 10.0
"""Seconds."""
MOST_KEPT = 1000
"""Celebs. Past it, the one counted longest ago is forgotten."""
POPULAR = 100
"""Tags of the whole site that are given."""


class _Count(NamedTuple):
    until: float
    tags: asyncio.Future[Sequence[Tag]]


class TagCounts:
    """See the module. `clock` gives seconds that only rise."""

    def __init__(
        self, discussion: DiscussionStore, reader: StoreReader, clock: Callable[[], float]
    ) -> None:
        self._discussion = discussion
        self._reader = reader
        self._clock = clock
        self._counts: OrderedDict[str | None, _Count] = OrderedDict()
        """By slug; None: of the whole site."""

    async def popular(self) -> Sequence[Tag]:
        """The tags that most posts have. Raises `StoreUnavailable`."""
        return await self._kept(None, lambda: self._discussion.popular_tags(POPULAR))

    async def of_celeb(self, slug: str) -> Sequence[Tag]:
        """Those that most of a celeb's posts have. Raises `StoreUnavailable`."""
        return await self._kept(slug, lambda: self._discussion.tags_of_celeb(slug))

    async def _kept(self, whose: str | None, count: Callable[[], Sequence[Tag]]) -> Sequence[Tag]:
        kept = self._counts.get(whose)
        if kept is None or kept.until <= self._clock():
            counting = asyncio.ensure_future(self._reader.ask(count))
            kept = _Count(self._clock() + KEPT_FOR, counting)
            self._counts[whose] = kept
            self._counts.move_to_end(whose)
            if len(self._counts) > MOST_KEPT:
                self._counts.popitem(last=False)
        try:
            return await asyncio.shield(kept.tags)
        except Exception:
            if self._counts.get(whose) is kept:
                del self._counts[whose]
            raise
