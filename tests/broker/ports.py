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

# Below Linux's default ip_local_port_range (32768 and up).
PORTS = range(20_000, 32_000)
_held: list[int] = []  # open lock files: the kernel frees the locks when this process ends


def reserve_port() -> int:
    """A port on which nothing listens, kept for this process. Raises `OSError` if there is none."""
    folder = Path(tempfile.gettempdir()) / f"celebwire-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in random.SystemRandom().sample(PORTS, 500):
        lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(lock)
            continue
        _held.append(lock)
        return port
    raise OSError("no free port between 20000 and 32000")
