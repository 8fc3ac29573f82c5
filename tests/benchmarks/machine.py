"""The machine, described in one line, to stand beside every figure."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def description() -> str:
    """Processor, cores, memory, system and versions."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, "
        f"Linux {platform.release()}, Python {platform.python_version()}, {_rabbitmq()}"
    )


def _rabbitmq() -> str:
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "RabbitMQ ${Version}", "rabbitmq-server"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout or "RabbitMQ of unknown version"


def on_core(pid: int, core: int) -> None:
    """Keep a process and its threads on one core, so that 'one core' is what is measured."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core % (os.cpu_count() or 1)})


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
