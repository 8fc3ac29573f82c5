"""Ctrl-C while `python -m deploy` is still loading, checking or starting."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.broker.node import BrokerNode
from tests.deploy.deployment import MODULE, ROOT, Deployment
from tests.processes import gone


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_it_loads_a_signal_ends_it_without_a_word(number: signal.Signals) -> None:
    """Loading is held up at the first of its imports that takes long."""
    code = (
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'deploy.command_line':\n"
        f"            os.kill(os.getpid(), {int(number)}); signal.pause()\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from deploy.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.2, 0.4, 0.8, 1.6])
def test_at_whatever_moment_it_comes(tmp_path: Path, broker: BrokerNode, seconds: float) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}, program=MODULE) as run:
        until = time.monotonic() + 20
        while not _handles_it(run.process.pid):  # Python itself is loaded
            assert time.monotonic() < until
            time.sleep(0.001)
        time.sleep(seconds)
        assert run.end(signal.SIGINT) == 0
        assert "Traceback" not in run.said
        assert not run.said or run.said.endswith("Stopping.\nStopped.\n")
        gone(run.processes(), 1)


def _handles_it(pid: int) -> bool:
    """Whether SIGTERM is caught, which Python does not do by itself."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (caught,) = [line.split()[1] for line in lines if line.startswith("SigCgt")]
    return bool(int(caught, 16) & 1 << (signal.SIGTERM - 1))
