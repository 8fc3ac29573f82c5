"""Unpacking gzip on the way, where the bytes are gzip at all. Pure; one thread at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from enum import Enum

MAGIC = b"\x1f\x8b"
PIECE = 64 * 1024
"""Most bytes that are unpacked at once: a small packed file may hold a huge one."""


class State(Enum):
    """What the bytes at hand are."""

    UNDECIDED = "undecided"
    PLAIN = "plain"
    PACKED = "packed"
    DAMAGED = "damaged"


class Gunzip:
    """Gives bytes on as they are, or unpacked if the first two are gzip's.

    A gzip file may hold several members one after the other, as `cat a.gz b.gz` makes; what
    follows a member and is none itself is given on as it is. If a member is damaged or ends too
    early, `bad` is called once with the reason; what was given before is good, and the rest is
    ignored.
    """

    def __init__(self, bad: Callable[[str], None]) -> None:
        self._bad = bad
        self._state = State.UNDECIDED
        self._first = b""
        self._member = zlib.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces."""
        piece = b""
        while data or len(piece) == PIECE:  # of a full piece, zlib may hold the rest
            if self._state is State.UNDECIDED:
                data, piece = self._decide(data), b""
            elif self._state is State.PLAIN:
                yield data
                return
            elif self._state is State.DAMAGED:
                return
            else:
                piece, data = self._unpack(data)
                if piece:
                    yield piece

    def finish(self) -> None:
        """The data has ended."""
        if self._state is State.PACKED:
            self._bad("ends in the middle of a gzip member")

    def _decide(self, data: bytes) -> bytes:
        """Whether this is a member's beginning. Gives what is to be dealt with next."""
        data = (self._first + data).lstrip(b"\0")  # gzip files may be padded
        self._first = b""
        if data == MAGIC[:1]:
            self._first = data
            return b""
        if data.startswith(MAGIC):
            self._state = State.PACKED
            self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif data:
            self._state = State.PLAIN
        return data

    def _unpack(self, data: bytes) -> tuple[bytes, bytes]:
        """A piece of what is unpacked, and what is to be dealt with next."""
        try:
            piece = self._member.decompress(data, PIECE)
        except zlib.error as error:
            self._state = State.DAMAGED
            self._bad(str(error))
            return b"", b""
        if self._member.eof:
            self._state = State.UNDECIDED
            return piece, self._member.unused_data
        return piece, self._member.unconsumed_tail
