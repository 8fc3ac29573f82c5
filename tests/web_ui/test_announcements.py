"""What visitors wrote goes out in order, and leaves the outbox only when RabbitMQ has it."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable, Sequence
from typing import Any

import pika
import pytest
from prometheus_client import CollectorRegistry

from amqp_specs import notices
from amqp_specs.topology import Exchange
from tests.broker.node import BrokerNode
from tweet_store.database import StoreUnavailable
from tweet_store.model import Event
from web_ui.announcements import WINDOW, Announcements
from web_ui.broker import Broker, Link, Tenant
from web_ui.metrics import AnnouncementMetrics

MEMORY = "set_vm_memory_high_watermark"


class Ear:
    """A queue of somebody else's, with pika's blocking connection."""

    def __init__(self, url: str, exchange: Exchange) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel: Any = self.connection.channel()
        self.channel.exchange_declare(exchange.name, exchange.type, durable=exchange.durable)
        self.name = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.name, exchange.name)
        self.seqs: list[int] = []

    def listen(self) -> list[int]:
        """The seqs so far."""
        while True:
            method, properties, body = self.channel.basic_get(self.name, auto_ack=True)
            if method is None:
                return self.seqs
            assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
            self.seqs.append(notices.decode(body, properties.type, notices.COMMENTS).seq)


class Established:
    """A tenant without which the connection would be given up."""

    def connected(self, link: Link) -> None:
        link.established()

    def disconnected(self) -> None:
        pass

    def closing(self) -> None:
        pass


class AnnouncementsTest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode, request: pytest.FixtureRequest) -> None:
        self.node = broker
        self.exchange = Exchange(f"test.{request.node.name}")

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch
        monkeypatch.setattr("web_ui.announcements.SLOW_TIMER", 0.2)

    async def asyncSetUp(self) -> None:
        self.outbox: list[Event] = []
        self.reads = 0
        self.fail_to_mark = 0
        self.registry = CollectorRegistry()
        self.announcements = Announcements(
            self.exchange, self.unannounced, self.announced, AnnouncementMetrics(self.registry)
        )
        self.task = asyncio.create_task(self.announcements.run())
        self.broker = Broker(
            self.node.url,
            asyncio.get_running_loop(),
            [Established(), self.announcements.outlet],
            lambda a, _: a,
        )
        self.ear = Ear(self.node.url, self.exchange)

    async def asyncTearDown(self) -> None:
        self.task.cancel()
        await self.broker.stop(2.0)
        if self.ear.connection.is_open:
            self.ear.connection.close()

    async def unannounced(self, limit: int) -> Sequence[Event]:
        self.reads += 1
        return self.outbox[:limit]

    async def announced(self, seqs: Sequence[int]) -> None:
        if self.fail_to_mark:
            self.fail_to_mark -= 1
            raise StoreUnavailable("locked")
        self.outbox = [event for event in self.outbox if event.seq not in seqs]

    def write(self, *seqs: int) -> None:
        self.outbox += [Event(seq, "comment", f"c{seq}", "ada") for seq in seqs]
        self.announcements.wake()

    async def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    def count(self, name: str) -> float:
        return self.registry.get_sample_value(f"celebwire_discussion_{name}_total") or 0.0

    async def test_all_goes_out_in_order_however_much_was_left(self) -> None:
        self.write(*range(1, 3 * WINDOW + 8))
        self.broker.start()
        await self.until(lambda: not self.outbox)
        assert self.ear.listen() == list(range(1, 3 * WINDOW + 8))
        assert self.count("announced") == 3 * WINDOW + 7

    async def test_each_kind_has_its_form(self) -> None:
        self.broker.start()
        self.outbox = [
            Event(1, "comment", "c1", "ada"),
            Event(2, "comment_edit", "c1", "ada"),
            Event(3, "tag", "17", "ada"),
            Event(4, "untag", "17", "ada"),
            Event(5, "comment_delete", "c1", "ada"),
        ]
        self.announcements.wake()
        await self.until(lambda: not self.outbox)
        assert self.ear.listen() == [1, 2, 3, 4, 5]

    async def test_without_rabbitmq_the_outbox_is_left_in_peace(self) -> None:
        self.write(1)
        for _ in range(5):
            await asyncio.sleep(0)
        assert (self.reads, len(self.outbox)) == (0, 1)

    async def test_what_cannot_be_announced_does_not_stop_the_rest(self) -> None:
        self.outbox = [Event(1, "comment", "no comment's", "ada")]
        with self.assertLogs("celebwire.web.announcements", "ERROR"):
            self.broker.start()
            self.write(2)
            await self.until(lambda: not self.outbox)
        assert self.ear.listen() == [2]
        assert self.count("unannounceable") == 1

    async def test_a_store_that_cannot_be_used_is_tried_again(self) -> None:
        self.fail_to_mark = 2
        self.broker.start()
        with self.assertLogs("celebwire.web.announcements", "WARNING"):
            self.write(1)
            await self.until(lambda: not self.outbox)
        assert set(self.ear.listen()) == {1}

    async def test_a_deleted_exchange_is_made_again_and_nobody_else_is_disturbed(self) -> None:
        self.broker.start()
        self.write(1)
        await self.until(lambda: not self.outbox)
        link = self.broker._link
        self.ear.channel.exchange_delete(self.exchange.name)
        with self.assertLogs("celebwire.web.outlet", "WARNING") as logs:
            self.write(2)
            await self.until(lambda: not self.outbox)
        assert "NOT_FOUND" in logs.output[0]
        assert self.broker._link is link
        assert self.count("unconfirmed") >= 1
        assert self.announcements.problem() is None

    async def test_an_exchange_of_another_type_is_told_of(self) -> None:
        self.ear.channel.exchange_delete(self.exchange.name)
        self.ear.channel.exchange_declare(self.exchange.name, "direct")
        self.broker.start()
        with self.assertLogs("celebwire.web.outlet", "WARNING"):
            await self.until(lambda: "PRECONDITION_FAILED" in (self.announcements.problem() or ""))
        assert self.broker.problem() is None
        self.ear.channel.exchange_delete(self.exchange.name)
        self.write(1)
        await self.until(lambda: not self.outbox)
        assert self.announcements.problem() is None

    async def test_what_rabbitmq_refuses_is_announced_again(self) -> None:
        self.broker.start()
        await self.until(lambda: self.announcements.outlet.ready)
        # A full queue that takes nothing more: RabbitMQ sends a nack.
        full = {"x-max-length": 0, "x-overflow": "reject-publish"}
        channel = self.ear.channel
        queue = channel.queue_declare("", exclusive=True, arguments=full).method.queue
        channel.queue_bind(queue, self.exchange.name)
        self.write(1, 2)
        await self.until(lambda: self.count("unconfirmed") >= 4)
        assert [event.seq for event in self.outbox] == [1, 2]
        channel.queue_delete(queue)
        await self.until(lambda: not self.outbox)
        assert set(self.ear.listen()) == {1, 2}

    async def test_confirms_that_do_not_come_end_the_connection(self) -> None:
        self.patch.setattr("web_ui.announcements.CONFIRM_TIMEOUT", 0.2)
        self.broker.start()
        await self.until(lambda: self.announcements.outlet.ready)
        channel = self.announcements.outlet._channel
        assert channel is not None
        links = {id(self.broker._link)}
        self.patch.setattr(type(channel), "on_confirm", lambda *_: None)
        # What is registered is the method as it was: open the channel anew.
        with self.assertLogs("celebwire.web.broker", "WARNING") as logs:
            assert self.broker._link is not None
            self.broker._link.fail("to begin anew")
            await self.until(lambda: self.announcements.outlet.ready)
            links.add(id(self.broker._link))
            self.write(1)
            await self.until(lambda: any("no confirm in time" in line for line in logs.output))
        self.patch.undo()
        await self.until(lambda: not self.outbox)


def test_a_rabbitmq_that_is_short_of_memory_gets_all_later(
    own_broker: BrokerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads nothing meanwhile, and the connection is not given up for it."""
    monkeypatch.setattr("web_ui.announcements.SLOW_TIMER", 0.2)
    monkeypatch.setattr("web_ui.announcements.CONFIRM_TIMEOUT", 0.3)
    own_broker.start()
    exchange = Exchange("test.blocked")
    outbox = [Event(1, "comment", "c1", "ada")]

    async def unannounced(limit: int) -> Sequence[Event]:
        return outbox[:limit]

    async def announced(seqs: Sequence[int]) -> None:
        outbox[:] = [event for event in outbox if event.seq not in seqs]

    async def until(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.01)

    async def scenario() -> None:
        metrics = AnnouncementMetrics(CollectorRegistry())
        announcements = Announcements(exchange, unannounced, announced, metrics)
        tenants: list[Tenant] = [Established(), announcements.outlet]
        broker = Broker(own_broker.url, asyncio.get_running_loop(), tenants, lambda a, _: a)
        broker.start()
        task = asyncio.create_task(announcements.run())
        await until(lambda: not outbox)
        link = broker._link
        await asyncio.to_thread(own_broker.control, MEMORY, "0.000001")
        # RabbitMQ takes one more, says that it takes no more, and does not read the next.
        outbox.extend(Event(seq, "comment", f"c{seq}", "ada") for seq in (2, 3))
        announcements.wake()
        await until(lambda: "takes no messages" in (broker.problem() or ""))
        await asyncio.sleep(0.7)  # longer than the time-out, which is not to pass
        assert [event.seq for event in outbox] == [2, 3]
        await asyncio.to_thread(own_broker.control, MEMORY, "0.4")
        await until(lambda: not outbox)
        assert broker.problem() is None
        assert broker._link is link
        task.cancel()
        await broker.stop(2.0)

    asyncio.run(scenario())
