"""The phase of a long poll that waits for news: no handler, no future and no timer of its own.

Answered at once when there is something past its cursor, else by the news, else after its wait with
no events and the cursor that it brought. Then the connection goes back to its front door. Event
loop's thread.
"""

from __future__ import annotations

import asyncio
import logging

from tweet_store.database import StoreUnavailable
from web_ui.answers import POLL, RETRY_AFTER, Answer, Form, refusal
from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.cursor import Cursor
from web_ui.leaving import Leaving
from web_ui.metrics import UpdateMetrics
from web_ui.recent import NotInMemory, Recent
from web_ui.updates import Updates
from web_ui.updates_query import UpdatesQuery
from web_ui.waiting_room import Group, WaitingRoom

log = logging.getLogger("celebwire.web.polls")


class HeldPolls:
    """See the module. A `Phase` and a `Receiver`. `longest_wait` in seconds."""

    def __init__(
        self,
        recent: Recent,
        updates: Updates,
        room: WaitingRoom,
        connections: Connections,
        leaving: Leaving,
        metrics: UpdateMetrics,
        longest_wait: float,
    ) -> None:
        self._recent = recent
        self._updates = updates
        self._room = room
        self._connections = connections
        self._leaving = leaving
        self._metrics = metrics
        self._longest_wait = longest_wait
        self._asking: set[asyncio.Task[None]] = set()

    def hold(self, connection: Connection, query: UpdatesQuery, *, gzip: bool, last: bool) -> None:
        """Answer, now or later. `gzip`: the visitor reads it. `last`: the connection ends then."""
        connection.phase = self
        connection.cursor = cursor = query.cursor or self._recent.now()
        form = POLL[query.html, gzip, last]
        try:
            answer = self._recent.after(query.channels, cursor)
        except NotInMemory:
            task = asyncio.create_task(self._find(connection, query, cursor, form))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            return
        if not self._wait(connection, query, form, answer):
            self._answer(connection, form, answer)

    def give(self, group: Group, answer: Answer, most: int) -> int:
        """Answer so many of those who wait."""
        form, untold = group.form, group.untold
        wire = answer.wire(form)
        told = min(most, len(untold))
        for _ in range(told):
            connection = untold.pop()
            connection.group = None
            if self._send(connection, form, wire):
                connection.phase.written(connection)
        self._metrics.count(answer.verdict, len(answer.entries), told)
        return told

    def received(self, connection: Connection, data: bytes) -> None:
        """Requests sent ahead: they are read when this one is answered."""
        self._connections.keep(connection, data)

    def written(self, connection: Connection) -> None:
        """Never: who is sent an answer is at the front door again."""

    def expired(self, connection: Connection) -> None:
        """Nothing came."""
        if connection.group is not None:
            self._answer_late(connection, connection.group.form, None)

    def dismiss(self, connection: Connection) -> None:
        """An answer, and the connection ends. Who waits for the store is let wait for it."""
        if connection.group is not None:
            form = POLL[connection.group.form.html, False, True]
            self._answer_late(connection, form, None)

    def lost(self, connection: Connection) -> None:
        """The visitor went away: nobody waits any more."""
        self._room.leave(connection)

    async def _find(
        self, connection: Connection, query: UpdatesQuery, cursor: Cursor, form: Form
    ) -> None:
        while True:
            try:
                answer = await self._updates.after(query.channels, cursor)
            except StoreUnavailable:
                self._refuse(
                    connection, form, b"503 Service Unavailable", "the store cannot be read"
                )
                return
            except Exception:
                log.exception("a poll could not be answered")
                self._refuse(connection, form, b"500 Internal Server Error", "something went wrong")
                return
            if connection.phase is not self:
                return
            if answer is None:
                try:
                    answer = self._recent.after(query.channels, cursor)  # something may have come
                except NotInMemory:
                    continue
            if not self._wait(connection, query, form, answer):
                self._answer_late(connection, form, answer)
            return

    def _refuse(self, connection: Connection, form: Form, status: bytes, reason: str) -> None:
        if connection.phase is self:
            wire = refusal(status, reason, RETRY_AFTER, last=form.last)
            if self._send(connection, form, wire):
                connection.phase.written(connection)

    def _wait(
        self, connection: Connection, query: UpdatesQuery, form: Form, answer: Answer | None
    ) -> bool:
        """Let it wait, if there is nothing to tell and it wants to."""
        wait = self._longest_wait if query.wait is None else query.wait
        if wait > self._longest_wait:
            self._metrics.shortened.inc()
            wait = self._longest_wait
        if answer is not None or wait <= 0:
            return False
        self._room.enter(connection, query.channels, form, self)
        self._connections.expire(connection, wait)
        return True

    def _answer(self, connection: Connection, form: Form, answer: Answer | None) -> bool:
        if answer is None:
            answer = self._recent.nothing_after(connection.cursor)
        self._metrics.count(answer.verdict, len(answer.entries))
        return self._send(connection, form, answer.wire(form))

    def _answer_late(self, connection: Connection, form: Form, answer: Answer | None) -> None:
        self._room.leave(connection)
        if self._answer(connection, form, answer):
            connection.phase.written(connection)

    def _send(self, connection: Connection, form: Form, wire: bytes) -> bool:
        """Whether all went out at once; else the front door is told when it has."""
        if form.last:
            self._leaving.begin(connection, wire)
            return False
        connection.phase = connection.home
        return self._connections.send(connection, wire)
