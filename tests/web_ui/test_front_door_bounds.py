"""Past each bound of the front door: what visitors are told, what is counted, who is disturbed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.raw_visitor import GET, RawVisitor
from tests.web_ui.updates_case import UpdatesCase

POLL = GET % b"/updates?channel=all"
ROOT = Path(__file__).resolve().parents[2]


class BoundsCase(UpdatesCase):
    def refused(self, bound: str) -> float:
        return self.count("celebwire_refused_total", bound=bound)

    async def neighbour(self, **options: Any) -> RawVisitor:
        """Somebody who waits, and whom `undisturbed` asks how it was."""
        visitor = await self.visitor(**options)
        waiting = len(self.room)
        await visitor.send(POLL)
        await self.until(lambda: len(self.room) == waiting + 1)
        return visitor

    async def undisturbed(self, *neighbours: RawVisitor) -> None:
        await self.arrive(tweet(str(self.feed.latest + 1)))
        for neighbour in neighbours:
            answer = await neighbour.answer()
            assert (answer.status, answer.seqs) == (200, [self.feed.latest])

    async def told(self, visitor: RawVisitor, status: int, retry_after: str | None = None) -> None:
        """It gets this status and a reason, and the connection ends in good order."""
        answer = await visitor.answer()
        assert (answer.status, answer.last) == (status, True)
        assert answer.headers["Retry-After"] == retry_after
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json["error"]
        assert await visitor.rest() == b""


class ConnectionsTest(BoundsCase):
    settings = {"max_connections": 10}  # noqa: RUF012

    @gen_test
    async def test_one_connection_too_many_is_told_to_come_back(self) -> None:
        inside = [await self.neighbour() for _ in range(10)]
        for number in range(1, 4):
            outside = await self.visitor()
            await outside.send(POLL)
            await self.told(outside, 503, retry_after="5")
            assert self.refused("max_connections") == number
            outside.leave()
            await self.until(lambda: len(self.site.connections) == 10)
        inside[0].leave()
        await self.until(lambda: len(self.site.connections) == 9)
        inside[0] = await self.neighbour()
        await self.undisturbed(*inside)

    @gen_test
    async def test_of_a_crowd_only_some_are_told_and_all_are_counted(self) -> None:
        with mock.patch("web_ui.front_door.FAREWELLS", 3):
            inside = [await self.neighbour() for _ in range(10)]
            crowd = [await self.visitor() for _ in range(20)]
            await self.until(lambda: self.refused("max_connections") == 20)
            assert len(self.site.connections) == 13
            for visitor in crowd[:3]:
                await self.told(visitor, 503, retry_after="5")
            for visitor in crowd[3:]:
                assert await visitor.rest() == b""
            await self.undisturbed(*inside)
            for visitor in crowd:
                visitor.leave()
            await self.until(lambda: len(self.site.connections) == 10)


class ConnectionsOfAnAddressTest(BoundsCase):
    settings = {  # noqa: RUF012
        "max_connections_per_address": 3,
        "max_connections": 50,
        "trusted_proxies": ["127.0.0.9"],
    }

    @gen_test
    async def test_one_address_takes_so_many_and_the_next_is_let_in(self) -> None:
        inside = [await self.neighbour(source="127.0.0.2") for _ in range(3)]
        outside = await self.visitor(source="127.0.0.2")
        await self.told(outside, 429, retry_after="5")
        assert self.refused("max_connections_per_address") == 1
        inside.append(await self.neighbour(source="127.0.0.3"))
        outside.leave()
        inside[0].leave()
        await self.until(lambda: len(self.site.connections) == 3)
        inside[0] = await self.neighbour(source="127.0.0.2")
        await self.undisturbed(*inside)

    @gen_test
    async def test_a_trusted_proxy_may_have_more(self) -> None:
        await self.undisturbed(*[await self.neighbour(source="127.0.0.9") for _ in range(10)])

    @gen_test
    async def test_what_a_stranger_says_of_itself_is_not_believed(self) -> None:
        head = POLL[:-2] + b"X-Forwarded-For: 198.51.100.%d\r\n\r\n"
        for number in range(3):
            visitor = await self.visitor(source="127.0.0.2")
            await visitor.send(head % number)
        await self.until(lambda: len(self.room) == 3)
        assert self.site.connections.of_address("198.51.100.0") == 0
        await self.told(await self.visitor(source="127.0.0.2"), 429, retry_after="5")

    @gen_test
    async def test_one_address_does_not_fill_the_house_by_being_refused(self) -> None:
        """Nobody of the crowd ends its connection, however often it is told to."""
        neighbour = await self.neighbour(source="127.0.0.3")
        with mock.patch("web_ui.front_door.FAREWELLS", 8):
            for _ in range(200):
                await self.visitor(source="127.0.0.2")
            await self.until(lambda: self.refused("max_connections_per_address") == 197)
            assert self.site.connections.of_address("127.0.0.2") <= 3 + 8
            assert self.refused("max_connections") == 0
            late = await self.neighbour(source="127.0.0.4")
            await self.undisturbed(neighbour, late)


class HeadsTest(BoundsCase):
    settings = {  # noqa: RUF012
        "max_header_bytes": 2048,
        "max_body_bytes": 1024,
        "header_timeout": 0.4,
        "idle_timeout": 1.0,
        "max_channels": 3,
        "poll_wait": 1.0,
    }

    @gen_test
    async def test_a_head_that_is_too_large(self) -> None:
        neighbour = await self.neighbour()
        for number, sent in enumerate(
            [
                b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 2048 + b"\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\nX-Endless: " + b"x" * 100_000,
                b"GET /" + b"y" * 3000,
                GET % b"/healthz" + b"z" * 3000,
            ],
            1,
        ):
            visitor = await self.visitor()
            await visitor.send(sent)
            if b"healthz" in sent:
                assert (await visitor.answer()).status == 200
            await self.told(visitor, 431)
            assert self.refused("max_header_bytes") == number
        whole = await self.visitor()
        await whole.send(
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 1900 + b"\r\n\r\n"
        )
        assert (await whole.answer()).status == 200
        await self.undisturbed(neighbour)

    @gen_test
    async def test_a_head_that_does_not_come_to_its_end_however_slowly_it_comes(self) -> None:
        loop = asyncio.get_running_loop()
        still, slow, second = [await self.visitor() for _ in range(3)]
        await second.send(GET % b"/updates?channel=all&wait=0")
        assert (await second.answer()).status == 200
        began = loop.time()
        await still.send(b"GET / HTTP/1.1\r\nHo")
        await second.send(b"G")

        async def trickle() -> None:
            for byte in GET % (b"/" + b"x" * 2000):
                await slow.send(bytes([byte]))
                await asyncio.sleep(0.02)

        trickling = asyncio.ensure_future(trickle())
        for visitor in (still, slow, second):
            await self.told(visitor, 408)
        assert 0.3 < loop.time() - began < 3
        trickling.cancel()
        assert self.refused("header_timeout") == 3

    @gen_test
    async def test_a_body_that_is_too_large(self) -> None:
        neighbour = await self.neighbour()
        post = b"POST / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n"
        for number, sent in enumerate(
            [
                post % b"Content-Length: 1025",
                post % b"CONTENT-LENGTH:1025",
                post % (b"content-length: " + b"9" * 40),
                post % b"Content-Length: 200000" + b"x" * 200_000,
            ],
            1,
        ):
            visitor = await self.visitor()
            await visitor.send(sent)
            await self.told(visitor, 413)
            assert self.refused("max_body_bytes") == number, sent[:80]
        person = await self.visitor()
        await person.send(post % b"Content-Length: 1025\r\nAccept: text/html,*/*;q=0.8")
        answer = await person.answer()
        assert (answer.status, answer.last) == (413, True)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"<h1>That is too long</h1>" in answer.body
        whole = await self.visitor()
        await whole.send(post % b"Content-Length: 1024" + b"x" * 1024)
        assert (await whole.answer("POST")).status == 405
        await self.undisturbed(neighbour)

    @gen_test
    async def test_a_body_that_does_not_say_its_length_is_not_read(self) -> None:
        neighbour = await self.neighbour()
        for coding in (b"Transfer-Encoding: chunked", b"TRANSFER-encoding:  gzip, chunked"):
            visitor = await self.visitor()
            await visitor.send(
                b"POST / HTTP/1.1\r\nHost: a\r\n" + coding + b"\r\n\r\n5\r\nhello\r\n"
            )
            await self.told(visitor, 411)
        assert self.refused("body_length") == 2
        await self.undisturbed(neighbour)

    @gen_test
    async def test_a_body_that_does_not_come_ends_the_connection(self) -> None:
        visitor = await self.visitor()
        await visitor.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx")
        assert await visitor.rest() == b""
        await self.until(lambda: len(self.site.connections) == 0)

    @gen_test
    async def test_too_many_channels(self) -> None:
        many = ",".join(f"celeb:c{number}" for number in range(4))
        few = many.rpartition(",")[0]
        for number, path in enumerate(
            ["/updates?", "/updates?odd=1&", "/updates/sse?", "/updates/ws?"], 1
        ):
            visitor = await self.visitor()
            answer = await visitor.get(f"{path}channel={many}")
            assert (answer.status, answer.last) == (400, False)
            assert "3" in answer.json["error"]
            assert self.refused("max_channels") == number
            assert (await visitor.get(f"/updates?channel={few}&wait=0")).status == 200

    @gen_test
    async def test_a_wait_is_no_longer_than_is_allowed(self) -> None:
        loop = asyncio.get_running_loop()
        visitors = [await self.visitor() for _ in range(3)]
        began = loop.time()
        for visitor, wait in zip(visitors, (b"3600", b"999999999.9", b"3600&odd=1"), strict=True):
            await visitor.send(GET % (b"/updates?channel=all&wait=" + wait))
        for visitor in visitors:
            assert (await visitor.answer()).seqs == []
        assert 0.9 < loop.time() - began < 3
        assert self.count("celebwire_waits_shortened_total") == 3

    @gen_test
    async def test_who_asks_nothing_is_let_go(self) -> None:
        visitor = await self.visitor()
        assert await visitor.rest() == b""
        assert len(self.site.connections) == 0


SITE_OF_FEW_FILES = """
import asyncio, json, resource, sys, tempfile
from prometheus_client import CollectorRegistry
from tornado.netutil import bind_sockets
from settings import Settings
from tweet_store.store import TweetStore
from web_ui.site import Site

async def main(folder):
    store = TweetStore.open(f"sqlite:///{folder}/store.db")
    registry = CollectorRegistry()
    site = Site(Settings(var=folder), store, registry, lambda: None)
    listeners = bind_sockets(0, "127.0.0.1")
    await site.start(listeners)
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
    print(listeners[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        refused = registry.get_sample_value("celebwire_refused_total", {"bound": "open_files"})
        cpu = usage.ru_utime + usage.ru_stime
        print(json.dumps([cpu, refused, len(site.connections)]), flush=True)
    await site.stop()
    store.close()

with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
"""
"""Prints its port, then for each line that it reads: seconds of CPU, refusals, connections."""


def test_without_files_visitors_wait_at_the_door_and_the_process_rests() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CELEBWIRE_")}
    with subprocess.Popen(
        [sys.executable, "-c", SITE_OF_FEW_FILES],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())

        def state() -> tuple[float, float, int]:
            assert process.stdin is not None
            assert process.stdout is not None
            print(file=process.stdin, flush=True)
            cpu, refused, connections = json.loads(process.stdout.readline())
            return cpu, refused or 0, connections

        def poll(sock: socket.socket) -> bytes:
            sock.sendall(GET % b"/updates?channel=all&wait=0")
            return sock.recv(65536)

        visitors = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(100)]
        inside = state()[2]
        while inside == 0 or state()[1] == 0:
            inside = state()[2]
        assert 10 < inside < 60
        assert poll(visitors[0]).startswith(b"HTTP/1.1 200")
        before, refused, _ = state()
        visitors[99].settimeout(1.2)
        with suppress(TimeoutError):
            visitors[99].recv(1)
        after, later, _ = state()
        assert after - before < 0.6, "it spins"
        assert later - refused <= 4
        for visitor in visitors[:80]:
            visitor.close()
        visitors[99].settimeout(10)
        assert poll(visitors[99]).startswith(b"HTTP/1.1 200")
        for visitor in visitors[80:]:
            visitor.close()
        process.stdin.close()
        assert process.wait(20) == 0
