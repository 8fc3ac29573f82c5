"""Visitors of two real web processes behind a real nginx, with the file that we write for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from settings import load
from tests.broker.node import BrokerNode
from tests.deploy.deployment import reserve_process_ports
from tests.deploy.nginx_front import Nginx
from tests.deploy.updates_streams import EventStream, WebSocket
from tests.running import ROOT, Running, end, get, kill, until
from tests.stream_reader.x_lines import v2
from tests.visitor import Visitor

AT_ONCE = 2.0
"""Seconds: ample for a busy machine, and far below what a buffer would hold an event back for."""


class TwoBehindNginx(Running):
    """Two web processes, a reader that takes lines as they are posted, and nginx."""

    def __init__(self, folder: Path, amqp_url: str, **environment: str) -> None:
        super().__init__(
            folder,
            amqp_url,
            CELEBWIRE_CONFIG=os.devnull,
            CELEBWIRE_WEB_PROCESSES="2",
            CELEBWIRE_PROCESS_PORT=str(reserve_process_ports(2)),
            **environment,
        )
        self.settings = load(self.environment)
        self.nginx = Nginx(self.settings)
        self.web: dict[int, subprocess.Popen[bytes]] = {}
        self.posted = 0
        """The seq of the newest post, for there is nothing else."""
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)

    def __enter__(self) -> TwoBehindNginx:
        with ExitStack() as opened:
            opened.push(super().__exit__)
            opened.callback(self._kill_web)
            self.start_what_ended()
            self.start_reader(f"replay:{self._pipe}@max")
            self._lines = opened.enter_context(self._pipe.open("wb", buffering=0))
            opened.enter_context(self.nginx)
            self.wait_until_ready(0, 1)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _kill_web(self) -> None:
        for process in self.web.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def start_what_ended(self) -> None:
        """The web processes that a test has left dead."""
        for number in (0, 1):
            if number not in self.web or self.web[number].poll() is not None:
                self.start_web(number)

    def wait_until_ready(self, *numbers: int) -> None:
        """Wait until the web processes reach store and broker."""
        for number in numbers:
            until(lambda number=number: get(f"{self.own_url(number)}/readyz")[0] == 200)  # type: ignore[misc]

    def has_all(self, number: int) -> bool:
        """Whether the web process has loaded whatever was posted."""
        _, body = get(f"{self.own_url(number)}/updates?channel=all&wait=0")
        cursor: str = msgspec.json.decode(body)["cursor"]
        return cursor.endswith(f".{self.posted}")

    def own_url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.settings.process_ports[number]}"

    def start_web(self, number: int) -> None:
        """Start the web process and wait until it answers at its own port."""
        with (self.folder / f"site_{number:02}.log").open("ab") as output:
            self.web[number] = subprocess.Popen(
                [sys.executable, "-m", "web_ui", str(number)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        until(lambda: get(f"{self.own_url(number)}/healthz")[0] == 200)

    def post(self, count: int = 1) -> None:
        """X sends so many more posts."""
        for _ in range(count):
            self.posted += 1
            id_ = str(10**18 + self.posted)
            line = v2({"id": id_, "text": f"post {self.posted}", "edit_history_tweet_ids": [id_]})
            self._lines.write(msgspec.json.encode(line) + b"\r\n")


class Watching(Visitor):
    """A visitor who notes whatever is no proper answer."""

    def __init__(self, url: str) -> None:
        self.failures: list[tuple[int, bytes]] = []
        super().__init__(url)

    def _poll(self, arguments: str) -> Any:
        status, body = get(f"{self._site_url}/updates?channel={self._channel}&{arguments}")
        if status != 200:
            self.failures.append((status, body))
            return None
        return msgspec.json.decode(body)


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, broker: BrokerNode
) -> Iterator[TwoBehindNginx]:
    folder = tmp_path_factory.mktemp("front")
    with TwoBehindNginx(folder, broker.url, CELEBWIRE_POLL_WAIT="1.5") as run:
        yield run


@pytest.fixture
def front(shared: TwoBehindNginx) -> TwoBehindNginx:
    """As it began, but for the posts of the tests before."""
    shared.start_what_ended()
    shared.wait_until_ready(0, 1)
    until(lambda: shared.has_all(0) and shared.has_all(1))
    return shared


def seqs(answer: dict[str, Any] | None) -> list[int]:
    assert answer is not None
    return [event["seq"] for event in answer["events"]]


def test_every_transport_brings_an_event_at_once(front: TwoBehindNginx) -> None:
    port = front.nginx.port
    poller = Watching(front.nginx.url)
    with EventStream(port, "channel=all") as stream, WebSocket(port, "channel=all") as web_socket:
        assert (stream.status, web_socket.status) == (200, 101)
        assert seqs(stream.next()) == seqs(web_socket.next()) == []
        before = front.posted
        for seq in range(before + 1, before + 4):
            front.post()
            began = time.monotonic()
            assert seqs(stream.next()) == [seq]
            assert seqs(web_socket.next()) == [seq]
            until(lambda seq=seq: seq in poller.seqs)  # type: ignore[misc]
            assert time.monotonic() - began < AT_ONCE
    poller.leave()
    assert poller.seqs == [before + 1, before + 2, before + 3]
    assert poller.failures == []


def test_a_poll_that_waits_as_long_as_it_may_is_answered(front: TwoBehindNginx) -> None:
    began = time.monotonic()
    status, body = get(f"{front.nginx.url}/updates?channel=all&wait=25")
    assert status == 200
    assert msgspec.json.decode(body)["events"] == []
    assert 1.4 < time.monotonic() - began < 1.5 + AT_ONCE


def test_all_visitors_of_one_killed_process_go_on_with_the_other(front: TwoBehindNginx) -> None:
    before = front.posted
    visitors = [Watching(front.nginx.url) for _ in range(6)]
    front.post(10)
    until(lambda: all(len(visitor.seqs) == 10 for visitor in visitors))
    kill(front.web[0])
    front.post(10)
    until(lambda: all(len(visitor.seqs) == 20 for visitor in visitors))
    front.start_web(0)
    front.wait_until_ready(0)
    kill(front.web[1])
    front.post(10)
    until(lambda: all(len(visitor.seqs) == 30 for visitor in visitors))
    for visitor in visitors:
        visitor.leave()
        assert visitor.seqs == list(range(before + 1, before + 31))
        assert visitor.verdicts == {"live"}


@pytest.mark.parametrize("transport", [EventStream, WebSocket])
def test_a_stream_that_breaks_goes_on_elsewhere_from_its_cursor(
    front: TwoBehindNginx, transport: Callable[[int, str], EventStream | WebSocket]
) -> None:
    with transport(front.nginx.port, "channel=all") as stream:
        stream.next()
        front.post()
        first = front.posted
        answer = stream.next()
        assert seqs(answer) == [first]
        for number in (0, 1):  # whichever has it
            kill(front.web[number])
            front.start_web(number)
        assert stream.next() is None
    assert answer is not None
    front.post(2)
    until(lambda: front.has_all(0))
    with transport(front.nginx.port, f"channel=all&cursor={answer['cursor']}") as stream:
        seen: list[int] = []
        while len(seen) < 2:
            seen += seqs(stream.next())
        assert seen == [first + 1, first + 2]


def test_processes_that_are_stopped_in_turn_are_not_missed(front: TwoBehindNginx) -> None:
    """What a rolling restart does. No visitor sees so much as one failed request."""
    before = front.posted
    visitors = [Watching(front.nginx.url) for _ in range(6)]
    posted = 0
    for number in (0, 1):
        front.post(5)
        status, seconds = end(front.web[number])
        assert (status, seconds < 5) == (0, True)
        front.post(5)
        posted += 10
        front.start_web(number)
        front.wait_until_ready(number)
        until(lambda posted=posted: all(len(v.seqs) == posted for v in visitors))  # type: ignore[misc]
    for visitor in visitors:
        visitor.leave()
        assert visitor.failures == []
        assert visitor.seqs == list(range(before + 1, before + posted + 1))


def test_one_address_has_so_many_open_streams_and_no_more(
    tmp_path: Path, broker: BrokerNode
) -> None:
    with TwoBehindNginx(tmp_path, broker.url, CELEBWIRE_MAX_CONNECTIONS_PER_ADDRESS="3") as front:
        port = front.nginx.port
        with (
            EventStream(port, "channel=all") as one,
            WebSocket(port, "channel=all") as two,
            EventStream(port, "channel=all") as three,
        ):
            assert (one.status, two.status, three.status) == (200, 101, 200)
            assert get(f"{front.nginx.url}/")[0] == 429
        until(lambda: get(f"{front.nginx.url}/")[0] == 200)
