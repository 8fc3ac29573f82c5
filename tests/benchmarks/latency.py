"""The time from a line entering the reader to a waiting poll answered."""

from __future__ import annotations

import http.client
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from tests.benchmarks.lines import stream_line
from tests.benchmarks.report import figure
from tests.broker.node import BrokerNode
from tests.running import Running, get, until

RATE = 100
SECONDS = 12
LEFT_OUT = 1
"""Seconds at the beginning, while caches fill, that are not counted."""
REPEATS = 3


def run(broker: BrokerNode) -> str:
    """REPEATS measurements at a steady rate. A line of text."""
    p50s, p99s, worst = zip(*[_measure(broker) for _ in range(REPEATS)], strict=True)
    return (
        f"latency: p50 {figure(p50s)} ms, p99 {figure(p99s)} ms, worst {figure(worst)} ms "
        f"from a line entering the reader to a waiting poll answered "
        f"({RATE} tweets/s for {SECONDS} s, median and range of {REPEATS} runs)"
    )


def _measure(broker: BrokerNode) -> tuple[float, float, float]:
    """p50, p99 and the worst, in ms."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe)
        with Running(Path(folder), broker.url) as running:
            running.start_reader(f"replay:{pipe}@max")
            running.start_site()
            until(lambda: get(f"{running.site_url}/readyz")[0] == 200)
            visitor = _Visitor(running.site_port, RATE * SECONDS)
            visitor.start()
            until(lambda: running.site_metric("celebwire_waiting") == 1)
            sent = []
            with pipe.open("wb", buffering=0) as out:
                began = time.monotonic()
                for number in range(RATE * SECONDS):
                    time.sleep(max(0.0, began + number / RATE - time.monotonic()))
                    sent.append(time.monotonic())
                    out.write(stream_line(number))
            visitor.join(30)
    took = [(back - out) * 1000 for out, back in zip(sent, visitor.received, strict=True)]
    counted = took[LEFT_OUT * RATE :]
    return statistics.median(counted), statistics.quantiles(counted, n=100)[98], max(counted)


class _Visitor(threading.Thread):
    """Polls on one connection and notes when each event came."""

    def __init__(self, port: int, expected: int) -> None:
        super().__init__(daemon=True)
        self.received: list[float] = []
        self._expected = expected
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def run(self) -> None:
        path = "/updates?channel=all"
        cursor = ""
        while len(self.received) < self._expected:
            self._connection.request("GET", path + cursor)
            answer = msgspec.json.decode(self._connection.getresponse().read())
            now = time.monotonic()
            self.received += [now] * len(answer["events"])
            cursor = f"&cursor={answer['cursor']}"
