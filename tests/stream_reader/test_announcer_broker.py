"""The announcer and its publisher together: with a real RabbitMQ that is killed, and with peers
that misbehave. What is stored is announced, whatever happens on the way."""

from __future__ import annotations

import secrets
import time

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from amqp_specs.notices import decode
from amqp_specs.topology import TWEET_IDS, Exchange
from stream_reader import amqp_client, amqp_publisher
from stream_reader.amqp_publisher import AmqpConnector
from stream_reader.announcer import Announcer, State
from stream_reader.backoff import Backoff
from stream_reader.outflow import AnnouncerMetrics
from tests.broker.node import BrokerNode
from tests.fakes.amqp_peer import AmqpPeer, Deviation, hang_up, say_nothing, send
from tests.fakes.sink import until
from tests.stream_reader.announcer_fakes import HandStore
from tests.stream_reader.broker_ears import bind_queue, take_all

MEMORY = "set_vm_memory_high_watermark"


def announcer(
    url: str,
    store: HandStore,
    *,
    exchange: Exchange = TWEET_IDS,
    confirm_timeout: float = 10.0,
) -> Announcer:
    return Announcer(
        reactor,
        AmqpConnector(reactor, url, exchange=exchange),
        store.read,
        store.mark,
        Backoff(0.05, 0.5),
        AnnouncerMetrics(CollectorRegistry()),
        confirm_timeout=confirm_timeout,
    )


def seqs_in(url: str, queue: str) -> list[int]:
    return [decode(body, properties.type).seq for properties, body in take_all(url, queue)]


class WithRabbitMQ(TestCase):
    timeout = 100

    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode, own_broker: BrokerNode) -> None:
        self.broker = broker
        self.own_broker = own_broker

    async def test_all_that_is_stored_arrives_once_in_order_across_a_restart(self) -> None:
        exchange = Exchange(f"test.{secrets.token_hex(6)}")
        url = self.broker.url
        await deferToThread(bind_queue, url, exchange.name, exchange.name)
        store = HandStore()
        store.add(3000)
        await self.run_to_the_end(exchange, store)
        await self.run_to_the_end(exchange, store)
        seqs = await deferToThread(seqs_in, url, exchange.name)
        assert seqs == list(range(1, 5001))

    async def run_to_the_end(self, exchange: Exchange, store: HandStore) -> None:
        reader = announcer(self.broker.url, store, exchange=exchange)
        reader.start()
        await until(lambda: reader.problem() is None and store.marked == len(store.events), 30)
        store.add(1000)
        reader.wake()
        began = time.monotonic()
        await reader.stop()
        assert time.monotonic() - began < 3
        assert store.marked == len(store.events), "stop takes the confirms"

    async def test_stop_in_the_middle_of_connecting_ends_it(self) -> None:
        reader = announcer(self.broker.url, HandStore())
        reader.start()
        await reader.stop()
        assert reader.state == State.STOPPED

    async def test_a_broker_that_is_not_there_then_blocked_then_killed_gets_every_id(self) -> None:
        node, store, queue = self.own_broker, HandStore(), "every_id"
        reader = announcer(node.url, store)
        reader.start()
        self.addCleanup(reader.stop)
        refused = f"RabbitMQ at 127.0.0.1:{node.port} cannot be reached: connection refused"
        await until(lambda: (reader.problem() or "").startswith(refused), 30)

        await deferToThread(node.start)
        await until(lambda: reader.problem() is None, 30)
        await deferToThread(bind_queue, node.url, TWEET_IDS.name, queue)
        store.add(1000)
        reader.wake()
        await until(lambda: store.marked == 1000, 30)

        await deferToThread(node.control, MEMORY, "0.0000001")
        store.add(20_000)
        reader.wake()
        await until(lambda: "takes no messages for now: low on memory" in str(reader.problem()), 30)
        await deferToThread(node.control, MEMORY, "0.4")
        await until(lambda: reader.problem() is None and store.marked > 3000, 30)

        killed = deferToThread(node.kill)
        await until(reader.problem, 30)
        await killed
        assert store.marked < 15_000, "in mid-stream"
        store.add(500)
        reader.wake()
        await deferToThread(node.start)
        await until(lambda: store.marked == 21_500, 30)
        assert reader.problem() is None
        seqs = await deferToThread(seqs_in, node.url, queue)
        assert set(seqs) == set(range(1, 21_501))


class WithPeer(TestCase):
    timeout = 30

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(amqp_publisher, "STEP_SECONDS", 0.2)
        monkeypatch.setattr(amqp_client, "CUT_AFTER", 0.2)

    async def recovers(self, what: str, deviation: Deviation, problem: str) -> None:
        """The peer misbehaves, is named, is tried again, mends its ways and gets everything."""
        peer = AmqpPeer({what: deviation})
        peer.listen(reactor)
        store = HandStore()
        store.add(20)
        reader = announcer(peer.url, store, confirm_timeout=0.2)
        try:
            reader.start()
            await until(lambda: len(peer.connections) >= 2)
            await until(lambda: problem in str(reader.problem()), 30)
            assert store.marked == 0
            peer.deviations.clear()
            await until(lambda: store.marked == 20, 30)
            assert reader.problem() is None
            good = peer.connections[-1]
            assert [decode(b, "tweet").seq for b in good.bodies] == list(range(1, 21))
            await until(lambda: not any(c.open for c in peer.connections[:-1]))
        finally:
            await reader.stop()
            await peer.stop()

    def test_a_peer_that_accepts_and_says_nothing(self) -> Deferred[None]:
        return self.run_recovery("ProtocolHeader", say_nothing, "gave no answer about user")

    def test_a_peer_that_sends_garbage(self) -> Deferred[None]:
        garbage = send(b"\x09" + b"\x00" * 99)
        return self.run_recovery("ProtocolHeader", garbage, "sent what is not AMQP")

    def test_a_peer_that_hangs_up_in_the_handshake(self) -> Deferred[None]:
        return self.run_recovery("Connection.Open", hang_up, "without a word")

    def test_a_peer_that_never_confirms(self) -> Deferred[None]:
        return self.run_recovery("Basic.Publish", say_nothing, "has confirmed nothing for 0.2 s")

    def test_a_peer_that_hangs_up_at_the_first_message(self) -> Deferred[None]:
        return self.run_recovery("Basic.Publish", hang_up, "without a word")

    def run_recovery(self, what: str, deviation: Deviation, problem: str) -> Deferred[None]:
        return Deferred.fromCoroutine(self.recovers(what, deviation, problem))
