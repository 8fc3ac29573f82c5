"""CPU, memory and rest of a process, as the benchmarks read them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.benchmarks import machine


def test_cpu_seconds_are_the_process_s_own() -> None:
    before = machine.cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() - before[1] < 0.05:
        pass
    used = machine.cpu_seconds(os.getpid()) - before[0]
    assert used == pytest.approx(time.process_time() - before[1], abs=0.01)


def test_a_process_that_works_does_not_rest() -> None:
    script = "import sys; sys.stdin.readline()\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as process:
        try:
            rested = machine.settled(process.pid)
            assert 0 < rested <= machine.cpu_seconds(process.pid)
            assert machine.memory_bytes(process.pid) > 1 << 20
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
            with pytest.raises(AssertionError, match="does not come to rest"):
                machine.settled(process.pid, seconds=0.5)
        finally:
            process.kill()


def test_too_many_clients_for_the_machine_are_refused() -> None:
    with pytest.raises(SystemExit, match="Ask for fewer"):
        machine.allow_many_files(1 << 30)


def test_the_idle_share_is_one() -> None:
    assert 0 <= machine.idle_share(0.05) <= 1
