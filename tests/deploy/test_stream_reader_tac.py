"""`twistd -ny deploy/stream_reader.tac`: the reader alone, as a Twisted operator runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.broker.node import BrokerNode
from tests.broker.ports import reserve_port
from tests.deploy.deployment import ROOT


def test_it_serves_its_health_and_ends_on_sigterm(tmp_path: Path, broker: BrokerNode) -> None:
    port = reserve_port()
    settings = {
        "CELEBWIRE_AMQP_URL": broker.url,
        "CELEBWIRE_READER_HTTP_PORT": str(port),
        "CELEBWIRE_VAR": str(tmp_path),
    }
    with _twistd(tmp_path, settings) as process:
        until = time.monotonic() + 20
        while not _healthy(port):
            assert process.poll() is None, (tmp_path / "output.txt").read_text()
            assert time.monotonic() < until, (tmp_path / "output.txt").read_text()
            time.sleep(0.05)
        process.terminate()
        assert process.wait(5) == -signal.SIGTERM  # twistd's way: stops in order, then dies of it
    assert "Server Shut Down." in (tmp_path / "output.txt").read_text()


def test_bad_settings_end_it_with_status_2(tmp_path: Path) -> None:
    with _twistd(tmp_path, {"CELEBWIRE_SOURCES": "nonsense"}) as process:
        assert process.wait(20) == 2
    assert "CELEBWIRE_SOURCES" in (tmp_path / "output.txt").read_text()


@contextmanager
def _twistd(folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        str(Path(sys.executable).with_name("twistd")),
        *("--pidfile", str(folder / "twistd.pid")),
        *("-ny", "deploy/stream_reader.tac"),
    ]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("CELEBWIRE_")}
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ | {"CELEBWIRE_CONFIG": os.devnull} | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
