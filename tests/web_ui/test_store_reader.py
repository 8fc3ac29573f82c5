"""The store as coroutines."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.tweet_store.posts import tweet
from tweet_store.database import StoreUnavailable
from tweet_store.model import StoredTweet
from tweet_store.store import TweetStore
from web_ui.store_reader import StoreReader


@pytest.fixture
def store(tmp_path: Path) -> TweetStore:
    opened = TweetStore.open(f"sqlite:///{tmp_path}/store.db")
    opened.save([tweet("1"), tweet("2"), tweet("3")])
    return opened


def test_a_post_that_cannot_be_rendered_does_not_hold_up_the_others(
    store: TweetStore, caplog: pytest.LogCaptureFixture
) -> None:
    def card(shown: StoredTweet) -> str:
        if shown.id == "2":
            raise ValueError("a fault of ours")
        return f"card {shown.id}"

    async def scenario() -> list[bytes]:
        reader = StoreReader(store, card)
        entries = await reader.entries_after(0, 10)
        reader.close()
        return [entry.full for entry in entries]

    first, second, third = asyncio.run(scenario())
    assert b"card 1" in first
    assert b'"html":""' in second
    assert b"card 3" in third
    assert "post 2 cannot be rendered" in caplog.text
    store.close()


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
