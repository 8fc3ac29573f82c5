"""Which notices did not come, told by the gaps in their seqs. Pure: no I/O and no clock.

    missed.came(seq)        # for each notice
    missed.look()           # every few seconds: how many are missing for good

Reader and web processes announce on the one timeline, each its own events, so seqs cross a little:
one that is passed over is late, not lost. It counts as missed when it has not come by the second
look, which is after one whole pause at least.
"""

from __future__ import annotations

MOST_WAITED_FOR = 10_000
"""Seqs passed over that are waited for. More are missed at once."""


class MissedNotices:
    """Of one connection's notices; what was announced before it is none of them."""

    def __init__(self) -> None:
        self._newest = 0
        """The highest seq that came; 0: none yet."""
        self._late: set[int] = set()
        """Passed over since the last look."""
        self._very_late: set[int] = set()
        """Passed over before that."""
        self._missed = 0

    def came(self, seq: int) -> None:
        """A notice of this seq came, perhaps again."""
        if seq <= self._newest:
            self._late.discard(seq)
            self._very_late.discard(seq)
            return
        if self._newest:
            passed_over = range(self._newest + 1, seq)
            room = MOST_WAITED_FOR - len(self._late) - len(self._very_late)
            self._missed += max(0, len(passed_over) - room)
            self._late.update(passed_over[:room])
        self._newest = seq

    def look(self) -> int:
        """How many more are missed than at the last look."""
        missed = self._missed + len(self._very_late)
        self._missed = 0
        self._very_late, self._late = self._late, set()
        return missed
