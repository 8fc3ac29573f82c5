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
from amqp_specs.notices import Notice
from amqp_specs.topology import Exchange
from tests.broker.node import BrokerNode
from tests.broker.ports import reserve_port
from web_ui.metrics import QueueMetrics
from web_ui.tweet_queue import BIND_AGAIN, TweetQueue


class Publisher:
    """Any RabbitMQ user, with pika's blocking connection."""

    def __init__(self, url: str, exchange: Exchange) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel: Any = self.connection.channel()
        self.exchange = exchange

    def publish(self, seq: int) -> None:
        notice = Notice("tweet", str(seq), seq, "ada")
        message = notices.encode(notice, timestamp=0)
        self.send(message.body, "tweet")

    def send(self, body: bytes, kind: str | None) -> None:
        properties = pika.BasicProperties(type=kind)
        self.channel.basic_publish(self.exchange.name, "", body, properties)


class TweetQueueTest(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode, request: pytest.FixtureRequest) -> None:
        self.url = broker.url
        self.exchange = Exchange(f"test.{request.node.name}")

    async def asyncSetUp(self) -> None:
        self.queues: list[TweetQueue] = []

    async def asyncTearDown(self) -> None:
        for queue in self.queues:
            await queue.stop(2.0)

    def queue(
        self, url: str, bind_again: float = BIND_AGAIN
    ) -> tuple[TweetQueue, list[int], CollectorRegistry]:
        seqs: list[int] = []

        def on_notice(notice: Notice) -> None:
            seqs.append(notice.seq)
            if notice.seq == 666:
                raise RuntimeError("a fault of ours")

        registry = CollectorRegistry()
        loop = asyncio.get_running_loop()
        made = TweetQueue(
            url, self.exchange, on_notice, QueueMetrics(registry), loop, lambda a, _: a, bind_again
        )
        made.start()
        self.queues.append(made)
        return made, seqs, registry

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
        with self.assertLogs("celebwire.web.queue", "WARNING"):
            publisher.channel.exchange_declare(self.exchange.name, "direct", durable=True)
            await self.until(lambda: "PRECONDITION_FAILED" in (queue.problem() or ""))
        publisher.channel.exchange_delete(self.exchange.name)
        await self.until(lambda: queue.problem() is None)
        publisher.connection.close()

    async def test_notices_out_of_order_are_all_heard_and_counted_once(self) -> None:
        queue, seqs, _ = self.queue(self.url, bind_again=0.2)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        with self.assertLogs("celebwire.web.queue", "WARNING") as logs:
            for seq in (5, 8, 7, 7, 6, 9):
                publisher.publish(seq)
            await self.until(lambda: len(seqs) == 6 and bool(logs.output))
        assert "2 notices" in logs.output[0]
        publisher.connection.close()

    async def test_a_deleted_queue_is_declared_again(self) -> None:
        queue, seqs, registry = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        publisher = Publisher(self.url, self.exchange)
        attempt = queue._attempt
        assert attempt is not None
        attempt._channel.queue_delete(attempt._own.name)
        await self.until(lambda: registry.get_sample_value("celebwire_broker_connects_total") == 2)
        publisher.publish(3)
        await self.until(lambda: seqs == [3])
        publisher.connection.close()

    async def test_stopping_removes_the_queue(self) -> None:
        queue, _, _ = self.queue(self.url)
        await self.until(lambda: queue.problem() is None)
        attempt = queue._attempt
        assert attempt is not None
        await queue.stop(2.0)
        publisher = Publisher(self.url, self.exchange)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker):
            publisher.channel.queue_declare(attempt._own.name, passive=True)
        publisher.connection.close()

    async def test_a_broker_that_is_away_is_tried_again_and_named(self) -> None:
        port = reserve_port()
        queue, _, _ = self.queue(f"amqp://guest:hidden@127.0.0.1:{port}/%2F")
        await self.until(lambda: "127.0.0.1" in (queue.problem() or ""))
        assert queue.problem() == (
            f"RabbitMQ at 127.0.0.1:{port} cannot be used: Connection refused"
        )
        self.assertNotIn("hidden", queue.problem() or "")

    async def test_a_peer_that_says_nothing_is_given_up(self) -> None:
        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("web_ui.tweet_queue.STEP_TIMEOUT", 0.2)
            queue, _, _ = self.queue(f"amqp://guest:guest@127.0.0.1:{port}/%2F")
            await self.until(lambda: str(port) in (queue.problem() or ""))
            await queue.stop(1.0)
        server.close()
        await server.wait_closed()


def test_it_outlives_a_killed_broker(own_broker: BrokerNode) -> None:
    own_broker.start()

    async def scenario() -> None:
        registry = CollectorRegistry()
        seqs: list[int] = []
        exchange = Exchange("test.killed")
        loop = asyncio.get_running_loop()
        queue = TweetQueue(
            own_broker.url,
            exchange,
            lambda notice: seqs.append(notice.seq),
            QueueMetrics(registry),
            loop,
        )
        queue.start()
        async with asyncio.timeout(60):
            while queue.problem() is not None:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(own_broker.kill)
            while queue.problem() is None:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(own_broker.start)
            while queue.problem() is not None:
                await asyncio.sleep(0.01)
            publisher = Publisher(own_broker.url, exchange)
            publisher.publish(7)
            while seqs != [7]:
                await asyncio.sleep(0.01)
            publisher.connection.close()
        await queue.stop(2.0)

    asyncio.run(scenario())
