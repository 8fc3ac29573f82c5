"""What a visitor is told who is at a cursor: from memory, from the store, or when it comes.

    answer = await updates.after(cursor, channels, wait=25)
    answer.json(html=True)

    {"cursor": "…", "verdict": "live" | "gap" | "reset", "events": [{"seq": 7, "kind": "tweet",
     "id": "…", "celeb": "…", "html": "…"}, …]}

At once when there is something past the cursor, with at most 200 events (for more, ask again at
once), else when something comes, else after `wait` seconds with no events and the same cursor.
`gap`: more was missed than is given one by one, and the cursor jumps to now. `reset`: the cursor
belongs to another store; load the page anew. Without a cursor: from now on. `html=0` leaves the
cards out. An event whose `id` is a later version's also has the post's first id, as `chain`.

The same for every transport: `long_poll.py`, `sse.py`, `web_socket.py`. Event loop's thread; what
memory does not hold is read from the store in a worker's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tweet_store.database import StoreUnavailable
from tweet_store.store import Selection
from web_ui import channels
from web_ui.arrivals import Arrivals
from web_ui.cursor import Cursor
from web_ui.feed import Entry, Feed
from web_ui.store_reader import StoreReader
from web_ui.waiting_room import WaitingRoom

MOST_EVENTS = 200
"""Events in one answer."""

Verdict = Literal["live", "gap", "reset"]


class Answer(NamedTuple):
    """What a poll is told."""

    cursor: Cursor
    verdict: Verdict
    entries: Sequence[Entry]

    def json(self, *, html: bool) -> bytes:
        """The body; entries give bytes that were made when they arrived."""
        events = b",".join([entry.full if html else entry.bare for entry in self.entries])
        head = f'{{"cursor":"{self.cursor}","verdict":"{self.verdict}","events":['.encode()
        return b"%b%b]}" % (head, events)


class Updates:
    """Finds what lies past a cursor: in memory, in the store, or in the future."""

    def __init__(
        self,
        epoch: str,
        feed: Feed,
        room: WaitingRoom,
        arrivals: Arrivals,
        store: StoreReader,
        replay_limit: int,
    ) -> None:
        self._epoch = epoch
        self._feed = feed
        self._room = room
        self._arrivals = arrivals
        self._store = store
        self._replay_limit = replay_limit

    @property
    def closing(self) -> bool:
        """This process is stopping: send everybody away, to come back to another."""
        return self._room.closed

    def now(self) -> Cursor:
        """The cursor past everything in the feed: what a page is rendered at."""
        return Cursor(self._epoch, self._feed.latest)

    async def after(self, cursor: Cursor | None, names: frozenset[str], wait: float) -> Answer:
        """The answer to a poll; takes up to `wait` seconds. Raises `StoreUnavailable`."""
        cursor = cursor or self.now()
        if cursor.epoch != self._epoch:
            return Answer(self.now(), "reset", ())
        if cursor.seq > self._feed.latest:
            # Another process may be ahead of this one; nobody is ahead of the store.
            await self._arrivals.catch_up()
            if problem := self._arrivals.problem():
                raise StoreUnavailable(problem)
            if cursor.seq > self._feed.latest:
                return Answer(self.now(), "reset", ())
        deadline = asyncio.get_running_loop().time() + wait
        scanned = cursor.seq
        while True:
            selection = channels.selection(names)
            if await self._is_gap(scanned, selection):
                return Answer(self.now(), "gap", ())
            newest = self._feed.latest
            if scanned >= self._feed.floor:
                entries = self._feed.after(names, scanned, MOST_EVENTS + 1)
            else:
                entries = await self._store.entries_after(scanned, MOST_EVENTS + 1, selection)
            if entries:
                return self._live(entries, newest)
            scanned = newest
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or self._room.closed:
                return Answer(cursor, "live", ())
            if scanned == self._feed.latest:
                with self._room.waiting(names) as waiter:
                    await waiter.news(left)

    def _live(self, entries: list[Entry], newest: int) -> Answer:
        """All entries up to `newest`, or as many as an answer holds. More than one over is not."""
        if len(entries) > MOST_EVENTS:
            entries = entries[:MOST_EVENTS]
            return Answer(Cursor(self._epoch, entries[-1].seq), "live", entries)
        return Answer(Cursor(self._epoch, max(newest, entries[-1].seq)), "live", entries)

    async def _is_gap(self, seq: int, selection: Selection) -> bool:
        if self._feed.latest - seq <= self._replay_limit:
            return False
        missed = await self._store.count_after(seq, self._replay_limit + 1, selection)
        return missed > self._replay_limit
