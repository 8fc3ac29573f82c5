"""The C programs of `load/`, built when they are asked for, and the crowd of visitors driven.

    with Crowd(port=..., transport="poll", clients=1000, ...) as crowd:
        crowd.publish(n, server.publish)     # notes the time, then publishes
        crowd.until(n + 1, seconds=5)        # what came, as a `Report`

A Crowd's process ends with its stdin, and in any case after `seconds`.
"""

from __future__ import annotations

import mmap
import select
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

LOAD = Path(__file__).parent / "load"
VISITORS, FLOOR = LOAD / "build/visitors", LOAD / "build/floor"
MOST_EVENTS = 1 << 20


def build(target: str = "all") -> None:
    """Compile what has changed. Raises CalledProcessError with the compiler's words."""
    subprocess.run(["make", "--silent", "-C", str(LOAD), target], check=True, timeout=120)


class Report(msgspec.Struct):
    """What visitors.c saw since its last report. Times in the units of their names."""

    events: int
    delivered: int
    missing: int
    doubled: int
    disordered: int
    foreign: int
    p50_us: int
    p90_us: int
    p99_us: int
    longest_us: int
    to_last_us: list[int]
    seconds: float
    cpu_seconds: float
    bytes: int
    reads: int
    lost_connections: int
    left: int
    bad: int
    why: str

    @property
    def faultless(self) -> bool:
        """Everything came to everybody, once and in order."""
        return not (self.missing or self.doubled or self.disordered or self.foreign or self.bad)


class Crowd:
    """visitors.c at work."""

    def __init__(
        self,
        *,
        port: int,
        transport: str,
        clients: int,
        base: int,
        first: bytes,
        next_: bytes,
        cursor: str,
        waits: bool = False,
        deaf: int = 0,
        restless: int = 0,
        events: int = MOST_EVENTS,
        seconds: int = 120,
        program: Path = VISITORS,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "first").write_bytes(first)
        (folder / "next").write_bytes(next_)
        with (folder / "times").open("w+b") as file:
            file.truncate(events * 8)
            self._times = mmap.mmap(file.fileno(), events * 8)
        options = {
            "port": port, "transport": transport, "clients": clients, "events": events,
            "base": base, "times": folder / "times", "first": folder / "first",
            "next": folder / "next", "cursor": cursor, "deaf": deaf, "restless": restless,
            "seconds": seconds,
        }  # fmt: skip
        command = [str(program)]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        self.deadline = time.monotonic() + seconds
        self.process = subprocess.Popen(
            [*command, *(["--waits"] if waits else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._times.close()
        self._folder.cleanup()

    def ready(self) -> None:
        """Wait until everybody is connected and waits for news."""
        msgspec.json.decode(self._line())

    def publish(self, n: int, publish: Callable[[int], None]) -> None:
        """Event n goes out now."""
        now = time.monotonic_ns()
        self._times[n * 8 : n * 8 + 8] = now.to_bytes(8, "little")
        publish(n)

    def until(self, events: int, seconds: float) -> Report:
        """Wait until everybody has event `events` - 1, or so long; then what is known of all."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"until {events} {round(seconds * 1000)}\n".encode())
        self.process.stdin.flush()
        return msgspec.json.decode(self._line(), type=Report)

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        left = max(0.0, self.deadline + 1 - time.monotonic())
        select.select([self.process.stdout], [], [], left)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the visitors ended with status {self.process.wait(5)}")
        return line
