"""The connection to RabbitMQ: it comes back by itself, and says what is wrong meanwhile.

That it outlives a broker that is killed is in `test_web_processes.py`.
"""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable

import pytest

from tests.broker.node import BrokerNode
from tests.broker.ports import reserve_port
from web_ui.broker import Broker, Link


class Guest:
    """A tenant who only notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.link: Link | None = None

    def connected(self, link: Link) -> None:
        self.told.append("connected")
        self.link = link
        link.established()

    def disconnected(self) -> None:
        self.told.append("disconnected")

    def closing(self) -> None:
        self.told.append("closing")


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class BrokerTest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode) -> None:
        self.url = broker.url

    async def asyncSetUp(self) -> None:
        self.brokers: list[Broker] = []
        self.guests = Guest(), Guest()

    async def asyncTearDown(self) -> None:
        for broker in self.brokers:
            await broker.stop(2.0)

    def broker(self, url: str) -> Broker:
        made = Broker(url, asyncio.get_running_loop(), self.guests, lambda a, _: a)
        self.brokers.append(made)
        made.start()
        return made

    async def test_each_tenant_is_told_of_each_connection_and_of_its_end(self) -> None:
        broker = self.broker(self.url)
        await until(lambda: broker.problem() is None)
        for guest in self.guests:
            assert guest.told == ["connected"]
            assert guest.link is not None
        first = self.guests[0].link
        assert first is not None
        first.fail("of no use")
        first.fail("twice")
        assert "of no use" in (broker.problem() or "")
        await until(lambda: broker.problem() is None)
        assert self.guests[0].link is not first
        await broker.stop(2.0)
        for guest in self.guests:
            told = ["connected", "disconnected"]
            assert guest.told == [*told, "connected", "closing", "disconnected"]

    async def test_a_broker_that_is_away_is_tried_again_and_named(self) -> None:
        port = reserve_port()
        broker = self.broker(f"amqp://guest:hidden@127.0.0.1:{port}/%2F")
        await until(lambda: "127.0.0.1" in (broker.problem() or ""))
        assert broker.problem() == (
            f"RabbitMQ at 127.0.0.1:{port} cannot be used: Connection refused"
        )
        assert self.guests[0].told == []

    async def test_a_wrong_password_is_named_and_not_told(self) -> None:
        broker = self.broker(self.url.replace("guest:guest", "guest:hidden"))
        await until(lambda: "ACCESS_REFUSED" in (broker.problem() or ""))
        assert "hidden" not in (broker.problem() or "")

    async def test_a_peer_that_says_nothing_is_given_up(self) -> None:
        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("web_ui.broker.STEP_TIMEOUT", 0.2)
            broker = self.broker(f"amqp://guest:guest@127.0.0.1:{port}/%2F")
            await until(lambda: str(port) in (broker.problem() or ""))
            await broker.stop(1.0)
        server.close()
        await server.wait_closed()
