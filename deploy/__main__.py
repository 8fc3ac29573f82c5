"""`python -m deploy`: what it does is in `command_line.py`.

That takes half a second to load. A signal that comes meanwhile ends us without a word, with the
status of a later one: nothing has been started yet.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """The exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(0))
    from deploy import command_line  # noqa: PLC0415  (it is what takes so long)

    return command_line.main()


if __name__ == "__main__":
    sys.exit(main())
