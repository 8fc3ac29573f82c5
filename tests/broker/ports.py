"""Free ports on loopback that no other test process picks at the same time, and that stay ours.

    port = reserve_port()

A port that the kernel hands out (bind to 0) may go to somebody else between our closing and our
using it, or while a broker is down between a kill and its restart. So ports come from below the
range of outgoing connections, and a lock on a small file keeps each for this process until it ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# All below Linux's default ip_local_port_range (32768 and up).
SINGLE_PORTS = range(22_000, 30_000)
BROKER_PORTS = range(10_000, 12_000)  # and with them those 10,000 and 20,000 above
_held: list[int] = []  # open lock files: the kernel frees the locks when this process ends


def reserve_port() -> int:
    """A port on which nothing listens, kept for this process. Raises `OSError` if there is none."""
    return _reserve(SINGLE_PORTS, (0,))


def reserve_broker_port() -> int:
    """The same, for CELEBWIRE_BROKER_PORT: the node's other two ports are kept as well."""
    return _reserve(BROKER_PORTS, (0, 10_000, 20_000))


def _reserve(ports: range, steps: tuple[int, ...]) -> int:
    for port in random.SystemRandom().sample(ports, 500):
        locks = [lock for step in steps if (lock := _try_lock(port + step)) is not None]
        if len(locks) == len(steps):
            _held.extend(locks)
            return port
        for lock in locks:
            os.close(lock)
    raise OSError(f"no free port in {ports}")


def _try_lock(port: int) -> int | None:
    folder = Path(tempfile.gettempdir()) / f"celebwire-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.create_server(("127.0.0.1", port)):
            return lock
    except OSError:
        os.close(lock)
        return None
