"""The visitors find what is lost, doubled, out of order; what is right they read, however cut.

They run with the compiler's checks for bad memory and undefined behaviour built in.
"""

from __future__ import annotations

import gzip
import random
import subprocess
from collections.abc import Sequence

import pytest

from tests.benchmarks.heads import TRANSPORTS, Transport, head
from tests.benchmarks.misbehaving_server import (
    BASE,
    MisbehavingServer,
    chunked,
    frame,
    packed,
    sized,
)
from tests.benchmarks.programs import LOAD, Crowd, Report, build

CHECKED = LOAD / "build/visitors-checked"


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    build("checked")


def crowd(
    server: MisbehavingServer,
    transport: Transport,
    clients: int,
    *,
    deaf: int = 0,
    restless: int = 0,
    seconds: int = 30,
) -> Crowd:
    def request(target: str) -> bytes:
        return head(transport, f"127.0.0.1:{server.port}", target)

    return Crowd(
        port=server.port,
        transport=transport,
        clients=clients,
        base=BASE,
        first=request("/updates?channel=all"),
        next_=request("/updates?channel=all&cursor=@CURSOR@"),
        cursor="json",
        events=16,
        program=CHECKED,
        deaf=deaf,
        restless=restless,
        seconds=seconds,
    )


def seen(
    server: MisbehavingServer,
    transport: Transport,
    events: int,
    *,
    clients: int = 3,
    seconds: float = 20,
) -> Report:
    """What the visitors report after events 0 to `events` - 1 were published."""
    with server, crowd(server, transport, clients) as visitors:
        visitors.ready()
        for n in range(events):
            visitors.publish(n, lambda _: None)
        server.go.set()
        return visitors.until(events, seconds)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_everything_once_and_in_order(transport: Transport) -> None:
    report = seen(MisbehavingServer(transport, [[0], [1, 2], [], [3]]), transport, 4)
    assert report.faultless
    assert (report.events, report.delivered) == (4, 12)
    assert len(report.to_last_us) == 4
    assert 0 < report.p50_us <= report.p99_us <= report.longest_us * 1.02 + 1
    assert max(report.to_last_us) == report.longest_us


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("answers", "missing", "doubled", "disordered"),
    [
        ([[0], [2, 3]], 1, 0, 0),
        ([[0, 1], [1, 2], [3]], 0, 1, 0),
        ([[0], [2], [1], [3]], 0, 0, 1),
        ([[0], [2], [1], [1], [2]], 1, 2, 1),
        ([[], [3, 2, 1, 0]], 0, 0, 3),
    ],
    ids=["lost", "doubled", "out of order", "all three", "backwards"],
)
def test_what_is_wrong_is_found(
    transport: Transport,
    answers: Sequence[Sequence[int]],
    missing: int,
    doubled: int,
    disordered: int,
) -> None:
    # Who has the last event has been sent all that comes before it.
    report = seen(MisbehavingServer(transport, [*answers, [4]]), transport, 5)
    assert not report.faultless
    found = (report.missing, report.doubled, report.disordered)
    assert found == (3 * missing, 3 * doubled, 3 * disordered)


def test_an_event_that_nobody_published_is_found() -> None:
    report = seen(MisbehavingServer("sse", [[0, 9], [1]]), "sse", 2)
    assert (report.foreign, report.delivered) == (3, 6)
    assert not report.faultless


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_answers_may_come_in_pieces(transport: Transport, pieces: int) -> None:
    answers = [[0], [1, 2], [3]]
    report = seen(MisbehavingServer(transport, answers, pieces=pieces), transport, 4, clients=2)
    assert report.faultless


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_a_long_poll_s_answer_may_come_in_chunks(pieces: int) -> None:
    server = MisbehavingServer("poll", [[0], [1, 2], [3]], wrap=chunked, pieces=pieces)
    assert seen(server, "poll", 4, clients=2).faultless


@pytest.mark.parametrize("events", [1, 3, 16])
def test_a_long_poll_s_answer_may_be_packed(events: int) -> None:
    answers = [[0], list(range(1, events))] if events > 1 else [[0]]
    report = seen(MisbehavingServer("poll", answers, wrap=packed), "poll", events)
    assert report.faultless, report.why


@pytest.mark.parametrize("level", range(10))
def test_all_of_gzip_s_forms_are_unpacked(level: int) -> None:
    noise = random.Random(level).randbytes(3000).hex()

    def pack(text: bytes) -> bytes:
        longer = text[:-1] + f',"more":"{noise}{"again and " * 7000}{noise}"}}'.encode()
        return sized(gzip.compress(longer, level, mtime=0), "Content-Encoding: gzip\r\n")

    report = seen(MisbehavingServer("poll", [[0], [1, 2]], wrap=pack), "poll", 3)
    assert report.faultless, report.why


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_package_is_told_and_harms_nobody(seed: int) -> None:
    chance = random.Random(seed)

    def break_(text: bytes) -> bytes:
        data = bytearray(gzip.compress(text * 20, mtime=0))
        for _ in range(3):
            data[chance.randrange(10, len(data))] ^= 1 << chance.randrange(8)
        return sized(bytes(data), "Content-Encoding: gzip\r\n")

    report = seen(MisbehavingServer("poll", [[0]], wrap=break_), "poll", 1, clients=1, seconds=0.3)
    assert report.why in ("no gzip", "")


def test_the_cursor_of_an_answer_goes_into_the_next_poll() -> None:
    server = MisbehavingServer("poll", [[0], [1]])
    assert seen(server, "poll", 2, clients=1).faultless
    cursors = [request.split(b" ")[1].partition(b"cursor=")[2] for request in server.requests]
    assert cursors[:3] == [b"", b"e.0", b"e.1"]


def test_who_was_cut_off_comes_back_with_the_cursor() -> None:
    server = MisbehavingServer("ws", [[0]], raw=frame(b"\x03\xe9", opcode=8))
    report = seen(server, "ws", 1, clients=2)
    assert report.missing == 0
    with MisbehavingServer("ws", [[0], [1]], raw=frame(b"", opcode=8)) as server:  # noqa: SIM117
        with crowd(server, "ws", 1) as visitors:
            visitors.ready()
            for n in range(3):
                visitors.publish(n, lambda _: None)
            server.go.set()
            report = visitors.until(3, 3)
    assert report.lost_connections > 0
    assert report.doubled > 0  # for this server begins anew, whatever the cursor
    assert server.requests[1].split(b" ")[1] == b"/updates?channel=all&cursor=e.2"


def test_the_restless_leave_and_come_back_and_the_deaf_are_not_judged() -> None:
    server = MisbehavingServer("sse", [[0], [1]])
    with server, crowd(server, "sse", 6, deaf=2, restless=2) as visitors:
        visitors.publish(0, lambda _: None)
        visitors.publish(1, lambda _: None)
        server.go.set()
        visitors.ready()
        report = visitors.until(3, 3)
        assert report.delivered == 4 * 2
        assert report.missing == 4  # event 2 never came, to the four who read
        assert report.left > 0
        away = 2  # at most
        assert 6 + report.left - away <= len(server.requests) <= 6 + report.left


def test_what_cannot_be_read_is_told() -> None:
    report = seen(MisbehavingServer("ws", [], raw=b"\xc1\x00"), "ws", 1, clients=1, seconds=1)
    assert report.bad > 0
    assert "compressed" in report.why
    server = MisbehavingServer("poll", [[0]], wrap=lambda _: b"HTTP/1.1 503 Down\r\n\r\n")
    report = seen(server, "poll", 1, clients=1, seconds=1)
    assert (report.missing, report.why) == (1, "status 503")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--clients", "0"], "--clients must be 1 to"),
        (["--transport", "pigeon"], "--transport cannot be pigeon"),
        (["--port", "70000"], "--port must be"),
        (["--port"], "an option lacks its value"),
        (["--colour", "red"], "no such option"),
        ([], "must be given"),
    ],
)
def test_a_wrong_command_line_is_refused(options: list[str], said: str) -> None:
    ended = subprocess.run(
        [CHECKED, *options], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 2
    assert said in ended.stderr


def test_they_end_with_their_time() -> None:
    with MisbehavingServer("sse", []) as server, crowd(server, "sse", 1, seconds=1) as visitors:
        assert visitors.process.wait(10) == 3
