"""The sockets that visitors come in by: accepting them, and running out of files.

    doors = Listeners(let_in, metrics)       # let_in(socket, address) for each visitor
    doors.open(listeners)

Event loop's thread.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Iterable

from web_ui.metrics import DoorMetrics

log = logging.getLogger("celebwire.web.door")

BACKLOG = 4096
"""Connections that the kernel holds until they are accepted; the system's somaxconn bounds it."""
AT_ONCE = 128
"""Connections accepted before the rest of the process has its turn."""
SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a visitor who does not read; its own bound is megabytes."""
VANISHED = 60_000
"""Milliseconds without an acknowledgement after which a visitor's machine is taken to be gone."""
NO_FILES_PAUSE = 0.5
"""Seconds until the next try when the system has no files left for a connection."""
_NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listeners:
    """See the module."""

    def __init__(self, let_in: Callable[[socket.socket, str], None], metrics: DoorMetrics) -> None:
        self._let_in = let_in
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._listeners: list[socket.socket] = []

    def open(self, listeners: Iterable[socket.socket]) -> None:
        """Accept from these TCP sockets, which listen and do not block."""
        for listener in listeners:
            # Connections inherit these.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED)
            self._listeners.append(listener)
            self._loop.add_reader(listener.fileno(), self._accept, listener)

    def close(self) -> None:
        """Accept no more. Who is in the kernel's queue already is let in first."""
        for listener in self._listeners:
            self._loop.remove_reader(listener.fileno())
            for _ in range(BACKLOG // AT_ONCE):
                if not self._accept(listener):
                    break
            listener.close()
        self._listeners.clear()

    def _accept(self, listener: socket.socket) -> bool:
        """Let in who stands at the door, not too many at once. Whether there may be more."""
        for _ in range(AT_ONCE):
            try:
                sock, peer = listener.accept()
            except BlockingIOError:
                return False
            except ConnectionAbortedError:
                continue  # the visitor left before it was let in
            except OSError as error:
                if error.errno in _NO_FILES:
                    self._pause(listener, error)
                else:
                    log.warning("a visitor could not be let in: %s", error)
                return False
            sock.setblocking(False)
            self._let_in(sock, peer[0])
        return True

    def _pause(self, listener: socket.socket, error: OSError) -> None:
        self._metrics.refused.labels("open_files").inc()
        log.warning("cannot let visitors in, next try in %s s: %s", NO_FILES_PAUSE, error)
        self._loop.remove_reader(listener.fileno())
        self._loop.call_later(NO_FILES_PAUSE, self._resume, listener)

    def _resume(self, listener: socket.socket) -> None:
        if listener in self._listeners:
            self._loop.add_reader(listener.fileno(), self._accept, listener)
