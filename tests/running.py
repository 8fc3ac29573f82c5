"""The two processes as an operator runs them, for tests and benchmarks of the whole way.

    with Running(tmp_path, broker.url) as run:
        run.start_site()
        run.start_reader("replay:/path@max")
        run.reader_metric("celebwire_announced_total")

Each `start` waits until the process answers; whatever still runs at the end is killed.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from tests.broker.ports import reserve_port

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 20.0
"""Seconds that something which is sure to happen may take on a busy machine."""

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What the condition gives once that is true. After `seconds`: AssertionError."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.02)
    return found


def get(url: str, timeout: float = PATIENCE) -> tuple[int, bytes]:
    """Status and body; (0, the reason) where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error).encode()


class Running:
    """A reader and a site on a store of their own, with the given RabbitMQ."""

    def __init__(self, folder: Path, amqp_url: str, **environment: str) -> None:
        self.folder = folder
        self.site_port, self.reader_port = reserve_port(), reserve_port()
        self.site_url = f"http://127.0.0.1:{self.site_port}"
        self.reader_url = f"http://127.0.0.1:{self.reader_port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CELEBWIRE_")},
            "CELEBWIRE_AMQP_URL": amqp_url,
            "CELEBWIRE_VAR": str(folder),
            "CELEBWIRE_HTTP_PORT": str(self.site_port),
            "CELEBWIRE_READER_HTTP_PORT": str(self.reader_port),
            **environment,
        }
        self.store_url = environment.get("CELEBWIRE_STORE_URL", f"sqlite:///{folder}/celebwire.db")
        self.site: subprocess.Popen[bytes] | None = None
        self.reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.reader, self.site):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def start_site(self, **environment: str) -> None:
        """Start the site and wait until it answers."""
        self.site = self._start("web_ui", "site.log", environment)
        until(lambda: get(f"{self.site_url}/healthz")[0] == 200)

    def start_reader(self, sources: str, **environment: str) -> None:
        """Start the reader and wait until it answers."""
        environment = {"CELEBWIRE_SOURCES": sources, **environment}
        self.reader = self._start("stream_reader", "reader.log", environment)
        until(lambda: get(f"{self.reader_url}/healthz")[0] == 200)

    def _start(self, module: str, log: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def log(self, name: str) -> str:
        """What `reader.log` or `site.log` says so far."""
        return (self.folder / name).read_text()

    def reader_metric(self, name: str) -> float:
        """The sum of a metric over its labels; 0 while the reader does not answer."""
        return metric(self.reader_url, name)

    def site_metric(self, name: str) -> float:
        """The same of the site."""
        return metric(self.site_url, name)

    def poll(self, arguments: str) -> dict[str, Any]:
        """One long poll, answered with 200."""
        status, body = get(f"{self.site_url}/updates?{arguments}")
        assert status == 200, body
        answer: dict[str, Any] = msgspec.json.decode(body)
        return answer


def metric(url: str, name: str) -> float:
    """The sum of a metric over its labels, as `/metrics` gives it."""
    _, body = get(f"{url}/metrics")
    lines = [
        line for line in body.decode().splitlines() if line.startswith((f"{name} ", f"{name}{{"))
    ]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def end(process: subprocess.Popen[bytes] | None) -> tuple[int, float]:
    """SIGTERM; the exit status and the seconds that it took."""
    assert process is not None
    began = time.monotonic()
    process.terminate()
    return process.wait(PATIENCE), time.monotonic() - began


def kill(process: subprocess.Popen[bytes] | None) -> None:
    """SIGKILL, as a machine out of memory does."""
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
