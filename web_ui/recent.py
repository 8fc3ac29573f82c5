"""What memory can tell a visitor who is at a cursor. Pure: no I/O and no clock.

    answer = recent.after(channels, cursor)    # None: nothing yet, let it wait

With at most MOST_EVENTS events (for more, ask again). `reset`: the cursor belongs to another store;
load the page anew. An event whose `id` is a later version's also has the post's first id, `chain`.

Everybody who follows the same channels from the same cursor gets the same `Answer` object, and so
the same bytes. On the event loop's thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from web_ui.answers import Answer
from web_ui.cursor import Cursor
from web_ui.feed import Entry, Feed

MOST_EVENTS = 200
"""Events in one answer."""
MOST_BYTES = 256 * 1024
"""Bytes of an answer after which no further event is put into it."""
REMEMBERED = 4096
"""Answers, and quiet stretches, kept for others who ask the same."""
REMEMBERED_BYTES = 16 * 1024 * 1024
"""Bytes of events in the answers kept. Each form in which they are asked for costs them again."""


class NotInMemory(Exception):  # noqa: N818
    """Only the store can tell: ask `Updates.after`."""


class Recent:
    """The feed, as answers."""

    def __init__(self, epoch: str, feed: Feed, replay_limit: int) -> None:
        self.feed = feed
        self.replay_limit = replay_limit
        self._epoch = epoch
        self._answers: dict[tuple[frozenset[str], Cursor], Answer | None] = {}
        self._answers_at = feed.latest
        self._answers_bytes = 0
        self._nothing: dict[Cursor, Answer] = {}
        self._quiet: dict[tuple[frozenset[str], Cursor], int] = {}

    def now(self) -> Cursor:
        """The cursor past everything in the feed: what a page is rendered at."""
        return Cursor(self._epoch, self.feed.latest)

    def after(self, names: frozenset[str], cursor: Cursor) -> Answer | None:
        """What there is past the cursor, None for nothing. Raises `NotInMemory`."""
        if cursor.seq == self.feed.latest and cursor.epoch == self._epoch:
            return None
        if self._answers_at != self.feed.latest:
            self._clear_answers()
        question = names, cursor
        if question not in self._answers:
            answer = self._look(names, cursor)
            size = sum([len(entry.full) for entry in answer.entries]) if answer else 0
            if len(self._answers) >= REMEMBERED or self._answers_bytes + size > REMEMBERED_BYTES:
                self._clear_answers()
            self._answers[question] = answer
            self._answers_bytes += size
        return self._answers[question]

    def nothing_after(self, cursor: Cursor) -> Answer:
        """The answer to a poll that waited in vain."""
        if cursor not in self._nothing:
            if len(self._nothing) >= REMEMBERED:
                self._nothing.clear()
            self._nothing[cursor] = Answer(cursor, "live")
        return self._nothing[cursor]

    def quiet_from(self, names: frozenset[str], cursor: Cursor) -> int:
        """The last seq up to which there is nothing past the cursor, as far as is known."""
        return self._quiet.get((names, cursor), cursor.seq)

    def remember_quiet(self, names: frozenset[str], cursor: Cursor, seq: int) -> None:
        """The store has nothing for these between the cursor and `seq`. A visitor of quiet channels
        keeps its cursor while the timeline runs on, and must not cost a query each time."""
        if len(self._quiet) >= REMEMBERED:
            self._quiet.clear()
        self._quiet[names, cursor] = seq

    def forget_answers(self) -> None:
        """Make them anew from here on: they tell the time of day."""
        self._clear_answers()
        self._nothing.clear()

    def live(self, entries: Sequence[Entry], newest: int) -> Answer:
        """An answer of the entries, at least one, which are all up to `newest`, or more than an
        answer holds."""
        size = 0
        for number, entry in enumerate(entries):
            size += len(entry.full)
            if number == MOST_EVENTS or (size > MOST_BYTES and number):
                return Answer(self._at(entries[number - 1].seq), "live", entries[:number])
        return Answer(self._at(max(newest, entries[-1].seq)), "live", entries)

    def _look(self, names: frozenset[str], cursor: Cursor) -> Answer | None:
        if cursor.epoch != self._epoch:
            return Answer(self.now(), "reset")
        newest = self.feed.latest
        seq = self.quiet_from(names, cursor)
        if seq > newest or seq < self.feed.floor or newest - seq > self.replay_limit:
            raise NotInMemory
        entries = self.feed.after(names, seq, MOST_EVENTS + 1)
        return self.live(entries, newest) if entries else None

    def _clear_answers(self) -> None:
        self._answers.clear()
        self._answers_at = self.feed.latest
        self._answers_bytes = 0

    def _at(self, seq: int) -> Cursor:
        return Cursor(self._epoch, seq)
