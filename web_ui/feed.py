"""The newest events, each rendered once, ready for every visitor. Pure: no I/O and no clock.

    feed = Feed(size=10_000, start=latest_seq)
    feed.append(entries)                      # in seq order, from arrivals.py
    feed.after({"celeb:ada"}, 17, limit=200)  # what a visitor who is at 17 has not seen

Bounded: past `size` the oldest entries leave, and who wants those is served from the store. On the
event loop's thread only.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter

import msgspec

from tweet_store.model import EventKind, StoredEvent
from web_ui import channels


class _News(msgspec.Struct, omit_defaults=True):
    """One event of an answer, as JSON.

    `chain` is the first id of the post's edit chain, where that is another than `id`: a page that
    shows an earlier version knows by it what to replace or remove. `tag` is what the post got or
    lost, `shown` its form for the eye, which an `untag` does not need; nor does that have `html`.
    """

    seq: int
    kind: EventKind
    id: str
    celeb: str
    chain: str | None = None
    tag: str | None = None
    shown: str | None = None
    html: str | None = None


_REFRESHING = frozenset(("edit", "delete", "comment_edit", "comment_delete"))
"""Kinds that change what earlier events of the same post or comment show."""

_encode = msgspec.json.Encoder().encode


class Entry:
    """An event with its bytes. `html` is its post or comment as that is now, empty once a post is
    deleted."""

    __slots__ = ("bare", "channels", "full", "kind", "position", "seq")

    def __init__(self, stored: StoredEvent, html: str) -> None:
        event = stored.event
        self.seq = event.seq
        self.kind = event.kind
        self.position = stored.position
        self.channels = channels.of_event(stored)
        chain = None
        if stored.comment is None and (first := stored.thread_ids[0]) != event.id:
            chain = first
        news = _News(event.seq, event.kind, event.id, event.celeb, chain)
        if stored.tag is not None:
            news.tag = stored.tag
            if event.kind == "tag":
                news.shown = stored.shown
        self.bare = _encode(news)
        if event.kind != "untag":
            news.html = html
        self.full = _encode(news)

    def show_as(self, later: Entry) -> None:
        """Take over the HTML of a later event of the same post or comment."""
        news = msgspec.json.decode(self.bare, type=_News)
        news.html = msgspec.json.decode(later.full, type=_News).html
        self.full = _encode(news)


class Feed:
    """Entries in seq order, found by channel.

    `latest` is the seq up to which everything was appended, `floor` the one past which everything
    still is here: a cursor from `floor` on can be answered from memory.
    """

    def __init__(self, size: int, start: int) -> None:
        self.latest = start
        self.floor = start
        self._size = size
        self._entries: deque[Entry] = deque()
        self._by_channel: dict[str, deque[Entry]] = {}

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries with rising seqs, all past `latest`."""
        for entry in entries:
            if entry.seq <= self.latest:
                raise ValueError(f"entry {entry.seq} is not past {self.latest}")
            if entry.kind in _REFRESHING:
                self._refresh_earlier(entry)
            self.latest = entry.seq
            self._entries.append(entry)
            for name in entry.channels:
                self._by_channel.setdefault(name, deque()).append(entry)
        while len(self._entries) > self._size:
            self._drop_oldest()

    def after(self, names: Iterable[str], seq: int, limit: int) -> list[Entry]:
        """The first `limit` entries past `seq` on any of the channels, each once, in order.

        Raises ValueError for a seq below `floor`, which memory cannot answer for.
        """
        if seq < self.floor:
            raise ValueError(f"{seq} is before {self.floor}")
        parts = [self._part(name, seq) for name in names if name in self._by_channel]
        if len(parts) == 1:
            return list(islice(parts[0], limit))
        merged: list[Entry] = []
        for entry in heapq.merge(*parts, key=attrgetter("seq")):
            if not merged or merged[-1] is not entry:
                merged.append(entry)
                if len(merged) == limit:
                    break
        return merged

    def _part(self, name: str, seq: int) -> Iterable[Entry]:
        entries = self._by_channel[name]
        start = bisect_right(entries, seq, key=attrgetter("seq"))
        # By index: a deque is quick at its ends, where nearly every visitor is.
        return (entries[index] for index in range(start, len(entries)))

    def _refresh_earlier(self, entry: Entry) -> None:
        """An edit or delete shows in the earlier events of its post or comment too: they give it as
        it is."""
        for name in entry.channels:
            if name.startswith(("thread:", "room:")):
                for earlier in self._by_channel.get(name, ()):
                    if earlier.position == entry.position and earlier.kind != "untag":
                        earlier.show_as(entry)

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        self.floor = entry.seq
        for name in entry.channels:
            entries = self._by_channel[name]
            entries.popleft()
            if not entries:
                del self._by_channel[name]
