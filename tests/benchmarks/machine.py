"""The machine: described in one line to stand beside every figure, and what processes use of it."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from pathlib import Path

SERVER, OTHERS = 0, 1
"""Cores: of what is measured, and of all that is needed for it."""


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
        f"Linux {platform.release()}, Python {platform.python_version()}, "
        f"{version_of('RabbitMQ', 'rabbitmq-server')}"
    )


def version_of(name: str, package: str) -> str:
    """The name and the version that Debian has of it."""
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", f"{name} ${{Version}}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout or f"{name} of unknown version"


def on_core(pid: int, core: int) -> None:
    """Keep a process and its threads on one core, so that 'one core' is what is measured."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core % (os.cpu_count() or 1)})


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used: what /proc/PID/stat says in steps of 10 ms."""
    return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3), as the C library has it


def allow_many_files(needed: int) -> None:
    """Let this process and its children have as many open files as the machine allows.

    Raises SystemExit where that is fewer than `needed`, or where there are fewer ports than that.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    ports = int(high) - int(low) + 1
    if needed > most or needed > ports:
        raise SystemExit(
            f"This machine lets a process have {most:,} files and a server {ports:,} connections "
            f"from one address; {needed:,} are needed. Ask for fewer --clients."
        )


def memory_bytes(pid: int) -> int:
    """The share of the machine's memory that is a process's own (PSS). Sockets are not in it."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no Pss of {pid}")


def waited_seconds(pid: int) -> float:
    """How long a process was ready to run and had to wait for its core, which others were using."""
    waited = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9


def idle_share(seconds: float = 1.0) -> float:
    """How much of the machine is idle, over so many seconds: 1 is all of it."""
    before = _idle_and_all()
    time.sleep(seconds)
    after = _idle_and_all()
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _idle_and_all() -> tuple[int, int]:
    fields = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return fields[3] + fields[4], sum(fields)


def settled(pid: int, seconds: float = 30.0, pause: float = 0.1) -> float:
    """Wait until a process rests; its CPU seconds then. `AssertionError` if it never does.

    A process that others keep from its core uses little of it, and yet does not rest: it is ready
    to run, and the time that it waits is known only when it is over.
    """
    deadline = time.monotonic() + seconds
    wanted = cpu_seconds(pid) + waited_seconds(pid)
    while True:
        time.sleep(pause)
        now = cpu_seconds(pid) + waited_seconds(pid)
        if now - wanted <= pause / 5 and not _ready_to_run(pid):
            return cpu_seconds(pid)
        assert time.monotonic() < deadline, f"process {pid} does not come to rest"
        wanted = now


def _ready_to_run(pid: int) -> bool:
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return any(stat.rpartition(")")[2].split()[0] == "R" for stat in stats)
