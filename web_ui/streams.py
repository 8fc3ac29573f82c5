"""The phase of Server-Sent Events and WebSockets: the same answers, one after another.

    id: 5f3a9c01.812
    data: {"cursor": "5f3a9c01.812", "verdict": "live", "events": [...]}

or, over a WebSocket, the JSON as a text message. The first answer comes at once and tells the
cursor, with events or without. A quiet stream is sent a comment or a ping every 15 s, or proxies
would close it. A visitor who does not read is kept one answer; if it takes longer than
`slow_timeout` over it, it is told `slow` behind that, let go, and comes back with its cursor. The
last word says why, and when to come back:

    event: bye                       closing code 4000 reset    the cursor belongs to another store
    data: {"reason": "slow"}                      4001 slow     an answer was not read in time
                                                  1001 stopping   come back, to another process
                                                  1013 the store cannot be read   try again

What visitors send is passed over, but for the control frames of RFC 6455. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
import random

from tweet_store.database import StoreUnavailable
from web_ui import web_socket_frames as frames
from web_ui.answers import SOCKET, SSE, Answer, SocketForm, SseForm, stream_begins
from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.leaving import Leaving
from web_ui.metrics import UpdateMetrics
from web_ui.recent import NotInMemory, Recent
from web_ui.updates import Updates
from web_ui.updates_query import UpdatesQuery
from web_ui.waiting_room import Group, WaitingRoom

log = logging.getLogger("celebwire.web.streams")

QUIET = 15.0
"""Seconds without news after which something is sent nevertheless."""
COME_BACK = (1.0, 5.0)
"""Seconds after which an EventSource that is sent away comes back; a WebSocket's page decides."""
GOING_AWAY, TRY_AGAIN, RESET, TOO_SLOW = 1001, 1013, 4000, 4001
"""Closing codes: RFC 6455's, and two of our own."""


class Streams:
    """See the module. A `Phase` and a `Receiver`."""

    def __init__(
        self,
        recent: Recent,
        updates: Updates,
        room: WaitingRoom,
        connections: Connections,
        leaving: Leaving,
        metrics: UpdateMetrics,
    ) -> None:
        self._recent = recent
        self._updates = updates
        self._room = room
        self._connections = connections
        self._leaving = leaving
        self._metrics = metrics
        self._tasks: set[asyncio.Task[None]] = set()

    def begin_sse(self, connection: Connection, query: UpdatesQuery) -> None:
        """An EventSource: the answer's head, then answers."""
        self._begin(connection, query, SSE[query.html], stream_begins())

    def begin_socket(self, connection: Connection, query: UpdatesQuery, key: bytes) -> None:
        """A WebSocket, whose handshake is good and has this key."""
        self._begin(connection, query, SOCKET[query.html], frames.handshake_answer(key))

    def give(self, group: Group, answer: Answer, most: int) -> int:
        """Send the news to so many of those who have read everything else."""
        untold, members, now = group.untold, group.members, self._connections.now
        wire, send = answer.wire(group.form), self._connections.send
        whole = answer.cursor.seq >= self._recent.feed.latest
        told = min(most, len(untold))
        for _ in range(told):
            connection = untold.pop()
            connection.told = now
            if send(connection, wire) and whole:
                members.add(connection)
            elif connection.phase is self:
                connection.group = None
                connection.cursor = answer.cursor
                self._catch_up(connection)
        self._metrics.count(answer.verdict, len(answer.entries), told)
        return told

    def received(self, connection: Connection, data: bytes) -> None:
        """Control frames; an EventSource has nothing to say."""
        if isinstance(connection.form, SseForm):
            return
        try:
            found, connection.inbox = frames.read_frames(connection.inbox + data)
        except frames.ProtocolFault as fault:
            self._leave(connection, frames.close_frame(fault.code, fault.reason))
            return
        pings = [frame.payload for frame in found if frame.opcode == frames.PING]
        if pings:  # RFC 6455, 5.5.3: the answer to the last one may stand for all
            self._send_beside(connection, frames.pong_frame(pings[-1]))
        if found and found[-1].opcode == frames.CLOSE and connection.phase is self:
            self._leave(connection, frames.close_frame(1000, ""))

    def written(self, connection: Connection) -> None:
        """It has read what it was late with."""
        self._connections.expire(connection, QUIET)
        if connection.group is None:
            self._catch_up(connection)

    def expired(self, connection: Connection) -> None:
        """Slow, or quiet."""
        if connection.unsent is not None:
            self._metrics.slow.inc()
            self._bye(connection, TOO_SLOW, "slow")
            return
        rest = connection.told + QUIET - self._connections.now
        self._connections.expire(connection, rest if rest > 0 else QUIET)
        if rest <= 0:
            sse = isinstance(connection.form, SseForm)
            self._send_beside(connection, b":\n\n" if sse else frames.ping_frame())

    def dismiss(self, connection: Connection) -> None:
        """Told to come back, to another process."""
        self._bye(connection, GOING_AWAY, "stopping")

    def lost(self, connection: Connection) -> None:
        """Nobody follows any more."""
        self._room.leave(connection)

    def _begin(
        self,
        connection: Connection,
        query: UpdatesQuery,
        form: SseForm | SocketForm,
        beginning: bytes,
    ) -> None:
        connection.phase = self
        connection.follows, connection.form = query.channels, form
        connection.block, connection.fields = b"", None  # no request comes after this
        connection.cursor = cursor = query.cursor or self._recent.now()
        self._connections.expire(connection, QUIET)
        try:
            answer = self._recent.after(query.channels, cursor)
        except NotInMemory:
            self._connections.send(connection, beginning)
            self._catch_up(connection)
        else:
            self._tell(connection, answer or self._recent.nothing_after(cursor), beginning)
            self._catch_up(connection)
        ahead, connection.inbox = connection.inbox, b""
        if ahead and connection.phase is self:
            self.received(connection, ahead)

    def _catch_up(self, connection: Connection) -> None:
        """See to it that the visitor is told what it has missed, if nobody does yet."""
        if connection.phase is self and not connection.catching_up:
            connection.catching_up = True
            task = asyncio.create_task(self._tell_missed(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell_missed(self, connection: Connection) -> None:
        """Until it has been told all, or has yet to read what it was sent."""
        try:
            while connection.phase is self and connection.unsent is None:
                answer = await self._find(connection)
                if connection.phase is not self or connection.unsent is not None:
                    return
                if answer is None and connection.told:
                    self._room.enter(connection, connection.follows, connection.form, self)
                    return
                self._tell(connection, answer or self._recent.nothing_after(connection.cursor))
                await asyncio.sleep(0)
        except StoreUnavailable:
            if connection.phase is self:
                self._bye(connection, TRY_AGAIN, "the store cannot be read")
        except Exception:
            log.exception("a stream could not be told its news")
            self._connections.end(connection)  # left alone, it would be quiet and look alive
        finally:
            connection.catching_up = False

    async def _find(self, connection: Connection) -> Answer | None:
        while True:
            try:
                return self._recent.after(connection.follows, connection.cursor)
            except NotInMemory:
                answer = await self._updates.after(connection.follows, connection.cursor)
                if answer is not None:
                    return answer  # else something may have come meanwhile

    def _tell(self, connection: Connection, answer: Answer, beginning: bytes = b"") -> None:
        connection.told = self._connections.now
        connection.cursor = answer.cursor
        self._metrics.count(answer.verdict, len(answer.entries))
        self._connections.send(connection, beginning + answer.wire(connection.form))
        if answer.verdict == "reset" and connection.phase is self:
            self._bye(connection, RESET, "reset")

    def _send_beside(self, connection: Connection, data: bytes) -> None:
        """Something that is no answer, unless it is slow in reading: then it does without."""
        if connection.unsent is not None:
            return
        if not self._connections.send(connection, data) and connection.group is not None:
            connection.cursor = self._room.cursor_of(connection)
            self._room.leave(connection)

    def _bye(self, connection: Connection, code: int, reason: str) -> None:
        if isinstance(connection.form, SseForm):
            retry = round(1000 * random.uniform(*COME_BACK))  # noqa: S311
            last = f'event: bye\ndata: {{"reason": "{reason}"}}\nretry: {retry}\n\n'.encode()
        else:
            last = frames.close_frame(code, reason)
        self._leave(connection, last)

    def _leave(self, connection: Connection, last: bytes) -> None:
        self._room.leave(connection)
        self._leaving.begin(connection, last)
