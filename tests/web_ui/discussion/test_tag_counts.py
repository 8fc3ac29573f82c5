"""Tags counted once for all who ask within some seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tweet_store.database import StoreUnavailable
from tweet_store.discussion.model import Tag
from web_ui.discussion import tag_counts
from web_ui.discussion.tag_counts import KEPT_FOR, POPULAR, TagCounts


class _Store:
    """Counts how often it counts. Its reader and itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def popular_tags(self, limit: int) -> list[Tag]:
        return self.tags_of_celeb(f"everybody {limit}")

    def tags_of_celeb(self, slug: str) -> list[Tag]:
        self.asked.append(slug)
        return [Tag("a", slug, len(self.asked))]

    async def ask(self, count: object) -> Sequence[Tag]:
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        tags: Sequence[Tag] = count()  # type: ignore[operator]
        return tags


class TestTagCounts:
    def setup_method(self) -> None:
        self.store = _Store()
        self.time = 100.0
        self.counts = TagCounts(
            self.store,  # type: ignore[arg-type]
            self.store,  # type: ignore[arg-type]
            lambda: self.time,
        )

    def of(self, *slugs: str) -> list[Sequence[Tag]]:
        """Asked in the same moment."""

        async def ask() -> list[Sequence[Tag]]:
            return await asyncio.gather(*map(self.counts.of_celeb, slugs))

        return asyncio.run(ask())

    def test_who_asks_meanwhile_waits_for_the_same_count(self) -> None:
        assert self.of("ada", "bob", "ada") == [
            [Tag("a", "ada", 1)],
            [Tag("a", "bob", 2)],
            [Tag("a", "ada", 1)],
        ]

    def test_a_count_is_kept_for_some_seconds(self) -> None:
        for seconds, asked in ((0, 1), (KEPT_FOR - 0.1, 1), (0.1, 2), (1, 2)):
            self.time += seconds
            self.of("ada")
            assert len(self.store.asked) == asked
        asyncio.run(self.counts.popular())
        assert self.store.asked[-1] == f"everybody {POPULAR}"

    def test_those_counted_longest_ago_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tag_counts, "MOST_KEPT", 2)
        for slug in ("ada", "bob", "cyd", "bob", "ada"):
            self.of(slug)
        assert self.store.asked == ["ada", "bob", "cyd", "ada"]

    def test_a_failure_is_not_kept(self) -> None:
        self.store.away = True
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                self.of("ada")
        self.store.away = False
        assert self.of("ada") == [[Tag("a", "ada", 1)]]
