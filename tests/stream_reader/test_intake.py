"""The intake with a clock that is advanced and a store that answers when told to."""

from __future__ import annotations

import threading
import unittest
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from stream_reader.drops import Drops
from stream_reader.intake import BATCH, CAPACITY, RETRY, SPACING, Intake
from stream_reader.metrics import IntakeMetrics, drops_counter
from stream_reader.source import IntakeClosed
from tests.tweet_store.posts import tweet
from tweet_store.database import StoreUnavailable
from tweet_store.model import Event, Post


class Calls:
    """The reactor's side of `callFromThread`: calls queue up until `run`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Callable[[], object]] = []

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        with self._lock:
            self._calls.append(lambda: callable(*args, **kwargs))

    def run(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, []
        for call in calls:
            call()


class IntakeTest(unittest.TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.calls = Calls()
        self.saves: list[tuple[list[Post], Deferred[list[Event]]]] = []
        self.rings = 0
        self.build()

    def build(self) -> None:
        self.registry = CollectorRegistry()
        self.intake = Intake(
            self.clock,
            self.calls,
            self.save,
            self.ring,
            Drops(drops_counter(self.registry), self.clock.seconds),
            IntakeMetrics(self.registry),
        )

    def save(self, posts: list[Post]) -> Deferred[list[Event]]:
        answer: Deferred[list[Event]] = Deferred()
        self.saves.append((posts, answer))
        return answer

    def ring(self) -> None:
        self.rings += 1

    def answer(self) -> list[str]:
        """Let the save in progress succeed; the ids it held."""
        posts, answer = self.saves.pop(0)
        answer.callback([Event(n, "tweet", post.id, "ada") for n, post in enumerate(posts, 1)])
        return [post.id for post in posts]

    def save_fails(self, error: Exception) -> None:
        self.saves.pop(0)[1].errback(Failure(error))

    def dropped(self, reason: str) -> float:
        return self.registry.get_sample_value("celebwire_dropped_total", {"reason": reason}) or 0

    def test_a_post_that_finds_it_idle_does_not_wait(self) -> None:
        self.clock.advance(1)
        self.assertTrue(self.intake.put([tweet("1")]))
        self.assertEqual(self.answer(), ["1"])
        self.assertEqual(self.rings, 1)

    def test_what_comes_during_a_save_is_the_next_batch(self) -> None:
        self.intake.put([tweet("1")])
        self.intake.put([tweet("2")])
        self.intake.put([tweet("3")])
        self.clock.advance(SPACING)
        self.assertEqual(self.answer(), ["1"])
        self.assertEqual(self.answer(), ["2", "3"])
        self.assertEqual(self.saves, [])

    def test_small_batches_keep_their_distance_and_full_ones_do_not(self) -> None:
        self.intake.put([tweet("0")])
        self.answer()
        self.intake.put([tweet("1")])
        self.clock.advance(SPACING * 0.9)
        self.assertEqual(self.saves, [])
        self.clock.advance(SPACING * 0.1)
        self.assertEqual(self.answer(), ["1"])
        self.intake.put(posts(BATCH + 1))
        self.clock.advance(SPACING)
        self.assertEqual(len(self.answer()), BATCH)
        self.clock.advance(SPACING)
        self.assertEqual(len(self.answer()), 1)

    def test_a_full_intake_says_no_and_takes_again_when_there_is_room(self) -> None:
        for _ in range(CAPACITY // BATCH):
            self.assertTrue(self.intake.put(posts(BATCH)))
        self.assertFalse(self.intake.put([tweet("1")]))
        self.answer()
        self.assertTrue(self.intake.put([tweet("1")]))

    def test_a_full_intake_blocks_a_source_s_thread_until_there_is_room(self) -> None:
        for _ in range(CAPACITY // BATCH):
            self.intake.put(posts(BATCH))
        source = Source(lambda: self.intake.put_from_thread([tweet("x")]))
        self.assertFalse(source.ended(0.05))
        self.answer()
        self.assertTrue(source.ended(5))
        self.calls.run()
        self.assertEqual(source.error, None)

    def test_closing_wakes_a_blocked_source(self) -> None:
        for _ in range(CAPACITY // BATCH):
            self.intake.put(posts(BATCH))
        source = Source(lambda: self.intake.put_from_thread([tweet("x")]))
        self.intake.close()
        self.assertTrue(source.ended(5))
        self.assertIsInstance(source.error, IntakeClosed)
        with pytest.raises(IntakeClosed):
            self.intake.put([tweet("y")])

    def test_a_store_that_is_away_is_tried_again_with_the_same_batch(self) -> None:
        self.intake.put([tweet("1"), tweet("2")])
        for _ in range(3):
            self.save_fails(StoreUnavailable("database is locked"))
            self.assertEqual(self.intake.problem(), "database is locked")
            self.clock.advance(RETRY)
        self.assertEqual(self.answer(), ["1", "2"])
        self.assertIsNone(self.intake.problem())

    def test_what_was_saved_although_the_store_seemed_away_is_announced(self) -> None:
        self.intake.put([tweet("1")])
        self.save_fails(StoreUnavailable("the connection was lost at the commit"))
        self.clock.advance(RETRY)
        self.saves.pop(0)[1].callback([])
        self.assertEqual(self.rings, 1)

    def test_one_bad_post_is_dropped_and_the_others_are_stored(self) -> None:
        self.intake.put([tweet("1"), tweet("2"), tweet("3")])
        self.save_fails(ValueError("one of them"))
        self.assertEqual(self.answer(), ["1"])
        self.save_fails(ValueError("this one"))
        self.assertEqual(self.answer(), ["3"])
        self.assertEqual(self.dropped("unstorable"), 1)
        self.intake.put([tweet("4"), tweet("5")])
        self.clock.advance(SPACING)
        self.assertEqual(self.answer(), ["4", "5"])

    def test_a_fault_of_our_own_after_a_save_does_not_stop_the_next_one(self) -> None:
        with patch.object(self, "ring", side_effect=ZeroDivisionError("oh")):
            self.build()
        self.intake.put([tweet("1")])
        with self.assertLogs("celebwire.reader.intake", "ERROR") as logged:
            self.answer()
        self.assertIn("ZeroDivisionError: oh", logged.output[0])
        self.assertEqual(self.intake.unsaved, 0)
        self.intake.put([tweet("2")])
        self.clock.advance(SPACING)
        with self.assertLogs("celebwire.reader.intake", "ERROR"):
            self.assertEqual(self.answer(), ["2"])

    def test_a_store_that_answers_is_no_problem_even_where_it_takes_nothing(self) -> None:
        self.intake.put([tweet("1")])
        self.save_fails(StoreUnavailable("database is locked"))
        self.clock.advance(RETRY)
        self.save_fails(ValueError("this one"))
        self.assertIsNone(self.intake.problem())

    def test_it_is_drained_when_everything_taken_is_stored(self) -> None:
        fired: list[object] = []
        self.intake.put([tweet("1")])
        self.intake.put([tweet("2")])
        self.intake.close()
        self.intake.drained().addCallback(fired.append)
        self.answer()
        self.assertEqual(fired, [])
        self.answer()
        self.assertEqual(fired, [None])
        self.intake.drained().addCallback(fired.append)
        self.assertEqual(fired, [None, None])


class Source:
    """A source's thread, doing one thing."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def ended(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._work()
        except IntakeClosed as error:
            self.error = error


def posts(count: int) -> Sequence[Post]:
    return [tweet(str(n)) for n in range(count)]
