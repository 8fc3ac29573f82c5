"""Waits until the private broker takes connections, then becomes another program.

    python -m deploy.after_broker AMQP_PORT PROGRAM [ARGUMENT ...]

The reader and the site can do without a broker and would connect by themselves, but only when
their growing pause is over, seconds after the broker is there. This way a start takes as long as
the broker takes, and no log begins with a page of refused connections. After `LONGEST` they start
all the same.
"""

from __future__ import annotations

import os
import socket
import sys
import time

from deploy.rabbitmq_node import ADDRESS

LONGEST = 20.0  # seconds


def main() -> None:
    """Wait, then replace this process."""
    port, *command = sys.argv[1:]
    until = time.monotonic() + LONGEST
    while time.monotonic() < until and not _listening(int(port)):
        time.sleep(0.05)
    os.execvp(command[0], command)  # noqa: S606  (no shell is wanted)


def _listening(port: int) -> bool:
    try:
        socket.create_connection((ADDRESS, port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
