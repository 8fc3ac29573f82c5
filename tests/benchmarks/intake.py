"""Tweets a second from the source to stored and confirmed, with the reader on one core."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks.lines import stream_line
from tests.benchmarks.machine import cpu_seconds, on_core
from tests.broker.node import BrokerNode
from tests.running import Running, until

TWEETS = 60_000


def run(broker: BrokerNode) -> str:
    """One measurement: a file replayed as fast as it goes. A line of text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.ndjson"
        path.write_bytes(b"".join(map(stream_line, range(TWEETS))))
        pipe = Path(folder) / "pipe"
        with Running(Path(folder), broker.url) as running:
            # The reader first settles on an empty pipe: its start is not what is measured.
            os.mkfifo(pipe)
            running.start_reader(f"replay:{pipe}@max")
            assert running.reader is not None
            pid = running.reader.pid
            on_core(pid, 0)
            cpu = cpu_seconds(pid)
            began = time.monotonic()
            with pipe.open("wb") as out:
                out.write(path.read_bytes())
            until(lambda: running.reader_metric("celebwire_announced_total") == TWEETS, 120)
            wall = time.monotonic() - began
            cpu = cpu_seconds(pid) - cpu
    return (
        f"intake: {TWEETS / wall:,.0f} tweets/s from source to stored and confirmed, "
        f"{cpu / TWEETS * 1e6:.0f} µs CPU of the reader each ({TWEETS:,} tweets, one core)"
    )
