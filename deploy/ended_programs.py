"""Which programs ended by themselves, in a line for the operator who looks on.

supervisord starts again what ends, and says so in its own log alone. `python -m deploy` calls
`news` every half second, and prints what it gets: one line at most in `PAUSE`, however many died.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.supervision import last_words

PAUSE = 5.0  # seconds between two lines
MOST_NAMED = 3  # programs in a line, with their last words; more are counted
# supervisord writes "stopped: …" of what an operator told to stop: that is no news.
EXITED = re.compile(r" exited: (\S+) \((.*?)(?:; (?:not )?expected)?\)$")


@dataclass
class _Ended:
    reason: str  # of the last time
    words: str
    times: int = 0


class EndedPrograms:
    """Reads supervisord's log from its end on."""

    def __init__(self, logs: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._logs = logs
        self._log = logs / "supervisord.log"
        self._clock = clock
        self._file, self._position = 0, 0
        self._new_lines()  # of what was before we look nothing is news
        self._ended: dict[str, _Ended] = {}
        self._silent_until = clock()

    def news(self) -> str | None:
        """One line about all that ended since the last one, or None."""
        for line in self._new_lines():
            if found := EXITED.search(line):
                name, reason = found.groups()
                ended = self._ended.setdefault(name, _Ended(reason, ""))
                ended.times += 1
                ended.reason = reason
                # Now, before the program that is started again writes into the same log. What a
                # signal ended did not know that it would: its last words are about something else.
                killed = reason.startswith("terminated by ")
                ended.words = "" if killed else last_words(self._logs / f"{name}.log").rstrip(".")
        if not self._ended or self._clock() < self._silent_until:
            return None
        self._silent_until = self._clock() + PAUSE
        told = [
            f"{name}{f' {ended.times} times' if ended.times > 1 else ''} "
            f"({'; '.join(filter(None, (ended.reason, ended.words)))})"
            for name, ended in list(self._ended.items())[:MOST_NAMED]
        ]
        if len(self._ended) > MOST_NAMED:
            told.append(f"{len(self._ended) - MOST_NAMED} more")
        self._ended.clear()
        return f"Ended and is started again: {', '.join(told)}. Logs: {self._logs}"

    def _new_lines(self) -> list[str]:
        try:
            with self._log.open("rb") as file:
                if (number := os.fstat(file.fileno()).st_ino) != self._file:
                    self._file, self._position = number, 0  # it was rotated
                file.seek(self._position)
                whole = file.read().rpartition(b"\n")[0]
        except OSError:
            return []
        if whole:
            self._position += len(whole) + 1
        return whole.decode(errors="replace").split("\n")
