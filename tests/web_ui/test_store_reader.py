"""The store as coroutines."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.tweet_store.posts import tweet
from tweet_store.database import StoreUnavailable
from tweet_store.store import TweetStore
from web_ui.store_reader import StoreReader


@pytest.fixture
def store(tmp_path: Path) -> TweetStore:
    opened = TweetStore.open(f"sqlite:///{tmp_path}/store.db")
    opened.save([tweet("1"), tweet("2"), tweet("3")])
    return opened


def test_a_query_without_an_answer_is_given_up(
    store: TweetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_ui.store_reader.TIMEOUT", 0.05)
    answer = threading.Event()
    monkeypatch.setattr(store, "latest_seq", answer.wait)

    async def scenario() -> None:
        reader = StoreReader(store, str)
        with pytest.raises(StoreUnavailable, match="no answer"):
            await reader.latest_seq()
        answer.set()
        reader.close()

    asyncio.run(scenario())
    store.close()
