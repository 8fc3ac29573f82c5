"""`python -m deploy` as a test runs it: free ports, a folder of its own, nobody's environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.broker.ports import _reserve, reserve_broker_port, reserve_port
from tests.processes import gone, mentioning

ROOT = Path(__file__).resolve().parents[2]
MODULE = ("-m", "deploy")
PROCESS_PORTS = range(12_000, 20_000, 10)


def reserve_process_ports(count: int) -> int:
    """The first of so many ports in a row, kept for this process."""
    return _reserve(PROCESS_PORTS, tuple(range(count)))


class Deployment:
    """A run of `python -m deploy`. Leaving the `with` block ends whatever is left of it."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        var: str = "var",
        program: tuple[str, ...] = MODULE,
        standard_input: IO[str] | int = subprocess.DEVNULL,
    ) -> None:
        """Start it with `var` and its output in `folder`, and these CELEBWIRE_ settings."""
        self.var = folder / var
        self.http_port = reserve_port()
        self.process_port = reserve_process_ports(2)
        self.broker_port = reserve_broker_port()
        self.output = folder / f"output-{self.http_port}.txt"
        ours = {
            "CELEBWIRE_CONFIG": os.devnull,  # no celebwire.toml of the developer's
            "CELEBWIRE_VAR": str(self.var),
            "CELEBWIRE_HTTP_PORT": str(self.http_port),
            "CELEBWIRE_READER_HTTP_PORT": str(reserve_port()),
            "CELEBWIRE_BROKER_PORT": str(self.broker_port),
            "CELEBWIRE_PROCESS_PORT": str(self.process_port),
            **(settings or {}),
        }
        theirs = {k: v for k, v in os.environ.items() if not k.startswith("CELEBWIRE_")}
        self.environment = theirs | ours
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program],
                cwd=ROOT,
                env=self.environment,
                stdin=standard_input,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Deployment:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        gone(self.processes())

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(encoding="utf-8")

    def processes(self) -> set[int]:
        """All its processes: each is told the folder, if not by us then by supervisord."""
        return mentioning(str(self.var))

    def wait_until_ready(self, deadline: float = 60.0) -> None:
        """Wait for the line that says so."""
        until = time.monotonic() + deadline
        while "is ready" not in self.said:
            assert self.process.poll() is None, f"it ended:\n{self.said}{self.logs()}"
            assert time.monotonic() < until, f"not ready:\n{self.said}{self.logs()}"
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit status. At most the 10 s that are promised."""
        self.process.send_signal(number)
        return self.process.wait(10)

    def status(self, deadline: float = 30.0) -> int:
        """Wait until it has ended by itself; the exit status."""
        return self.process.wait(deadline)

    def supervisorctl(self, *arguments: str) -> str:
        """What an operator's command answers."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "supervisor.supervisorctl"),
                *("-c", str(self.var / "supervisord.conf"), *arguments),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return done.stdout

    def deploy(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`python -m deploy WORDS` with the same settings, as an operator types it."""
        return subprocess.run(
            [sys.executable, *MODULE, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def logs(self) -> str:
        """The tail of every log, for a test that fails."""
        tails = []
        for path in sorted((self.var / "log").glob("*.log")):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            tails.append("\n".join([f"--- {path.name}", *lines[-15:]]))
        return "\n".join(tails)
