"""How many connections nginx opens to a web process while many visitors wait for news."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from tests.broker.node import BrokerNode
from tests.deploy.test_nginx import TwoBehindNginx
from tests.running import metric, until

VISITORS = 300
ESTABLISHED = "01"


class Poller:
    """A visitor's connection, kept from one long poll to the next, as a browser does."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._file = self._socket.makefile("rb")

    def ask(self, arguments: str) -> None:
        line = f"GET /updates?channel=all&html=0&{arguments} HTTP/1.1"
        self._socket.sendall(f"{line}\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def answer(self) -> bytes:
        """The body, once it is there."""
        assert b" 200 " in self._file.readline()
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def connections_to(ports: range) -> set[tuple[str, str]]:
    """Both ends of each connection to these ports, as the one who opened it has them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        (local, remote)
        for _, local, remote, state, *_ in rows
        if state == ESTABLISHED and int(remote.partition(":")[2], 16) in ports
    }


@contextmanager
def pollers(port: int) -> Iterator[list[Poller]]:
    with ExitStack() as opened:
        made = []
        for _ in range(VISITORS):
            made.append(Poller(port))
            opened.callback(made[-1].close)
        yield made


def test_when_all_have_asked_once_nearly_no_connection_is_opened(
    tmp_path: Path, broker: BrokerNode
) -> None:
    environment = {
        "CELEBWIRE_POLL_WAIT": "25",
        "CELEBWIRE_MAX_CONNECTIONS_PER_ADDRESS": str(2 * VISITORS),
    }
    with (
        TwoBehindNginx(tmp_path, broker.url, **environment) as front,
        pollers(front.nginx.port) as visitors,
    ):

        def all_wait() -> bool:
            waiting = [metric(front.own_url(number), "celebwire_waiting") for number in (0, 1)]
            return sum(waiting) == VISITORS

        ports = front.settings.process_ports
        arguments, opened = "", []
        for _ in range(5):
            before = connections_to(ports)
            for visitor in visitors:
                visitor.ask(arguments)
            until(all_wait)
            opened.append(len(connections_to(ports) - before))
            front.post()
            answers = [msgspec.json.decode(visitor.answer()) for visitor in visitors]
            (cursor,) = {answer["cursor"] for answer in answers}
            arguments = f"cursor={cursor}"
        first, *later = opened
        assert first >= VISITORS
        # Not always none: nginx may choose the other process, or another worker have asked it.
        assert sum(later) < first / 5, opened
