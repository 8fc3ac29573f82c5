"""Reading a file, standard input or a named pipe so that another thread can end it at any moment.

Used by `replay`, in its thread. Every wait is a poll on the input and on a pipe of our own, whose
closing is the sign to stop.
"""

from __future__ import annotations

import os
import select
import stat
import threading

CHUNK = 64 * 1024
LONGEST_WAIT = 3600.0
"""Seconds; poll takes no arbitrarily large number."""

STDIN = 0
READABLE = select.POLLIN | select.POLLHUP | select.POLLERR


class Stopped(Exception):  # noqa: N818  (not a fault)
    """The source was told to stop."""


class StopSign:
    """Set once, by any thread; every wait of the reading thread then ends with `Stopped`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_end, write_end = os.pipe()
        self._write_end: int | None = write_end

    def set(self) -> None:
        """Stop. May be called again."""
        with self._lock:
            if self._write_end is not None:
                os.close(self._write_end)
                self._write_end = None

    def close(self) -> None:
        """Nobody waits any more."""
        self.set()
        os.close(self._read_end)

    def check(self) -> None:
        """Raises `Stopped` if the sign is up."""
        self._poll(None, 0)

    def wait(self, seconds: float) -> None:
        """Return after `seconds` at most. Raises `Stopped`."""
        self._poll(None, min(seconds, LONGEST_WAIT))

    def wait_readable(self, fd: int) -> None:
        """Return when a read of `fd` would not block. Raises `Stopped`."""
        self._poll(fd, None)

    def _poll(self, fd: int | None, seconds: float | None) -> None:
        poll = select.poll()
        poll.register(self._read_end, READABLE)
        if fd is not None:
            poll.register(fd, READABLE)
        ready = poll.poll(None if seconds is None else seconds * 1000)
        if any(found == self._read_end for found, _ in ready):
            raise Stopped


class ReplayInput:
    """What a replay reads. `path` may be `-`: standard input.

    A named pipe has one writer after another: `read` gives b"" when there is none left, `next`
    makes ready for another, and `read` then waits for it. Writers who overlap are one writer, as
    always with named pipes. Anything else ends once.
    """

    def __init__(self, path: str, stop: StopSign) -> None:
        self._path = path
        self._stop = stop
        # Opened without waiting for a writer: an open cannot be interrupted.
        self._fd = STDIN if path == "-" else os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        mode = os.fstat(self._fd).st_mode
        if stat.S_ISDIR(mode):
            self.close()
            raise IsADirectoryError(f"{path} is a folder")
        self.is_regular = stat.S_ISREG(mode)
        self._is_fifo = stat.S_ISFIFO(mode) and path != "-"
        self._writer_seen = False

    def close(self) -> None:
        """Read no more. Standard input is not ours to close."""
        if self._fd != STDIN:
            os.close(self._fd)

    def ready(self) -> bool:
        """Whether `read` would return at once."""
        if self.is_regular:
            return True
        poll = select.poll()
        poll.register(self._fd, READABLE)
        return bool(poll.poll(0))

    def read(self) -> bytes:
        """The next bytes, as many as are there, or b"" at the end. Raises `Stopped`, `OSError`."""
        self._stop.check()
        while True:
            # Of a pipe whose writer has come and gone between two of our looks, poll may say
            # nothing at all; a read tells. Of a pipe with no writer yet, a read would say "end".
            if not self._writer_seen:
                self._stop.wait_readable(self._fd)
            try:
                data = os.read(self._fd, CHUNK)
            except BlockingIOError:
                self._stop.wait_readable(self._fd)
                continue
            self._writer_seen = self._is_fifo and bool(data)
            return data

    def next(self) -> bool:
        """After the end: whether another writer may come. Raises `OSError` if the pipe is gone."""
        if not self._is_fifo:
            return False
        # The new one first: with no reader at all for a moment, the next writer would get EPIPE.
        fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        os.close(self._fd)
        self._fd = fd
        return True
