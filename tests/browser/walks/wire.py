"""All of it, for visitors in real browsers: a reader, RabbitMQ and two web processes on one store.

with Wire(folder, broker.url) as wire:
    wire.post("good evening")              # by the celeb of the invented posts, through the reader
    page.goto(wire.first + "/")
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import IO, Self

import msgspec

from stream_reader.demo_director import Director
from stream_reader.demo_script import load
from tests.running import Running, get, kill, until
from tweet_store.model import Post, Tweet
from tweet_store.store import TweetStore

MODERATOR_TOKEN = "a-token-for-tests-only"
POSTS = 90


def invented_posts(count: int, seed: int = 5) -> list[Post]:
    """Posts of the demo, the newest a minute old."""
    director, now = Director(load(), Random(seed)), datetime.now(UTC)
    return [director.next(now - timedelta(minutes=2 * (count - n))) for n in range(count)]


def _ready(url: str) -> bool:
    return get(f"{url}/readyz")[0] == 200


class Wire:
    """See the module."""

    def __init__(self, folder: Path, amqp_url: str) -> None:
        posts = invented_posts(POSTS)
        store = TweetStore.open(f"sqlite:///{folder}/celebwire.db")
        store.save(posts)
        named = Counter(p.author.handle for p in posts if isinstance(p, Tweet))
        self.celeb = named.most_common(1)[0][0].lower()
        """Who wrote most."""
        self.post_id = store.timeline(celeb=self.celeb, limit=1)[0].id
        """The celeb's newest post."""
        store.close()
        self._folder = folder
        self._number = 10**18
        self._in: IO[bytes] | None = None
        environment = {"CELEBWIRE_MODERATOR_TOKEN": MODERATOR_TOKEN}
        self.processes = [Running(folder, amqp_url, **environment) for _ in range(2)]
        self.first, self.second = (running.site_url for running in self.processes)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start(self) -> None:
        for running in self.processes:
            running.start_site()
        pipe = self._folder / "pipe"
        os.mkfifo(pipe)
        self.processes[0].start_reader(f"replay:{pipe}@max")
        self._in = pipe.open("wb", buffering=0)
        for running in self.processes:
            until(partial(_ready, running.site_url))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._in is not None:
            self._in.close()
        for running in self.processes:
            running.__exit__(kind, error, traceback)

    def post(self, text: str, handle: str = "walker") -> str:
        """A line of X's stream, from now; the post's id."""
        self._number += 1
        id_ = str(self._number)
        line = {
            "data": {
                "id": id_,
                "text": text,
                "author_id": f"9{len(handle)}",
                "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "edit_history_tweet_ids": [id_],
            },
            "includes": {
                "users": [{"id": f"9{len(handle)}", "name": handle.title(), "username": handle}]
            },
        }
        assert self._in is not None
        self._in.write(msgspec.json.encode(line) + b"\r\n")
        return id_

    def restart(self, number: int) -> None:
        """kill -9 one of the web processes, and start it again on its port."""
        kill(self.processes[number].site)
        self.processes[number].start_site()
