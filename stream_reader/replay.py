"""The source `replay:PATH[@SPEED]`: posts from a file, standard input or a named pipe.

Stands in for X in tests, demonstrations and imports. Reads in a thread of its own; `start`, `stop`
and `problem` belong to the reactor's. A file is read once. A named pipe is read for ever: when a
writer leaves, its last line is over and the next writer is waited for. Posts come at the pace of
their `created_at`, SPEED times as fast, or with `max` (here: infinity) as fast as they are taken.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from stream_reader.clock import Clock, FromThread
from stream_reader.drops import Drops
from stream_reader.gunzip import Gunzip
from stream_reader.lines import LineSplitter
from stream_reader.parsing import MAX_LINE, BadLine, parse_line
from stream_reader.replay_input import ReplayInput, Stopped, StopSign
from stream_reader.source import IntakeClosed, Sink
from stream_reader.worker import STOP_LIMIT, at_most, run_in_thread
from tweet_store.model import Post, Tweet

log = logging.getLogger("celebwire.reader.replay")

MOST_AT_ONCE = 500
"""Posts handed over in one go; a `Sink` takes no more."""
LONG_WAIT, VERY_LONG_WAIT = 60.0, 3600.0
"""Seconds of waiting for a post's time that are worth a line in the log, and in `problem`."""


class Pacer:
    """When each post is due: as long after the first as it was created after it, over `speed`.

    Measured from the first post, so that delays do not add up. A post older than the one before
    it is due at once.
    """

    def __init__(self, speed: float, monotonic: Callable[[], float]) -> None:
        self._speed = speed
        self._monotonic = monotonic
        self._first: tuple[datetime, float] | None = None

    def wait(self, created_at: datetime) -> float:
        """Seconds until it is due, 0 if it is."""
        now = self._monotonic()
        if self._first is None:
            self._first = created_at, now
        first_created_at, began = self._first
        due = began + (created_at - first_created_at).total_seconds() / self._speed
        return max(0.0, due - now)


class ReplaySource:
    """A `Source`. `path` is `-` for standard input; `speed` is above 0, infinity for no waiting."""

    def __init__(
        self,
        path: str,
        speed: float,
        drops: Drops,
        clock: Clock,
        threads: FromThread,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"replay:{path}"
        self._path = path
        self._speed = speed
        self._drops = drops
        self._clock = clock
        self._threads = threads
        self._monotonic = monotonic
        self._problem: str | None = None
        self._stop_sign: StopSign | None = None
        self._replay: Replay | None = None
        self._ended: Deferred[None] | None = None

    def start(self, sink: Sink) -> None:
        """See `Source.start`."""
        self._stop_sign = StopSign()
        self._replay = Replay(
            self._path, Pacer(self._speed, self._monotonic), self._drops, sink, self._stop_sign
        )
        self._ended = run_in_thread(self._threads, self.name, self._replay.run)
        self._ended.addErrback(self._failed).addBoth(self._close)

    def stop(self) -> Deferred[None]:
        """See `Source.stop`. A put that waits for room is woken by the sink's own closing."""
        if self._ended is None or self._stop_sign is None:
            return succeed(None)
        self._stop_sign.set()
        return at_most(self._clock, STOP_LIMIT, self._ended).addCallback(lambda _: None)

    def problem(self) -> str | None:
        """See `Source.problem`."""
        awaited = self._replay.awaited if self._replay is not None else None
        if self._problem is None and awaited is not None:
            return (
                f"waits for the time of its next post, {awaited:%Y-%m-%d %H:%M:%S} UTC; "
                "mend the file, or give a higher speed behind @ in CELEBWIRE_SOURCES"
            )
        return self._problem

    def _failed(self, failure: Failure) -> None:
        if failure.check(OSError):
            self._problem = (
                f"{self._path} cannot be read: {failure.getErrorMessage()}; "
                "mend it, or CELEBWIRE_SOURCES, and restart the reader"
            )
            log.error("%s: %s", self.name, self._problem)
        else:
            self._problem = "stopped by a fault of our own, see the log; restart the reader"
            log.error("%s: %s\n%s", self.name, self._problem, failure.getTraceback())

    def _close(self, _: None) -> None:
        if self._stop_sign is not None:
            self._stop_sign.close()
            self._stop_sign = None


class Replay:
    """One run, from the opening of the input to its end. Lives in the thread."""

    def __init__(
        self, path: str, pacer: Pacer, drops: Drops, sink: Sink, stop_sign: StopSign
    ) -> None:
        self._path = path
        self._pacer = pacer
        self._drops = drops
        self._sink = sink
        self._stop_sign = stop_sign
        self._splitter = LineSplitter(MAX_LINE, self._too_long)
        self._pending: list[Post] = []
        """Posts that are due and not yet handed over."""
        self.awaited: datetime | None = None
        """When the post was created whose time is very far off. Any thread may look."""
        self._posts = 0
        self._dropped = 0

    def run(self) -> None:
        """Read until the end, or until told to stop. Raises `OSError` for what cannot be read."""
        source = ReplayInput(self._path, self._stop_sign)
        try:
            self._read_writer(source)
            while source.next():
                self._read_writer(source)
        except (Stopped, IntakeClosed):
            return
        finally:
            source.close()
        log.info("replay finished: %d posts, %d dropped", self._posts, self._dropped)

    def _read_writer(self, source: ReplayInput) -> None:
        """Read what one writer writes: a whole file, or a named pipe until nobody has it open."""
        gunzip = Gunzip(self._bad_gzip)
        while data := self._read(source):
            for piece in gunzip.feed(data):
                self._take(self._splitter.feed(piece))
        gunzip.finish()
        self._take(self._splitter.finish())
        self._flush()

    def _read(self, source: ReplayInput) -> bytes:
        if self._pending and not source.ready():
            self._flush()
        return source.read()

    def _take(self, lines: list[bytes]) -> None:
        for line in lines:
            try:
                posts = parse_line(line)
            except BadLine as bad:
                self._drop(bad.reason, bad.detail)
                continue
            for post in posts:
                self._await_time(post)
                self._pending.append(post)
                if len(self._pending) == MOST_AT_ONCE:
                    self._flush()

    def _await_time(self, post: Post) -> None:
        if not isinstance(post, Tweet):
            return
        wait = self._pacer.wait(post.created_at)
        if wait <= 0:
            return
        self._flush()
        if wait > LONG_WAIT:
            log.info("%s: the next post is due in %.0f s", self._path, wait)
        while wait > 0:
            self.awaited = post.created_at if wait > VERY_LONG_WAIT else None
            self._stop_sign.wait(wait)
            wait = self._pacer.wait(post.created_at)
        self.awaited = None

    def _flush(self) -> None:
        if self._pending:
            posts, self._pending = self._pending, []
            self._stop_sign.check()
            self._sink.put_from_thread(posts)
            self._posts += len(posts)

    def _too_long(self, beginning: bytes) -> None:
        self._drop("too_long", beginning.decode("utf-8", "replace"))

    def _bad_gzip(self, reason: str) -> None:
        self._drop("bad_gzip", f"{self._path}: {reason}")

    def _drop(self, reason: str, detail: str) -> None:
        self._dropped += 1
        self._drops.count(reason, detail)
