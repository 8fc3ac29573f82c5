"""A store with visitors at hand, and a clock that is advanced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.tweet_store.posts import NOON
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.store import DiscussionStore
from tweet_store.store import TweetStore


class Visiting:
    """One process' store. Visitors by their names, each at an address of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.tweets = TweetStore.open(url)
        self.discussion = DiscussionStore(self.tweets)
        self.now: datetime = NOON
        self._senders: dict[str, Sender] = {}
        self._nonces = 0

    def close(self) -> None:
        self.tweets.close()

    def wait(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def sender(self, name: str) -> Sender:
        if name not in self._senders:
            key = f"address of {name}".encode()
            self._senders[name] = Sender(self.discussion.sign_in(name, key, self.now), key)
        return self._senders[name]

    def say(self, name: str, text: str = "hello", **where: Any) -> StoredComment:
        """Write under the post 1, or where else; a minute after whatever was before."""
        self.wait(60)
        self._nonces += 1
        where = where if {"post_id", "room"}.intersection(where) else {"post_id": "1", **where}
        return self.discussion.add_comment(
            self.sender(name), text, self.now, nonce=f"n{self._nonces}", **where
        )

    def events(self, after: int = 0) -> list[tuple[str, str]]:
        return [(e.event.kind, e.event.id) for e in self.tweets.events_after(after, 999)]


def refusal(action: Callable[[], object]) -> Refused:
    """How it is refused."""
    try:
        action()
    except Refused as refused:
        return refused
    raise AssertionError("not refused")


def reason(action: Callable[[], object]) -> str:
    """Why it is refused."""
    return refusal(action).reason
