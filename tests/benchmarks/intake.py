"""Tweets a second from the source to stored and confirmed, with the reader on one core."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks.lines import stream_line
from tests.benchmarks.machine import OTHERS, SERVER, cpu_seconds, on_core
from tests.benchmarks.report import figure
from tests.broker.node import BrokerNode
from tests.processes import with_descendants
from tests.running import Running, until

TWEETS = 60_000
REPEATS = 3


def run(broker: BrokerNode) -> str:
    """REPEATS measurements of a file replayed as fast as it goes. A line of text."""
    for pid in with_descendants(broker.pids):
        on_core(pid, OTHERS)
    lines = b"".join(map(stream_line, range(TWEETS)))
    rates, cpus = zip(*[_measure(broker, lines) for _ in range(REPEATS)], strict=True)
    return (
        f"intake: {figure(rates)} tweets/s from source to stored and confirmed, {figure(cpus)} µs "
        f"CPU of the reader each ({TWEETS:,} tweets, one core, median and range of {REPEATS} runs)"
    )


def _measure(broker: BrokerNode, lines: bytes) -> tuple[float, float]:
    """Tweets a second, and the reader's CPU for one in µs."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        with Running(Path(folder), broker.url) as running:
            # The reader first settles on an empty pipe: its start is not what is measured.
            os.mkfifo(pipe)
            running.start_reader(f"replay:{pipe}@max")
            assert running.reader is not None
            pid = running.reader.pid
            on_core(pid, SERVER)
            cpu = cpu_seconds(pid)
            began = time.monotonic()
            with pipe.open("wb") as out:
                out.write(lines)
            until(lambda: running.reader_metric("celebwire_announced_total") == TWEETS, 120)
            wall = time.monotonic() - began
            cpu = cpu_seconds(pid) - cpu
    return TWEETS / wall, cpu / TWEETS * 1e6
