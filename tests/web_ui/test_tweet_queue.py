"""The site's queue on a real RabbitMQ: every process gets every id, and comes back by itself."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable
from typing import Any

import pika
import pytest
from prometheus_client import CollectorRegistry

from amqp_specs import notices
from amqp_specs.headcounts import BadHeadcount
from amqp_specs.notices import Notice, NoticeKind
from amqp_specs.topology import Exchange
from tests.broker.node import BrokerNode
from web_ui.broker import Broker
from web_ui.metrics import QueueMetrics
from web_ui.tweet_queue import BIND_AGAIN, TweetQueue


class Publisher:
    """Any RabbitMQ user, with pika's blocking connection."""

    def __init__(self, url: str, exchange: Exchange) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel: Any = self.connection.channel()
        self.exchange = exchange

    def publish(self, seq: int, kind: NoticeKind = "tweet") -> None:
        id_ = f"c{seq}" if kind.startswith("comment") else str(seq)
        message = notices.encode(Notice(kind, id_, seq, "ada"), timestamp=0)
        self.send(message.body, str(message.properties["type"]))

    def send(self, body: bytes, kind: str | None) -> None:
        properties = pika.BasicProperties(type=kind)
        self.channel.basic_publish(self.exchange.name, "", body, properties)


class TweetQueueTest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode, request: pytest.FixtureRequest) -> None:
        self.url = broker.url
        name = request.node.name
        self.exchange, self.comments = Exchange(f"test.{name}"), Exchange(f"comments.{name}")
        self.here = Exchange(f"here.{name}", durable=False)

    async def asyncSetUp(self) -> None:
        self.brokers: list[Broker] = []

    async def asyncTearDown(self) -> None:
        for broker in self.brokers:
            await broker.stop(2.0)

    def queue(
        self, url: str, bind_again: float = BIND_AGAIN
    ) -> tuple[Broker, list[int], CollectorRegistry]:
        seqs: list[int] = []
        self.bodies: list[bytes] = []
        self.consuming: list[int] = []

        def on_notice(notice: Notice) -> None:
            seqs.append(notice.seq)
            if notice.seq == 666:
                raise RuntimeError("a fault of ours")

        def on_other(body: bytes) -> None:
            if body == b"bad":
                raise BadHeadcount("bad")
            self.bodies.append(body)

        registry = CollectorRegistry()
        self.made = TweetQueue(
            {self.exchange: notices.POSTS, self.comments: notices.COMMENTS},
            lambda: self.consuming.append(1),
            on_notice,
            {self.here: on_other},
            QueueMetrics(registry),
            bind_again,
        )
        broker = Broker(url, asyncio.get_running_loop(), [self.made], lambda a, _: a)
        broker.start()
        self.brokers.append(broker)
        return broker, seqs, registry

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def test_every_process_gets_every_id(self) -> None:
        first, first_seqs, _ = self.queue(self.url)
        second, second_seqs, _ = self.queue(self.url)
        await self.until(lambda: first.problem() is None and second.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        for seq in range(1, 501):
            publisher.publish(seq)
        await self.until(lambda: len(first_seqs) == len(second_seqs) == 500)
        self.assertEqual(first_seqs, list(range(1, 501)))
        publisher.connection.close()

    async def test_what_is_no_notice_is_counted_and_the_next_is_heard(self) -> None:
        queue, seqs, registry = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        for body, kind in [
            (b"", "tweet"),
            (b"\xff{", "tweet"),
            (b'{"id":1}', "tweet"),
            (b"{}", None),
        ]:
            publisher.send(body, kind)
        with self.assertLogs("celebwire.web.queue", "ERROR"):
            publisher.publish(666)
            publisher.publish(2)
            await self.until(lambda: seqs == [666, 2])
        self.assertEqual(registry.get_sample_value("celebwire_bad_notices_total"), 4)
        publisher.connection.close()

    async def test_a_deleted_exchange_is_bound_again_though_another_made_it_anew(self) -> None:
        queue, seqs, registry = self.queue(self.url, bind_again=0.5)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        publisher.publish(1)
        await self.until(lambda: seqs == [1])
        publisher.channel.exchange_delete(self.exchange.name)
        publisher.channel.exchange_declare(self.exchange.name, self.exchange.type, durable=True)
        publisher.publish(2)  # to no queue
        later = iter(range(3, 1000))

        def heard() -> bool:
            publisher.publish(next(later))
            return len(seqs) > 1

        with self.assertLogs("celebwire.web.queue", "WARNING") as logs:
            await self.until(heard)
            await self.until(lambda: bool(logs.output))
        missed = seqs[1] - 2
        assert missed >= 1
        assert f"{missed} notices were late or did not come" in logs.output[0]
        # On the same connection and queue, which never were in trouble.
        assert queue.problem() is None
        assert registry.get_sample_value("celebwire_broker_connects_total") == 1
        publisher.connection.close()

    async def test_an_exchange_that_nobody_made_anew_is_made(self) -> None:
        queue, seqs, _ = self.queue(self.url, bind_again=0.05)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        self.addCleanup(publisher.connection.close)
        publisher.channel.exchange_delete(self.exchange.name)

        def heard() -> bool:
            try:
                publisher.publish(1)
                publisher.connection.process_data_events()
            except pika.exceptions.AMQPChannelError:  # there is no such exchange
                publisher.channel = publisher.connection.channel()
            return bool(seqs)

        await self.until(heard)

    async def test_an_exchange_of_another_type_is_told_of(self) -> None:
        queue, _, _ = self.queue(self.url, bind_again=0.5)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        publisher.channel.exchange_delete(self.exchange.name)
        with self.assertLogs("celebwire.web.broker", "WARNING"):
            publisher.channel.exchange_declare(self.exchange.name, "direct", durable=True)
            await self.until(lambda: "PRECONDITION_FAILED" in (queue.problem() or ""))
        publisher.channel.exchange_delete(self.exchange.name)
        await self.until(lambda: queue.problem() is None)
        publisher.connection.close()

    async def test_it_hears_what_visitors_wrote_and_who_is_here(self) -> None:
        queue, seqs, registry = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        posts, comments = Publisher(self.url, self.exchange), Publisher(self.url, self.comments)
        here = Publisher(self.url, self.here)
        for publisher in (posts, comments, here):
            self.addCleanup(publisher.connection.close)
        posts.publish(1)
        comments.publish(2, "comment")
        comments.publish(3, "comment_edit")
        comments.publish(4, "tag")
        comments.send(b'{"id":"1","seq":9,"celeb":"ada"}', "tweet")  # not by this exchange
        posts.send(b'{"id":"c1","seq":9,"celeb":"ada"}', "comment")
        here.send(b"bad", None)
        here.send(b"who is here", None)
        await self.until(lambda: len(seqs) == 4 and self.bodies == [b"who is here"])
        await self.until(lambda: registry.get_sample_value("celebwire_bad_notices_total") == 3)
        assert sorted(seqs) == [1, 2, 3, 4]

    async def test_notices_that_cross_are_all_heard_and_none_is_missed(self) -> None:
        queue, seqs, registry = self.queue(self.url, bind_again=0.1)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        self.addCleanup(publisher.connection.close)
        with self.assertLogs("celebwire.web.queue", "WARNING") as logs:
            for seq in (5, 8, 7, 7, 6, 9, 12):
                publisher.publish(seq)
            await self.until(lambda: len(seqs) == 7 and bool(logs.output))
        assert "2 notices" in logs.output[0]  # 10 and 11
        assert registry.get_sample_value("celebwire_notices_missed_total") == 2

    async def test_a_deleted_queue_is_declared_again(self) -> None:
        queue, seqs, registry = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        consumer = self.made._consumer
        assert consumer is not None
        consumer._channel.queue_delete(consumer._own.name)
        await self.until(lambda: registry.get_sample_value("celebwire_broker_connects_total") == 2)
        assert len(self.consuming) == 2
        publisher.publish(3)
        await self.until(lambda: seqs == [3])
        publisher.connection.close()

    async def test_stopping_removes_the_queue(self) -> None:
        queue, _, _ = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        consumer = self.made._consumer
        assert consumer is not None
        await queue.stop(2.0)
        publisher = Publisher(self.url, self.exchange)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker):
            publisher.channel.queue_declare(consumer._own.name, passive=True)
        publisher.connection.close()
