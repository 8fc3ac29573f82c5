"""`GET /updates`, the long poll. Part 1, `Updates`, decides the answer; part 2 speaks HTTP.

    GET /updates?channel=C[,C…]&cursor=<epoch>.<seq>[&wait=S][&html=0]

    200 {"cursor": "…", "verdict": "live" | "gap" | "reset", "events": [{"seq": 7, "kind": "tweet",
         "id": "…", "celeb": "…", "html": "…"}, …]}
    400 {"error": "…"}      channel, cursor, wait or html are malformed

Answers at once when there is something past the cursor, with at most 200 events (for more, poll
again at once), else when something comes, else after S seconds with no events and the same cursor.
`gap`: more was missed than is given one by one, and the cursor jumps to now. `reset`: the cursor
belongs to another store; load the page anew. Without a cursor: from now on. `html=0` leaves the
cards out. An event whose `id` is a later version's also has the post's first id, as `chain`.

Event loop's thread; what memory does not hold is read from the store in a worker's.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from tweet_store.store import Selection
from web_ui import channels
from web_ui.arrivals import Arrivals
from web_ui.cursor import Cursor
from web_ui.feed import Entry, Feed
from web_ui.metrics import UpdateMetrics
from web_ui.site_handler import SiteHandler
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
            if cursor.seq > self._feed.latest:
                return Answer(self.now(), "reset", ())
        deadline = asyncio.get_running_loop().time() + wait
        scanned = cursor.seq
        while True:
            newest = self._feed.latest
            if scanned >= self._feed.floor:
                entries = self._feed.after(names, scanned, MOST_EVENTS + 1)
            else:
                selection = channels.selection(names)
                if await self._is_gap(scanned, selection):
                    return Answer(self.now(), "gap", ())
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


class UpdatesHandler(SiteHandler):
    """The long poll over HTTP."""

    def initialize(self, updates: Updates, longest_wait: float, metrics: UpdateMetrics) -> None:
        """Tornado gives these for each request."""
        self._updates = updates
        self._longest_wait = longest_wait
        self._metrics = metrics
        self._poll: asyncio.Task[Answer] | None = None

    async def get(self) -> None:
        """See the module."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        try:
            names = channels.parse(self._only("channel", ""))
            cursor_text = self._only("cursor", "")
            cursor = Cursor.parse(cursor_text) if cursor_text else None
            wait = _seconds(self._only("wait", str(self._longest_wait)))
            html = _flag(self._only("html", "1"))
        except ValueError as error:
            self._metrics.rejected.inc()
            self.set_status(400)
            self.finish(msgspec.json.encode({"error": str(error)}))
            return
        self._poll = asyncio.ensure_future(
            self._updates.after(cursor, names, min(wait, self._longest_wait))
        )
        try:
            answer = await self._poll
        except asyncio.CancelledError:
            return
        self._metrics.answers.labels(answer.verdict).inc()
        self._metrics.delivered.inc(len(answer.entries))
        self.finish(answer.json(html=html))

    def on_connection_close(self) -> None:
        """The visitor went away: nobody waits any more."""
        if self._poll is not None:
            self._poll.cancel()

    def _only(self, name: str, default: str) -> str:
        """The one value of a parameter. Raises ValueError where it comes twice."""
        values = self.get_query_arguments(name)
        if len(values) > 1:
            raise ValueError(f"{name} is given more than once")
        return values[0] if values else default


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError("wait must be a number of seconds, 0 or more")
    return seconds


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("html must be 0 or 1")
    return text == "1"
