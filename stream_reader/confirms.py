"""Which published events RabbitMQ has not confirmed yet. Pure; one for each connection.

Publishing gives a delivery tag (1, 2, 3, … on a channel); RabbitMQ answers with acks and nacks of
tags, in any order, one by one or 'all up to this'. The announcer needs to know the watermark: up to
which `seq` everything has been confirmed, without a hole.
"""

from __future__ import annotations

from collections import deque


class BadConfirm(Exception):  # noqa: N818  (reads as what it is)
    """RabbitMQ confirmed what was never published. Trust nothing on this connection; drop it."""


class Confirms:
    """Tags and seqs in flight, at most `window` of them.

    A seq stays in flight until it and everything before it is confirmed, so that one that hangs
    fills the window in the end instead of being outrun for ever.
    """

    def __init__(self, window: int, watermark: int) -> None:
        """Everything up to and including the seq `watermark` is confirmed already."""
        self._window = window
        self._watermark = watermark
        self._in_flight: deque[int] = deque()  # seqs past the watermark, ascending
        self._open: set[int] = set()  # those of them that are not confirmed
        self._tags: deque[int] = deque()  # ascending; may hold tags that were answered singly
        self._seq_of: dict[int, int] = {}  # tag -> seq, unanswered only
        self._last_tag = 0

    @property
    def watermark(self) -> int:
        """Everything up to and including this seq is confirmed."""
        return self._watermark

    @property
    def room(self) -> int:
        """How many more may be published now."""
        return self._window - len(self._in_flight)

    @property
    def unconfirmed(self) -> int:
        """How many are published, or nacked, and not confirmed."""
        return len(self._open)

    @property
    def oldest(self) -> int | None:
        """The seq that the watermark waits for; None if it waits for nothing."""
        return self._in_flight[0] if self._in_flight else None

    def published(self, tag: int, seq: int) -> None:
        """`seq` went out under `tag`: a new one, past all before it, or one that was nacked."""
        if tag <= self._last_tag:
            raise ValueError(f"delivery tag {tag} after {self._last_tag}")
        if seq not in self._open:
            self._append(seq)
            self._open.add(seq)
        self._last_tag = tag
        self._tags.append(tag)
        self._seq_of[tag] = seq

    def skip(self, seq: int) -> int:
        """`seq` will never be published: let the watermark pass it. Gives what `ack` gives."""
        self._append(seq)
        return self._advance()

    def ack(self, tag: int, multiple: bool) -> int:
        """RabbitMQ has taken the message `tag`, or all up to it.

        Gives how many seqs the watermark passed. Raises BadConfirm.
        """
        self._open.difference_update(self._answered(tag, multiple))
        return self._advance()

    def nack(self, tag: int, multiple: bool) -> list[int]:
        """RabbitMQ has lost the message `tag`, or all up to it: publish these seqs again.

        They stay in flight. Raises BadConfirm.
        """
        return self._answered(tag, multiple)

    def _append(self, seq: int) -> None:
        if seq <= (self._in_flight[-1] if self._in_flight else self._watermark):
            raise ValueError(f"seq {seq} is not past all before it")
        self._in_flight.append(seq)

    def _answered(self, tag: int, multiple: bool) -> list[int]:
        if multiple and tag == 0:  # AMQP: zero means all so far
            tag = self._last_tag
        elif not 1 <= tag <= self._last_tag:
            raise BadConfirm(f"confirmed delivery tag {tag}, the last was {self._last_tag}")
        seqs = []
        if not multiple and tag in self._seq_of:
            seqs.append(self._seq_of.pop(tag))
        # The front of the tags: those answered by `multiple`, and those answered singly before.
        while self._tags and (
            self._tags[0] not in self._seq_of or (multiple and self._tags[0] <= tag)
        ):
            seq = self._seq_of.pop(self._tags.popleft(), None)
            if seq is not None:
                seqs.append(seq)
        return seqs

    def _advance(self) -> int:
        passed = 0
        while self._in_flight and self._in_flight[0] not in self._open:
            self._watermark = self._in_flight.popleft()
            passed += 1
        return passed
