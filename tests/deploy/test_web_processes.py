"""Several web processes on one port, under `python -m deploy`."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.node import BrokerNode
from tests.deploy.deployment import Deployment
from tests.processes import command, gone, listening
from tests.running import get, metric, until
from tests.visitor import Visitor


def two(broker: BrokerNode) -> dict[str, str]:
    return {"CELEBWIRE_WEB_PROCESSES": "2", "CELEBWIRE_AMQP_URL": broker.url}


def web_processes(run: Deployment) -> dict[int, int]:
    """The pid of each web process that runs, by its number."""
    found = {}
    for pid in run.processes():
        if match := re.search(r"-m web_ui (\d+)$", command(pid)):
            found[int(match[1])] = pid
    return found


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, broker: BrokerNode) -> Iterator[Deployment]:
    """For tests that leave it as it is."""
    with Deployment(tmp_path_factory.mktemp("lasting"), two(broker)) as run:
        run.wait_until_ready()
        yield run
        processes = run.processes()
        assert run.end() == 0
        gone(processes, 1)


def test_each_listens_on_the_shared_port_and_alone_on_its_own(lasting: Deployment) -> None:
    assert "the reader and 2 web processes" in lasting.said
    pids = web_processes(lasting)
    assert set(pids) == {0, 1}
    for number, pid in pids.items():
        own = ("127.0.0.1", lasting.process_port + number)
        assert listening([pid]) == {("127.0.0.1", lasting.http_port), own}
        assert get(f"http://127.0.0.1:{own[1]}/readyz")[0] == 200
    status = lasting.supervisorctl("status")
    for name in ("celebwire:reader", "celebwire:site_00", "celebwire:site_01"):
        assert re.search(rf"^{name} +(RUNNING|STARTING)", status, re.MULTILINE), status
    for name in ("site_00.log", "site_01.log"):
        assert (lasting.var / "log" / name).exists()


def test_the_visitors_are_shared_out(lasting: Deployment) -> None:
    for _ in range(40):
        get(f"http://127.0.0.1:{lasting.http_port}/updates?channel=all&wait=0")
    shares = [
        metric(f"http://127.0.0.1:{lasting.process_port + number}", "celebwire_answers_total")
        for number in (0, 1)
    ]
    assert sum(shares) == 40
    assert min(shares) >= 5  # by chance about once in five million runs


def test_one_is_killed_and_the_visitors_of_both_lose_nothing(
    tmp_path: Path, broker: BrokerNode
) -> None:
    with Deployment(tmp_path, two(broker)) as run:
        run.wait_until_ready()
        visitors = [Visitor(f"http://127.0.0.1:{run.http_port}") for _ in range(4)]
        killed = web_processes(run)[1]
        until(lambda: all(visitor.events for visitor in visitors))
        os.kill(killed, signal.SIGKILL)
        until(lambda: web_processes(run).get(1, killed) != killed)
        until(lambda: "site_01 (terminated by SIGKILL)" in run.said)
        lose_nothing(visitors)


def test_a_rolling_restart_is_not_noticed_by_visitors(tmp_path: Path, broker: BrokerNode) -> None:
    with Deployment(tmp_path, two(broker)) as run:
        run.wait_until_ready()
        visitors = [Visitor(f"http://127.0.0.1:{run.http_port}") for _ in range(4)]
        before = web_processes(run)
        until(lambda: all(visitor.events for visitor in visitors))
        done = run.deploy("restart")
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(
            r"site_00 is ready again after \S+ s\.\nsite_01 is ready again after \S+ s\.\n",
            done.stdout,
        )
        after = web_processes(run)
        assert set(after) == {0, 1}
        assert not set(after.values()) & set(before.values())
        assert "Ended" not in run.said, "what was told to stop is no news"
        lose_nothing(visitors)


def test_one_that_does_not_come_up_is_told_in_a_line(tmp_path: Path, broker: BrokerNode) -> None:
    """Its port is taken between the check and the start, which is when nobody else can tell."""
    with Deployment(tmp_path, two(broker)) as run:
        until(lambda: "Starting " in run.said)
        # Loopback has a whole network: this does not stand in the way of the check before.
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            thief.bind(("127.0.0.1", run.process_port + 1))
            thief.listen()
            assert run.status() == 1
        (line,) = [line for line in run.said.splitlines() if line.startswith("The site")]
        assert line.startswith("The site does not come up: “")
        assert str(run.var / "log/site_01.log") in line
        gone(run.processes(), 1)


def lose_nothing(visitors: list[Visitor]) -> None:
    """All of them have gone on to see the same events, each once and in order."""
    counts = [len(visitor.events) for visitor in visitors]
    until(lambda: all(len(v.events) > c + 3 for v, c in zip(visitors, counts, strict=True)))
    for visitor in visitors:
        visitor.leave()
        first = visitor.seqs[0]
        assert visitor.seqs == list(range(first, first + len(visitor.seqs)))
        assert visitor.verdicts == {"live"}
