"""`make run` hands its standard input on to the reader, and to each that is started after it."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import msgspec

from tests.broker.node import BrokerNode
from tests.deploy.deployment import Deployment
from tests.processes import command
from tests.running import get, until

POSTS = 40
READER = re.compile(r"^\S+ -m stream_reader$")


def line(number: int) -> bytes:
    """A post as X's stream has it."""
    return (
        msgspec.json.encode(
            {
                "data": {
                    "id": str(1_000 + number),
                    "author_id": "7",
                    "created_at": "2026-01-01T00:00:00.000Z",
                    "text": f"post {number}",
                },
                "includes": {"users": [{"id": "7", "name": "Ada", "username": "ada"}]},
            }
        )
        + b"\n"
    )


def settings(broker: BrokerNode) -> dict[str, str]:
    return {"CELEBWIRE_AMQP_URL": broker.url, "CELEBWIRE_SOURCES": "replay:-@max"}


def posts(run: Deployment) -> list[str]:
    """The ids of all posts, in the order in which they were stored."""
    status, body = get(
        f"http://127.0.0.1:{run.http_port}/updates?channel=all&cursor={epoch(run)}.0&wait=0&html=0"
    )
    assert status == 200, body
    return [event["id"] for event in msgspec.json.decode(body)["events"]]


def epoch(run: Deployment) -> str:
    _, body = get(f"http://127.0.0.1:{run.http_port}/updates?channel=all&wait=0")
    cursor: str = msgspec.json.decode(body)["cursor"]
    return cursor.partition(".")[0]


def reader(run: Deployment) -> int | None:
    """Its pid, once it is no longer one of the programs that become it."""
    return next((pid for pid in run.processes() if READER.search(command(pid))), None)


def test_a_pipe_is_read_in_order_across_restarts_of_the_reader_to_its_end(
    tmp_path: Path, broker: BrokerNode
) -> None:
    read_end, write_end = os.pipe()
    with (
        os.fdopen(read_end) as standard_input,
        os.fdopen(write_end, "wb", buffering=0) as pipe,
        Deployment(tmp_path, settings(broker), standard_input=standard_input) as run,
    ):
        ids = [str(1_000 + number) for number in range(POSTS)]
        pipe.write(b"".join(line(number) for number in range(10)))
        run.wait_until_ready()
        until(lambda: posts(run) == ids[:10])

        killed = reader(run)
        assert killed is not None
        os.kill(killed, signal.SIGSTOP)  # what is written from here on, it does not read
        pipe.write(b"".join(line(number) for number in range(10, 20)))
        os.kill(killed, signal.SIGKILL)
        until(lambda: reader(run) not in (None, killed))
        until(lambda: posts(run) == ids[:20])

        run.supervisorctl("stop", "celebwire:reader")
        pipe.write(b"".join(line(number) for number in range(20, POSTS)))
        pipe.close()
        run.supervisorctl("start", "celebwire:reader")
        until(lambda: posts(run) == ids)
        log = run.var / "log/reader.log"
        until(lambda: "replay finished: 20 posts, 0 dropped" in log.read_text())

        run.supervisorctl("restart", "celebwire:reader")  # there is nothing left
        until(lambda: "replay finished: 0 posts, 0 dropped" in log.read_text())
        assert posts(run) == ids
        assert run.end(signal.SIGINT) == 0


def test_a_file_is_read_on_from_where_the_reader_was(tmp_path: Path, broker: BrokerNode) -> None:
    file = tmp_path / "posts"
    file.write_bytes(b"".join(line(number) for number in range(POSTS)))
    with (
        file.open() as standard_input,
        Deployment(tmp_path, settings(broker), standard_input=standard_input) as run,
    ):
        run.wait_until_ready()
        until(lambda: len(posts(run)) == POSTS)
        run.supervisorctl("restart", "celebwire:reader")
        log = run.var / "log/reader.log"
        until(lambda: "replay finished: 0 posts, 0 dropped" in log.read_text())
        assert run.end() == 0


def test_without_that_source_nobody_holds_it(tmp_path: Path, broker: BrokerNode) -> None:
    """Or whoever writes into the pipe would never be told that nobody reads."""
    read_end, write_end = os.pipe()
    with (
        os.fdopen(read_end) as standard_input,
        os.fdopen(write_end) as _,
        Deployment(
            tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}, standard_input=standard_input
        ) as run,
    ):
        run.wait_until_ready()
        pipe = Path(f"/proc/{run.process.pid}/fd/0").readlink()
        for pid in run.processes() - {run.process.pid}:
            files = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
            assert pipe not in files, command(pid)
