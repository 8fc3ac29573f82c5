"""Gives a program under supervisord the standard input of `python -m deploy`.

    python -m deploy.with_standard_input PROGRAM [ARGUMENT ...]

supervisord gives its programs an empty pipe instead, and closes what they would inherit, up to its
own bound (`minfds`). The file above that is the very one that `make run` was given: a pipe, a file
or a terminal. A reader that is started again goes on where the one before it stopped reading.
"""

from __future__ import annotations

import os
import sys

STANDARD_INPUT = 1000  # the file's number; supervisord.conf is told it as minfds


def main() -> None:
    """Replace this process."""
    os.dup2(STANDARD_INPUT, 0)
    os.close(STANDARD_INPUT)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
