"""The servers that are compared, each started for one measurement and pinned to one core.

    with start("nchan", broker, folder) as server:
        server.publish(n)      # event n of this run: its id is BASE + n

`ours` is run as an operator runs it: lines go into the reader, by way of the store and RabbitMQ to
the site. The others are sent each event, ready made and of the length of ours, over one WebSocket:
with a POST each, nginx and Tornado take one a turn of their loops, and that would be the limit. The
same visitors read them all alike (load/visitors.c).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import resource
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from settings import Settings
from tests.benchmarks.heads import Transport, head
from tests.benchmarks.lines import FIRST_ID, author_of, stream_line
from tests.benchmarks.machine import OTHERS, SERVER, on_core
from tests.benchmarks.programs import FLOOR
from tests.broker.node import BrokerNode
from tests.broker.ports import reserve_port
from tests.processes import with_descendants
from tests.running import ROOT, Running, get, until

Name = Literal["ours", "nchan", "demo", "floor"]
NAMES: tuple[Name, ...] = ("ours", "nchan", "demo", "floor")
PATHS: dict[Transport, str] = {"poll": "/updates", "sse": "/updates/sse", "ws": "/updates/ws"}
PUBLISHING_TIME = 5.0
"""Seconds that a server may take before it takes the next event."""


class Server(Protocol):
    """What the measurement needs of a server."""

    pid: int
    port: int
    waits: bool
    """Whether the first long poll is not answered at once."""

    def cursor(self, transport: Transport) -> str:
        """Where visitors find their cursor: an argument of load/visitors.c."""

    def request(self, transport: Transport, *, first: bool, minimal: bool, identity: bool) -> bytes:
        """The head with which a visitor comes for the first time, or comes back."""

    def publish(self, n: int) -> None:
        """Let event n out. Blocks at most PUBLISHING_TIME."""


@contextlib.contextmanager
def start(
    name: Name, broker: BrokerNode | None, folder: Path, *, html: bool, event_bytes: int
) -> Iterator[Server]:
    """One of them, on core SERVER, until the end of the `with`. `ours` needs the broker."""
    if name == "ours":
        assert broker is not None
        with Ours(broker, folder, html=html) as ours:
            yield ours
        return
    port = reserve_port()
    with contextlib.ExitStack() as stack:
        if name == "nchan":
            pid = stack.enter_context(_nginx(port, folder))
        elif name == "demo":
            command = [sys.executable, "-m", "tests.benchmarks.peers.tornado_demo", str(port)]
            pid = stack.enter_context(_process(command, port))
        else:
            pid = stack.enter_context(_process([str(FLOOR), str(port)], port))
        on_core(pid, SERVER)
        yield stack.enter_context(contextlib.closing(Peer(name, pid, port, event_bytes)))


class Ours:
    """Reader, store and site; RabbitMQ is there already."""

    waits = False

    def __init__(self, broker: BrokerNode, folder: Path, *, html: bool) -> None:
        self._html = html
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)
        many = {
            f"CELEBWIRE_{key.upper()}": "100000"
            for key in ("max_connections", "max_connections_per_address")
            if key in Settings.model_fields
        }
        self._running = Running(folder, broker.url, **many)
        self.port = self._running.site_port
        for pid in with_descendants(broker.pids):
            on_core(pid, OTHERS)

    def __enter__(self) -> Ours:
        try:
            self._running.start_reader(f"replay:{self._pipe}@max")
            self._running.start_site()
            until(lambda: get(f"{self._running.site_url}/readyz")[0] == 200)
        except BaseException:
            self._running.__exit__()
            raise
        assert self._running.site is not None
        assert self._running.reader is not None
        self.pid = self._running.site.pid
        on_core(self.pid, SERVER)
        on_core(self._running.reader.pid, OTHERS)
        self._out = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.__exit__()
        os.close(self._out)

    def cursor(self, transport: Transport) -> str:
        return "json"

    def request(self, transport: Transport, *, first: bool, minimal: bool, identity: bool) -> bytes:
        html = "" if self._html else "&html=0"
        now = "&wait=0" if first and transport == "poll" else ""
        cursor = "" if first else "&cursor=@CURSOR@"
        target = f"{PATHS[transport]}?channel=all{html}{now}{cursor}"
        return head(transport, f"127.0.0.1:{self.port}", target, minimal=minimal, identity=identity)

    def publish(self, n: int) -> None:
        write_all(self._out, stream_line(n))

    def event_bytes(self) -> int:
        """Bytes of one event's JSON, as the site gives it. Publishes event 0 for it."""
        cursor = self._running.poll("channel=all&wait=0")["cursor"]
        self.publish(0)
        html = "" if self._html else "&html=0"
        _, body = get(f"{self._running.site_url}/updates?channel=all{html}&cursor={cursor}")
        events = body.partition(b'"events":[')[2]
        assert msgspec.json.decode(body)["events"][0]["id"] == str(FIRST_ID), body
        return len(events) - len(b"]}")


class Peer:
    """A server to which events are sent ready made."""

    def __init__(self, name: Name, pid: int, port: int, event_bytes: int) -> None:
        self.name, self.pid, self.port = name, pid, port
        self.waits = name == "nchan"
        self._event_bytes = event_bytes
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PUBLISHING_TIME)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if name != "floor":
            self._socket.sendall(head("ws", f"127.0.0.1:{port}", "/publish", minimal=True))
            answer = self._socket.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101 "), answer
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    def cursor(self, transport: Transport) -> str:
        if self.name != "nchan":
            return "json"
        return "headers" if transport == "poll" else "line"

    def request(self, transport: Transport, *, first: bool, minimal: bool, identity: bool) -> bytes:
        host = f"127.0.0.1:{self.port}"
        target = PATHS[transport]
        more = ""
        if self.name == "nchan":
            if transport == "poll":
                more = "" if first else "@CURSOR@\r\n"
            else:
                more = "" if first else "Last-Event-ID: @CURSOR@\r\n"
            if transport == "ws":
                more += "Sec-WebSocket-Protocol: ws+meta.nchan\r\n"
        elif first:
            target += "?wait=0" if transport == "poll" else ""
        else:
            target += "?cursor=@CURSOR@"
        return head(transport, host, target, minimal=minimal, identity=identity, more=more)

    def publish(self, n: int) -> None:
        """In a WebSocket's frame, or to the floor in a POST. Answers are passed over."""
        event = peer_event(n, self._event_bytes)
        if self.name == "floor":
            event = b"POST /publish HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(event), event)
        else:
            event = _frame(event)
        write_all(self._socket.fileno(), event)
        with contextlib.suppress(BlockingIOError):
            assert self._socket.recv(1 << 20), f"{self.name} takes no more events"


def _frame(text: bytes) -> bytes:
    """A client's text frame, masked with zeros (RFC 6455, 5.2)."""
    size = len(text)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + text


def write_all(descriptor: int, data: bytes) -> None:
    """Write to what does not block. `TimeoutError` if it takes longer than PUBLISHING_TIME."""
    deadline = time.monotonic() + PUBLISHING_TIME
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [descriptor], [], left)[1]:
                raise TimeoutError("the server takes no more events") from None


def peer_event(n: int, size: int) -> bytes:
    """Event n of that many bytes, as ours look; where ours have a card, this has as much text."""
    event = {
        "seq": n + 1,
        "kind": "tweet",
        "id": str(FIRST_ID + n),
        "celeb": f"author{author_of(n)}",
    }
    left = size - len(msgspec.json.encode(event)) - len(',"html":""')
    if left > 0:
        event["html"] = "x" * left
    return msgspec.json.encode(event)


@contextlib.contextmanager
def _process(command: list[str], port: int) -> Iterator[int]:
    """A program that ends with its stdin; its pid, once the port is open."""
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
        try:
            until(lambda: _open(port))
            yield process.pid
        finally:
            process.kill()


@contextlib.contextmanager
def _nginx(port: int, folder: Path) -> Iterator[int]:
    """nginx on our configuration; the pid of its worker."""
    text = (Path(__file__).parent / "peers" / "nginx.conf").read_text()
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    filled = {"user": getpass.getuser(), "folder": folder, "port": port, "files": files - 100}
    for word, value in filled.items():
        text = text.replace(f"@{word}@", str(value))
    path = folder / "nginx.conf"
    path.write_text(text)
    log = folder / "nginx.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["/usr/sbin/nginx", "-e", "stderr", "-p", str(folder), "-c", str(path)],
            stdin=subprocess.DEVNULL,
            stderr=output,
        ) as master,
    ):
        try:
            workers: set[int] = set()

            def up() -> bool:  # the master listens before it has its worker
                workers.update(with_descendants([master.pid]) - {master.pid})
                return master.poll() is not None or (_open(port) and bool(workers))

            until(up)
            assert master.poll() is None, log.read_text()
            (worker,) = workers
            yield worker
        finally:
            master.terminate()
            try:
                master.wait(5)
            finally:
                for pid in with_descendants([master.pid]):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, 9)


def _open(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        time.sleep(0.02)
        return False
