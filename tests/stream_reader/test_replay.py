from __future__ import annotations

import gzip
import logging
import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from settings import replay_parts
from stream_reader.clock import FromThread
from stream_reader.parsing import MAX_LINE
from stream_reader.replay import Pacer, ReplaySource
from tests.fakes.sink import FakeSink, RecordingDrops, until
from tests.stream_reader.x_lines import encode, v1, v2
from tweet_store.model import Post

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")

MAX = float("inf")
BEGAN = datetime(2026, 8, 1, 12, tzinfo=UTC)


def line(number: int, seconds: float = 0.0) -> bytes:
    """A post with this id, created so many seconds after the first."""
    created_at = (BEGAN + timedelta(seconds=seconds)).isoformat()
    return encode(v2({"id": str(number), "created_at": created_at})) + b"\n"


def test_posts_are_due_at_their_distance_from_the_first_divided_by_the_speed() -> None:
    clock = Clock()
    pacer = Pacer(10.0, clock.seconds)
    assert pacer.wait(BEGAN) == 0
    clock.advance(0.5)
    assert pacer.wait(BEGAN + timedelta(seconds=20)) == pytest.approx(1.5)
    assert pacer.wait(BEGAN + timedelta(seconds=5)) == 0
    assert pacer.wait(BEGAN - timedelta(days=400)) == 0
    clock.advance(10)
    assert pacer.wait(BEGAN + timedelta(seconds=20)) == 0


def test_with_max_everything_is_due() -> None:
    pacer = Pacer(MAX, Clock().seconds)
    pacer.wait(BEGAN)
    assert pacer.wait(BEGAN + timedelta(days=4000)) == 0


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("replay:a.ndjson", ("a.ndjson", 1.0)),
        ("replay:-", ("-", 1.0)),
        ("replay:dir@2/a.gz@max", ("dir@2/a.gz", MAX)),
        ("replay:a.gz@0.5", ("a.gz", 0.5)),
    ],
)
def test_path_and_speed_of_the_setting(source: str, expected: tuple[str, float]) -> None:
    assert replay_parts(source) == expected


@pytest.mark.parametrize(
    "source", ["replay:", "replay:@max", "replay:a@", "replay:a@0", "replay:a@-1"]
)
def test_a_setting_that_is_none(source: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        replay_parts(source)


class ReplayTest(TestCase):
    @pytest.fixture(autouse=True)
    def _fixtures(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self.tmp_path = tmp_path
        self.caplog = caplog

    def setUp(self) -> None:
        self.drops = RecordingDrops()
        self.sink = FakeSink()
        self.clock = Clock()

    def start(self, path: Path | str, speed: float = MAX) -> ReplaySource:
        source = ReplaySource(str(path), speed, self.drops, self.clock, cast(FromThread, reactor))
        source.start(self.sink)
        self.addCleanup(self.stop, source)
        return source

    async def stop(self, source: ReplaySource) -> None:
        """Must end within a second of real time, without the deadline's help."""
        began = time.monotonic()
        await source.stop()
        assert time.monotonic() - began < 1
        await until(lambda: source.name not in [thread.name for thread in threading.enumerate()])

    def file(self, content: bytes, name: str = "lines.ndjson") -> Path:
        path = self.tmp_path / name
        path.write_bytes(content)
        return path

    def fifo(self) -> Path:
        path = self.tmp_path / "fifo"
        os.mkfifo(path)
        return path

    async def finished(self) -> str:
        await until(lambda: any("finished" in message for message in self.caplog.messages))
        return next(message for message in self.caplog.messages if "finished" in message)

    async def test_a_file_is_replayed_once_in_order_and_bad_lines_are_counted(self) -> None:
        lines = [line(1), b"\r\n", b"rubbish\n", line(2), b'{"data": {}}\n', encode(v1(id_str="3"))]
        source = self.start(self.file(b"".join(lines)))
        assert await self.finished() == "replay finished: 3 posts, 2 dropped"
        assert self.sink.ids == ["1", "2", "3"]
        assert self.drops.reasons == {"not_json": 1, "no_id": 1}
        assert source.problem() is None

    async def test_posts_go_over_in_batches_of_up_to_500(self) -> None:
        self.start(self.file(b"".join(map(line, range(1, 1202)))))
        await self.finished()
        assert self.sink.puts == [500, 500, 201]
        assert self.sink.ids == [str(number) for number in range(1, 1202)]

    async def test_a_packed_file_of_several_members(self) -> None:
        packed = gzip.compress(line(1) + line(2)[:20]) + gzip.compress(line(2)[20:])
        self.start(self.file(packed, "any.name"))
        await self.finished()
        assert self.sink.ids == ["1", "2"]

    async def test_a_damaged_packed_file_gives_what_is_good(self) -> None:
        self.start(self.file(gzip.compress(line(1)) + b"\x1f\x8bgarbage"))
        assert await self.finished() == "replay finished: 1 posts, 1 dropped"
        assert self.drops.reasons == {"bad_gzip": 1}

    async def test_a_line_too_long_is_dropped_and_the_next_comes_through(self) -> None:
        self.start(self.file(b"x" * (3 * MAX_LINE) + b"\n" + line(1)))
        assert await self.finished() == "replay finished: 1 posts, 1 dropped"
        assert self.drops.reasons == {"too_long": 1}

    async def test_posts_come_at_their_pace(self) -> None:
        arrivals: list[float] = []
        put = self.sink.put_from_thread

        def timed_put(posts: Sequence[Post]) -> None:
            arrivals.append(time.monotonic())
            put(posts)

        self.sink.put_from_thread = timed_put  # type: ignore[method-assign]
        path = self.file(line(1) + line(2, 1.0) + line(3, 0.5) + line(4, 3.0))
        self.start(path, speed=10.0)
        await self.finished()
        assert self.sink.puts == [1, 2, 1]
        assert arrivals[1] - arrivals[0] >= 0.09
        assert arrivals[2] - arrivals[0] >= 0.29

    async def test_a_long_wait_for_a_posts_time_is_told_and_ends_at_once_on_stop(self) -> None:
        source = self.start(self.file(line(1) + line(2, 1e9)), speed=1.0)
        await until(lambda: any("is due in" in message for message in self.caplog.messages))
        assert self.sink.ids == ["1"]
        await self.stop(source)

    async def test_a_wait_of_hours_shows_as_a_problem_and_a_shorter_one_does_not(self) -> None:
        source = self.start(self.file(line(1) + line(2, 3500)), speed=1.0)
        await until(lambda: any("is due in" in message for message in self.caplog.messages))
        assert source.problem() is None
        path = self.file(line(1) + line(2, 1e9), "far.ndjson")
        far = self.start(path, speed=1.0)
        await until(far.problem)
        assert "waits for the time of its next post, 2058-04-09 13:46:40 UTC" in str(far.problem())

    async def test_a_named_pipe_serves_one_writer_after_another(self) -> None:
        path = self.fifo()
        source = self.start(path)
        for number in range(1, 40, 2):
            with path.open("wb", buffering=0) as writer:
                writer.write(line(number))
                writer.write(line(number + 1).rstrip(b"\n"))  # the end of the writer ends the line
            await until(lambda: len(self.sink.posts) == number + 1)  # noqa: B023
        assert self.sink.ids == [str(number) for number in range(1, 41)]
        assert sum(self.drops.reasons.values()) == 0
        await self.stop(source)

    async def test_a_named_pipe_hands_over_what_has_come_without_waiting(self) -> None:
        path = self.fifo()
        self.start(path)
        with path.open("wb", buffering=0) as writer:
            writer.write(line(1) + line(2)[:30])
            await until(lambda: self.sink.ids == ["1"])
            writer.write(line(2)[30:])
            await until(lambda: self.sink.ids == ["1", "2"])

    async def test_a_packed_writer_of_a_named_pipe(self) -> None:
        path = self.fifo()
        self.start(path)
        # Without a line end, only the end of the writer brings a post.
        contents = [gzip.compress(line(1).rstrip()), line(2).rstrip(), gzip.compress(line(3))[:-4]]
        for number, content in enumerate([*contents, line(4)]):
            with path.open("wb", buffering=0) as writer:
                writer.write(content)
            await until(lambda: len(self.sink.posts) > number)  # noqa: B023
            await until(lambda: number != 2 or self.drops.reasons)  # noqa: B023
        assert self.sink.ids == ["1", "2", "3", "4"]
        assert self.drops.reasons == {"bad_gzip": 1}

    async def test_waiting_for_a_writer_costs_no_processor_time_and_ends_at_once(self) -> None:
        path = self.fifo()
        source = self.start(path)
        with path.open("wb"):
            pass
        await until(lambda: True)
        before = time.process_time()
        started = time.monotonic()
        await until(lambda: time.monotonic() - started > 0.3)
        assert time.process_time() - before < 0.15
        await self.stop(source)

    async def test_stop_ends_a_read_of_a_silent_writer(self) -> None:
        path = self.fifo()
        source = self.start(path)
        with path.open("wb", buffering=0) as writer:
            writer.write(line(1))
            await until(lambda: self.sink.ids == ["1"])
            await self.stop(source)

    async def test_stop_ends_a_flood_of_rubbish(self) -> None:
        path = self.fifo()
        source = self.start(path)
        over = threading.Event()

        def flood() -> None:
            with path.open("wb", buffering=0) as writer:
                try:
                    while not over.is_set():
                        writer.write(b"rubbish\n" * 1000)
                except BrokenPipeError:
                    pass

        flooder = threading.Thread(target=flood)
        flooder.start()
        await until(lambda: self.drops.reasons["not_json"] > 1000)
        await self.stop(source)
        over.set()
        flooder.join(5)

    async def test_a_full_sink_holds_the_reading_back_and_its_closing_ends_it(self) -> None:
        self.sink.capacity = 600
        source = self.start(self.file(b"".join(map(line, range(1, 2001)))))
        await until(lambda: len(self.sink.posts) == 500)
        self.sink.widen(1000)
        await until(lambda: len(self.sink.posts) == 1000)
        self.sink.close()
        await self.stop(source)
        assert len(self.sink.posts) == 1000

    async def test_stop_fires_by_its_deadline_even_if_the_sink_never_lets_go(self) -> None:
        self.sink.capacity = 0
        source = self.start(self.file(line(1)))
        stopped = source.stop()
        await until(lambda: True)
        assert not stopped.called
        self.clock.advance(1)
        self.successResultOf(stopped)
        self.sink.close()

    async def test_standard_input(self) -> None:
        read_end, write_end = os.pipe()
        with patch("stream_reader.replay_input.STDIN", read_end):
            self.start("-")
            os.write(write_end, line(1))
            await until(lambda: self.sink.ids == ["1"])
            os.write(write_end, line(2).rstrip())
            os.close(write_end)
            assert await self.finished() == "replay finished: 2 posts, 0 dropped"
        os.close(read_end)

    async def test_what_cannot_be_read_is_a_problem_that_names_the_path(self) -> None:
        for path in (self.tmp_path / "missing", self.tmp_path):
            source = self.start(path)
            await until(source.problem)
            assert str(path) in (source.problem() or "")
            await self.stop(source)

    async def test_stop_before_start_and_twice(self) -> None:
        source = ReplaySource("x", MAX, self.drops, self.clock, cast(FromThread, reactor))
        self.successResultOf(source.stop())
        source = self.start(self.fifo())
        await self.stop(source)
        await self.stop(source)

    @needs_data
    async def test_the_real_replay(self) -> None:
        self.start(DATA / "mayweather_2017_v2.ndjson.gz")
        assert await self.finished() == "replay finished: 12118 posts, 0 dropped"
        assert len(set(self.sink.ids)) == 12118

    @needs_data
    async def test_the_real_capture(self) -> None:
        self.start(DATA / "x_stream_capture_2021.ndjson")
        assert await self.finished() == "replay finished: 7 posts, 1 dropped"
        assert self.drops.reasons == {"truncated": 1}
