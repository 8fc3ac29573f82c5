"""What the processes of this machine do, read from /proc: children, sockets, who is left."""

from __future__ import annotations

import ipaddress
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


def alive(pid: int) -> bool:
    """Whether the process runs. One that ended and only waits to be reaped does not."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def gone(pids: Iterable[int], deadline: float = 10.0) -> None:
    """Wait until none of them runs; `AssertionError` with who is left after `deadline` seconds."""
    until = time.monotonic() + deadline
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < until, f"still running: {[(p, command(p)) for p in left]}"
        time.sleep(0.02)


def with_descendants(pids: Iterable[int]) -> set[int]:
    """These processes, their children, the children's children and so on."""
    parents: dict[int, list[int]] = {}
    for pid in all_pids():
        try:
            parents.setdefault(int(_stat(pid)[1]), []).append(pid)
        except OSError:
            continue  # it ended while we looked
    found, queue = set[int](), list(pids)
    while queue:
        pid = queue.pop()
        found.add(pid)
        queue += parents.get(pid, [])
    return found


def mentioning(text: str) -> set[int]:
    """The processes that run with this text in their command line or environment, but for us."""
    found = set()
    for pid in all_pids():
        try:
            said = b"\0".join((PROC / str(pid) / f).read_bytes() for f in ("cmdline", "environ"))
        except OSError:
            continue
        if text.encode() in said and alive(pid) and pid != os.getpid():
            found.add(pid)
    return found


def command(pid: int) -> str:
    """The command line, arguments separated by blanks; empty once the process has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def listening(pids: Iterable[int]) -> set[tuple[str, int]]:
    """(address, port) of each TCP socket on which one of these processes listens."""
    inodes = set()
    for pid in pids:
        try:
            links = list((PROC / str(pid) / "fd").iterdir())
        except OSError:
            continue
        for link in links:
            try:
                target = os.readlink(link)  # noqa: PTH115  (no path: socket:[1234])
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[len("socket:[") : -1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in inodes:
                address, port = fields[1].split(":")
                found.add((_address(address), int(port, 16)))
    return found


def all_pids() -> list[int]:
    """Every process there is."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state, parent, ...) on."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _address(text: str) -> str:
    """An address as /proc/net/tcp has it: 32-bit words in the machine's byte order, in hex."""
    words = [int(text[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
