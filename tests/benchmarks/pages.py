"""CPU of the site for pages, each asked for again and again on one connection."""

from __future__ import annotations

import http.client
import tempfile
from pathlib import Path

from tests.benchmarks.lines import stream_line
from tests.benchmarks.machine import SERVER, cpu_seconds, on_core
from tests.benchmarks.report import figure
from tests.broker.node import BrokerNode
from tests.running import Running, get, until

POSTS = 60
"""More than the 50 that a page shows."""
REQUESTS = 200
REPEATS = 3
HEADERS = {"Accept-Encoding": "gzip", "Accept": "text/html"}


def run(broker: BrokerNode) -> str:
    """REPEATS measurements of each page. Lines of text."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines"
        lines.write_bytes(b"".join(map(stream_line, range(POSTS))))
        with Running(Path(folder), broker.url) as running:
            running.start_site()
            running.start_reader(f"replay:{lines}@max")
            until(lambda: running.site_metric("celebwire_events_loaded_total") == POSTS)
            assert running.site is not None
            on_core(running.site.pid, SERVER)
            status, page = get(running.site_url)
            assert status == 200
            assert page.count(b'<li class="post"') == 50
            return _told(running, "a page of 50 posts", "/")


def _told(running: Running, what: str, path: str) -> str:
    assert running.site is not None
    connection = http.client.HTTPConnection("127.0.0.1", running.site_port, timeout=10)
    _ask(connection, path, REQUESTS // 4)
    milliseconds, size = [], 0
    for _ in range(REPEATS):
        cpu = cpu_seconds(running.site.pid)
        size = _ask(connection, path, REQUESTS)
        milliseconds.append((cpu_seconds(running.site.pid) - cpu) / REQUESTS * 1000)
    connection.close()
    return (
        f"pages: {what} takes {figure(milliseconds)} ms of the site's CPU, {size / 1024:.1f} KiB "
        f"gzipped ({REQUESTS} requests on one connection, median and range of {REPEATS} runs)"
    )


def _ask(connection: http.client.HTTPConnection, path: str, times: int) -> int:
    """The bytes of the last answer."""
    size = 0
    for _ in range(times):
        connection.request("GET", path, headers=HEADERS)
        response = connection.getresponse()
        size = len(response.read())
        assert response.status == 200
    return size
