"""Watches every connection's socket and clock, and tells its phase what happened.

One epoll of our own for all of them, itself watched by the event loop: to watch ten thousand
sockets through the loop would cost each a handle, a callback and a turn of the loop's machinery.
What cannot be sent at once is kept, at most one message for each connection, and goes out when
the visitor reads. Event loop's thread only; `Connection` says what a phase is.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from collections import Counter
from collections.abc import Callable

from web_ui.client_address import ClientAddresses
from web_ui.connection import Connection, Phase
from web_ui.timer_wheel import TICK, TimerWheel

log = logging.getLogger("celebwire.web.connections")

RECEIVE = 16 * 1024
"""Bytes taken from a socket at a time."""
AT_ONCE = 64
"""Sockets served between two looks at the clock."""
TURN = 0.005
"""Seconds until the rest of the process has its turn. While news goes out it has it after AT_ONCE:
those who still wait for the news come first, but do not come alone."""


class Connections:
    """See the module. `slow_timeout`: seconds in which a visitor must take what it is sent;
    `max_unsent_bytes`: kept for all of them together; `too_much_unsent`: called for each who had to
    go because of that."""

    def __init__(
        self,
        addresses: ClientAddresses,
        slow_timeout: float,
        max_unsent_bytes: int,
        too_much_unsent: Callable[[], None],
    ) -> None:
        self.delivering = False
        """Set while news goes out."""
        self.now = asyncio.get_running_loop().time()
        """The loop's time, late by two TICKs at most: deadlines are set from it in thousands."""
        self._addresses = addresses
        self._slow_timeout = slow_timeout
        self._max_unsent_bytes = max_unsent_bytes
        self._too_much_unsent = too_much_unsent
        self._unsent = 0
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._by_fd: dict[int, Connection] = {}
        self._lent: set[Connection] = set()
        self._of_address: Counter[str] = Counter()
        self._wheel: TimerWheel[Connection] = TimerWheel(self.now)
        self._loop.add_reader(self._epoll.fileno(), self._serve_ready)

    def __len__(self) -> int:
        return len(self._by_fd) + len(self._lent)

    def of_address(self, address: str) -> int:
        """Connections of the same address (IPv6: of the same /64 network)."""
        return self._of_address[self._addresses.key(address)]

    def claim(self, connection: Connection, visitor: str) -> None:
        """Count a proxy's connection for the visitor whose request it carries, until `unclaim`."""
        connection.claimed = self._addresses.key(visitor)
        self._of_address[connection.claimed] += 1

    def unclaim(self, connection: Connection) -> None:
        """The request is done."""
        if connection.claimed:
            self._uncount(connection.claimed)
            connection.claimed = ""

    def add(self, sock: socket.socket, address: str, phase: Phase) -> Connection:
        """Watch a new connection; its socket does not block."""
        connection = Connection(sock, address, phase)
        self._of_address[self._addresses.key(address)] += 1
        self._watch(connection)
        return connection

    def expire(self, connection: Connection, seconds: float) -> None:
        """Its phase is told when so many seconds have passed, unless this is said anew."""
        self._wheel.set(connection, self.now + seconds)

    def send(self, connection: Connection, data: bytes) -> bool:
        """Send, when nothing is unsent. False: not all went; `written` or `expired` follows."""
        try:
            sent = connection.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.end(connection)
            return False
        if sent == len(data):
            return True
        self.keep_unsent(connection, memoryview(data)[sent:])
        if connection.unsent is not None:
            self._rewatch(connection)
            self.expire(connection, self._slow_timeout)
        return False

    def keep_unsent(self, connection: Connection, rest: memoryview | None) -> None:
        """What is kept for the visitor to read, instead of what was; past the bound for all of them
        together the connection ends. Bytes kept for several are counted for each."""
        before = len(connection.unsent) if connection.unsent is not None else 0
        self._unsent += (len(rest) if rest is not None else 0) - before
        connection.unsent = rest
        if self._unsent > self._max_unsent_bytes:
            self._too_much_unsent()
            self.end(connection)

    def keep(self, connection: Connection, data: bytes) -> None:
        """Put what came too early into the inbox. Who sends ahead without end must wait."""
        connection.inbox += data
        if len(connection.inbox) >= RECEIVE:
            self.read_on(connection, False)

    def read_on(self, connection: Connection, reading: bool) -> None:
        """Whether input is taken."""
        if connection.reading is not reading:
            connection.reading = reading
            self._rewatch(connection)

    def lend(self, connection: Connection) -> None:
        """Stop watching: somebody else, Tornado, uses the socket for a while."""
        fd = connection.sock.fileno()
        self._epoll.unregister(fd)
        self._wheel.forget(connection)
        del self._by_fd[fd]
        connection.phase = _ELSEWHERE
        self._lent.add(connection)

    def take_back(self, connection: Connection, phase: Phase) -> None:
        """Watch again what was lent."""
        self._lent.discard(connection)
        connection.phase = phase
        self._watch(connection)

    def end(self, connection: Connection) -> None:
        """Close the connection, if it is not closed, and tell its phase."""
        fd = connection.sock.fileno()
        if self._by_fd.pop(fd, None) is None and connection not in self._lent:
            return
        self._lent.discard(connection)
        self._wheel.forget(connection)
        self.unclaim(connection)
        self._uncount(self._addresses.key(connection.address))
        connection.sock.close()  # the epoll forgets it by that
        if connection.unsent is not None:
            self._unsent -= len(connection.unsent)
            connection.unsent = None
        phase, connection.phase = connection.phase, _ELSEWHERE
        phase.lost(connection)

    async def keep_time(self) -> None:
        """Tell of deadlines, until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            self.now = self._loop.time()
            for number, connection in enumerate(self._wheel.expired(self.now), 1):
                try:
                    connection.phase.expired(connection)
                except Exception:
                    self._fail(connection)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def all(self) -> list[Connection]:
        """Every connection, the lent ones too."""
        return [*self._by_fd.values(), *self._lent]

    def close(self) -> None:
        """End all. Once more does nothing."""
        if self._epoll.closed:
            return
        self._loop.remove_reader(self._epoll.fileno())
        for connection in self.all():
            self.end(connection)
        self._epoll.close()

    def _uncount(self, key: str) -> None:
        self._of_address[key] -= 1
        if not self._of_address[key]:
            del self._of_address[key]

    def _watch(self, connection: Connection) -> None:
        fd = connection.sock.fileno()
        self._by_fd[fd] = connection
        self._epoll.register(fd, self._events(connection))

    def _rewatch(self, connection: Connection) -> None:
        self._epoll.modify(connection.sock.fileno(), self._events(connection))

    @staticmethod
    def _events(connection: Connection) -> int:
        unsent = connection.unsent is not None
        return (select.EPOLLIN if connection.reading else 0) | (select.EPOLLOUT if unsent else 0)

    def _serve_ready(self) -> None:
        end = self._loop.time() + TURN
        while True:
            self.now = self._loop.time()
            ready = self._epoll.poll(0, AT_ONCE)
            for fd, events in ready:
                connection = self._by_fd.get(fd)
                if connection is not None:  # else it ended by what another one did
                    try:
                        self._serve(connection, events)
                    except Exception:
                        self._fail(connection)
            if len(ready) < AT_ONCE or self.delivering or self._loop.time() > end:
                return  # the event loop calls again at once if there is more

    def _serve(self, connection: Connection, events: int) -> None:
        if events & select.EPOLLOUT:
            self._write(connection)
        if not events & ~select.EPOLLOUT or connection.sock.fileno() not in self._by_fd:
            return
        if not connection.reading:  # then only an error or the end can be news
            self.end(connection)
            return
        try:
            data = connection.sock.recv(RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            connection.phase.received(connection, data)
        else:
            self.end(connection)

    def _fail(self, connection: Connection) -> None:
        """A fault of ours costs this one connection, not the clock of all."""
        log.exception("a connection is ended")
        self.end(connection)

    def _write(self, connection: Connection) -> None:
        if connection.unsent is None:
            return
        try:
            sent = connection.sock.send(connection.unsent)
        except BlockingIOError:
            return
        except OSError:
            self.end(connection)
            return
        if sent < len(connection.unsent):
            self.keep_unsent(connection, connection.unsent[sent:])
            return
        self.keep_unsent(connection, None)
        self._rewatch(connection)
        connection.phase.written(connection)


class _Elsewhere:
    """The phase while somebody else has the connection, and after its end: nobody is told."""

    def received(self, connection: Connection, data: bytes) -> None:
        """Never."""

    def written(self, connection: Connection) -> None:
        """Never."""

    def expired(self, connection: Connection) -> None:
        """It was about to."""

    def dismiss(self, connection: Connection) -> None:
        """Whoever has it lets it go."""

    def lost(self, connection: Connection) -> None:
        """Whoever has it knows."""


_ELSEWHERE = _Elsewhere()
