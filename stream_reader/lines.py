"""Bytes that arrive in any pieces, cut into lines of bounded length. Pure; one thread at a time."""

from __future__ import annotations

from collections.abc import Callable

SHOWN = 200
"""Bytes of a line that is too long which are told about."""


class LineSplitter:
    """Gathers pieces until a line is whole. A line ends with a line feed, which is cut off.

    One longer than `limit` bytes is skipped to its end, without being kept; `too_long` is then
    called once, with its first bytes.
    """

    def __init__(self, limit: int, too_long: Callable[[bytes], None]) -> None:
        self._limit = limit
        self._too_long = too_long
        self._begun = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, empty ones among them."""
        pieces = data.split(b"\n")
        rest = pieces.pop()
        lines = []
        for piece in pieces:
            if self._begun or self._skipping or len(piece) > self._limit:
                self._gather(piece)
                if not self._skipping:
                    lines.append(bytes(self._begun))
                self._reset()
            else:
                lines.append(piece)
        self._gather(rest)
        return lines

    def finish(self) -> list[bytes]:
        """The source has ended: the line that was begun, if there is one. Ready for another."""
        line = bytes(self._begun)
        self._reset()
        return [line] if line else []

    def _gather(self, piece: bytes) -> None:
        if self._skipping:
            return
        if len(self._begun) + len(piece) > self._limit:
            self._too_long(bytes(self._begun[:SHOWN] + piece[:SHOWN])[:SHOWN])
            self._begun.clear()
            self._skipping = True
        else:
            self._begun += piece

    def _reset(self) -> None:
        self._begun.clear()
        self._skipping = False
