"""`twistd -ny deploy/stream_reader.tac`: the reader alone, as a Twisted operator runs it."""

from __future__ import annotations

import os
import signal
import socket
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
    output = (tmp_path / "output.txt").read_text()
    assert "INFO celebwire.reader: stopped" in output
    assert "Server Shut Down." in output


def test_bad_settings_end_it_with_status_2(tmp_path: Path) -> None:
    with _twistd(tmp_path, {"CELEBWIRE_SOURCES": "nonsense"}) as process:
        assert process.wait(20) == 2
    assert "CELEBWIRE_SOURCES" in (tmp_path / "output.txt").read_text()


def test_what_it_logs_is_for_the_settings_to_say_and_goes_where_twistd_logs(
    tmp_path: Path, broker: BrokerNode
) -> None:
    settings = {
        "CELEBWIRE_AMQP_URL": broker.url,
        "CELEBWIRE_READER_HTTP_PORT": str(reserve_port()),
        "CELEBWIRE_SOURCES": "replay:-",
        "CELEBWIRE_VAR": str(tmp_path),
    }
    for level in ("info", "warning"):
        log = tmp_path / f"{level}.log"
        settings["CELEBWIRE_LOG_LEVEL"] = level
        with _twistd(tmp_path, settings, "--logfile", str(log)) as process:
            until = time.monotonic() + 20
            last = "reading from replay:-" if level == "info" else "Starting factory"
            while not (log.exists() and last in log.read_text()):
                assert time.monotonic() < until
                time.sleep(0.05)
            process.terminate()
            process.wait(5)
        assert ("celebwire.reader: reading from replay:-" in log.read_text()) == (level == "info")
        assert "celebwire" not in (tmp_path / "output.txt").read_text()


def test_what_keeps_it_from_starting_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "celebwire.db").write_bytes(b"no database" * 100)
    settings = {"CELEBWIRE_VAR": str(tmp_path)}
    with _twistd(tmp_path, settings) as process:
        assert process.wait(20) == 1
    output = (tmp_path / "output.txt").read_text()
    assert "The store cannot be opened: " in output
    assert "Traceback" not in output

    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "celebwire.db").unlink()
        settings["CELEBWIRE_READER_HTTP_PORT"] = str(taken.getsockname()[1])
        with _twistd(tmp_path, settings) as process:
            assert process.wait(20) == 1
    output = (tmp_path / "output.txt").read_text()
    assert "The reader cannot listen on reader_http_port: " in output
    assert "Traceback" not in output


@contextmanager
def _twistd(
    folder: Path, settings: dict[str, str], *options: str
) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        str(Path(sys.executable).with_name("twistd")),
        *("--pidfile", str(folder / "twistd.pid")),
        *options,
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
