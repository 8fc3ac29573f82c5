"""Who waits for what, and sending them the news. On the event loop's thread only.

    room.enter(connection, {"celeb:ada"}, form, phase)     # HeldPolls, Streams
    await room.deliver(entries, before)                    # Arrivals, with what just came

Everybody in a group follows the same channels in the same form and has been told all there is, so
the news is one answer for all of them and its bytes are made once. It goes out in slices of a few
ms. What arrives meanwhile goes out together, next: `Arrivals` waits for `deliver`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from operator import attrgetter
from typing import Protocol

from web_ui.answers import Answer, Form
from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.cursor import Cursor
from web_ui.feed import Entry
from web_ui.recent import Recent

SLICE = 512
"""Visitors sent to before the rest of the process has its turn: a few ms."""


class Receiver(Protocol):
    """The phase of those who wait: `HeldPolls` or `Streams`."""

    def give(self, group: Group, answer: Answer, most: int) -> int:
        """Take up to so many out of `group.untold`, and send them the answer. How many it was."""


class Group:
    """Those who wait for the same in the same form."""

    __slots__ = ("before", "channels", "form", "members", "receiver", "untold")

    def __init__(self, channels: frozenset[str], form: Form, receiver: Receiver) -> None:
        self.channels = channels
        self.form = form
        self.receiver = receiver
        self.members: set[Connection] = set()
        """Have been told all there is."""
        self.untold: set[Connection] = set()
        """Are about to be told what is being delivered, past `before`."""
        self.before: Cursor | None = None


class WaitingRoom:
    """See the module."""

    def __init__(self, recent: Recent, connections: Connections) -> None:
        self._recent = recent
        self._connections = connections
        self._groups: dict[tuple[frozenset[str], Form], Group] = {}
        self._by_channel: dict[str, set[Group]] = {}

    def __len__(self) -> int:
        return sum(len(group.members) + len(group.untold) for group in self._groups.values())

    def count(self, channel: str) -> int:
        """How many wait for news of a channel."""
        groups = self._by_channel.get(channel, ())
        return sum(len(group.members) + len(group.untold) for group in groups)

    def channels(self) -> list[str]:
        """All on which somebody waits now."""
        return list(self._by_channel)

    def enter(
        self, connection: Connection, channels: frozenset[str], form: Form, receiver: Receiver
    ) -> None:
        """Wait there. The connection has been told everything that the feed holds for it."""
        group = self._groups.get((channels, form))
        if group is None:
            group = self._groups[channels, form] = Group(channels, form, receiver)
            for name in channels:
                self._by_channel.setdefault(name, set()).add(group)
        group.members.add(connection)
        connection.group = group

    def leave(self, connection: Connection) -> None:
        """Wait no more, if it did."""
        group, connection.group = connection.group, None
        if group is not None:
            group.members.discard(connection)
            group.untold.discard(connection)
            self._tidy(group)

    def cursor_of(self, connection: Connection) -> Cursor:
        """Up to where somebody who waits here has been told everything."""
        group = connection.group
        if group is not None and group.before is not None and connection in group.untold:
            return group.before
        return self._recent.now()

    async def deliver(self, entries: Sequence[Entry], before: Cursor) -> None:
        """Tell those whom it concerns what the feed just got past `before`. Returns when all have
        been sent it, or as much of it as they take at once."""
        fresh: dict[str, list[Entry]] = {}
        for entry in entries:
            for name in entry.channels:
                fresh.setdefault(name, []).append(entry)
        concerned = {group for name in fresh for group in self._by_channel.get(name, ())}
        # Whoever enters from here on has been told of these by the feed.
        for group in concerned:
            group.untold, group.members, group.before = group.members, set(), before
        answers = _Answers(self._recent, fresh, entries[-1].seq)
        left = SLICE
        self._connections.delivering = True
        try:
            for group in concerned:
                answer = answers.to(group.channels)
                while group.untold:
                    left -= group.receiver.give(group, answer, left)
                    if not left:
                        await asyncio.sleep(0)
                        left = SLICE
                self._tidy(group)
        finally:
            self._connections.delivering = False
            for group in concerned:
                # Only after a fault of ours. Who was not told comes back with its cursor.
                for connection in list(group.untold):
                    self._connections.end(connection)

    def _tidy(self, group: Group) -> None:
        """A group of nobody is forgotten."""
        key = group.channels, group.form
        if not group.members and not group.untold and self._groups.get(key) is group:
            del self._groups[key]
            for name in group.channels:
                groups = self._by_channel[name]
                groups.discard(group)
                if not groups:
                    del self._by_channel[name]


class _Answers:
    """The answers of one delivery. Who follows different channels may get the same news of them:
    then it is the same answer, and its bytes are made once."""

    def __init__(self, recent: Recent, fresh: dict[str, list[Entry]], newest: int) -> None:
        self._recent = recent
        self._fresh = fresh
        self._newest = newest
        self._by_seqs: dict[tuple[int, ...], Answer] = {}

    def to(self, channels: frozenset[str]) -> Answer:
        """What is new on at least one of these channels; there is something."""
        lists = [self._fresh[name] for name in channels if name in self._fresh]
        if len(lists) == 1:
            entries = lists[0]
        else:
            entries = sorted({e for some in lists for e in some}, key=attrgetter("seq"))
        seqs = tuple([entry.seq for entry in entries])
        if seqs not in self._by_seqs:
            self._by_seqs[seqs] = self._recent.live(entries, self._newest)
        return self._by_seqs[seqs]
