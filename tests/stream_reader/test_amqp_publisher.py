"""One connection, with a real RabbitMQ and with peers that misbehave at each step."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pika.frame
import pika.spec as amqp
import pytest
from twisted.internet import reactor
from twisted.internet.defer import CancelledError
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from amqp_specs.notices import BadNotice, Notice, decode
from amqp_specs.topology import Exchange
from stream_reader import amqp_client, amqp_publisher
from stream_reader.amqp_frames import CLIENT_PROPERTIES
from stream_reader.amqp_publisher import AmqpConnector
from stream_reader.broker import BrokerRefused, BrokerUnreachable, Publisher
from tests.broker.node import BrokerNode
from tests.fakes.amqp_peer import (
    AmqpPeer,
    Deviation,
    PeerConnection,
    answer,
    hang_up,
    say_nothing,
    send,
)
from tests.fakes.sink import until
from tests.stream_reader.broker_ears import Ear, bind_queue, channel, take_all

EMPTY_CONTENT = pika.frame.Header(1, 0, amqp.BasicProperties()).marshal()
NOW = 1_700_000_000.9


def notice(seq: int) -> Notice:
    return Notice("tweet", str(10**18 + seq), seq, "nova")


class WithRabbitMQ(TestCase):
    timeout = 30

    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode) -> None:
        self.broker = broker
        self.url = broker.url
        self.exchange = Exchange(f"test.{secrets.token_hex(6)}")

    async def connect(self, ear: Ear, url: str | None = None) -> Publisher:
        connector = AmqpConnector(reactor, url or self.url, exchange=self.exchange, now=lambda: NOW)
        return await connector.connect(ear)

    async def test_notices_arrive_in_order_as_published_and_are_confirmed(self) -> None:
        queue = self.exchange.name
        await deferToThread(bind_queue, self.url, self.exchange.name, queue)
        ear = Ear()
        publisher = await self.connect(ear)
        tags = [publisher.publish(notice(seq)) for seq in range(1, 2001)]
        assert tags == list(range(1, 2001))
        await until(lambda: ear.confirmed() == set(tags))
        await publisher.close(1)
        messages = await deferToThread(take_all, self.url, queue)
        assert [decode(b, p.type) for p, b in messages] == list(map(notice, tags))
        properties = messages[0][0]
        assert properties.message_id == f"tweet:{10**18 + 1}"
        assert properties.timestamp == 1_700_000_000
        assert properties.delivery_mode == 2
        assert properties.content_type == "application/json"
        assert (ear.losses, ear.nacks) == ([], [])

    async def test_each_connection_counts_its_own_tags(self) -> None:
        first, second = Ear(), Ear()
        publishers = [await self.connect(first), await self.connect(second)]
        assert [p.publish(notice(1)) for p in publishers] == [1, 1]
        assert [p.publish(notice(2)) for p in publishers] == [2, 2]
        await until(lambda: first.confirmed() == second.confirmed() == {1, 2})
        for publisher in publishers:
            await publisher.close(1)

    async def test_what_fits_no_notice_is_refused_and_the_next_one_goes_through(self) -> None:
        ear = Ear()
        publisher = await self.connect(ear)
        with pytest.raises(BadNotice):
            publisher.publish(Notice("tweet", "x" * 300, 1, "nova"))
        assert publisher.publish(notice(1)) == 1
        await until(lambda: ear.confirmed() == {1})
        await publisher.close(1)

    async def refusal(self, url: str | None = None) -> str:
        with pytest.raises(BrokerRefused) as caught:
            await self.connect(Ear(), url)
        return str(caught.value)

    async def test_a_wrong_password_is_named_and_not_shown(self) -> None:
        text = await self.refusal(self.url.replace("guest:guest", "guest:top-secret"))
        assert "refuses user 'guest': ACCESS_REFUSED" in text
        assert "top-secret" not in text

    async def test_a_missing_virtual_host_is_named(self) -> None:
        text = await self.refusal(self.url.replace("/%2F", "/no%2Fsuch"))
        assert "refuses virtual host 'no/such': NOT_ALLOWED" in text

    async def test_an_exchange_of_another_type_is_named(self) -> None:
        with channel(self.url) as other:
            other.exchange_declare(self.exchange.name, "direct", durable=True)
        text = await self.refusal()
        assert f"refuses exchange {self.exchange.name}: PRECONDITION_FAILED" in text
        assert "current is 'direct'" in text

    async def test_an_exchange_deleted_under_the_publisher_ends_the_connection(self) -> None:
        ear = Ear()
        publisher = await self.connect(ear)
        await deferToThread(self.delete_exchange)
        publisher.publish(notice(1))
        await until(lambda: ear.losses)
        assert "closed the channel: NOT_FOUND" in ear.losses[0]
        assert len(ear.losses) == 1
        assert ear.refusals == [False], "the next connection declares it"

    async def test_a_user_who_may_not_write_is_refused_at_the_first_message(self) -> None:
        user = secrets.token_hex(4)
        await deferToThread(self.broker.control, "add_user", user, "top-secret")
        await deferToThread(self.broker.control, "set_permissions", user, ".*", "", ".*")
        ear = Ear()
        url = self.url.replace("guest:guest", f"{user}:top-secret")
        publisher = await self.connect(ear, url)
        publisher.publish(notice(1))
        await until(lambda: ear.losses)
        assert "closed the channel: ACCESS_REFUSED" in ear.losses[0]
        assert ear.refusals == [True]

    def delete_exchange(self) -> None:
        with channel(self.url) as other:
            other.exchange_delete(self.exchange.name)

    async def test_nobody_listening_is_connection_refused(self) -> None:
        with pytest.raises(BrokerUnreachable) as caught:
            await self.connect(Ear(), "amqp://guest:guest@127.0.0.1:1/%2F")
        assert str(caught.value) == "cannot be reached: connection refused"


class WithPeer(TestCase):
    timeout = 30

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(amqp_publisher, "STEP_SECONDS", 0.3)
        monkeypatch.setattr(amqp_client, "CUT_AFTER", 0.2)

    def setUp(self) -> None:
        self.ear = Ear()

    def peer(self, deviations: dict[str, Deviation] | None = None) -> AmqpPeer:
        peer = AmqpPeer(deviations)
        peer.listen(reactor)
        self.addCleanup(peer.stop)
        return peer

    async def connect(self, peer: AmqpPeer) -> Publisher:
        return await AmqpConnector(reactor, peer.url).connect(self.ear)

    async def failure(self, what: str, deviation: Deviation) -> str:
        """The text of the failure when a peer deviates; its connection must be gone after it."""
        peer = self.peer({what: deviation})
        with pytest.raises(BrokerUnreachable) as caught:
            await self.connect(peer)
        await until(lambda: peer.connections and not peer.connections[0].open)
        assert self.ear.losses == [], "it was never there"
        return str(caught.value)

    async def test_a_good_peer_sees_a_proper_login_and_goodbye(self) -> None:
        peer = self.peer()
        publisher = await self.connect(peer)
        publisher.publish(notice(7))
        await until(lambda: self.ear.acks == [(1, False)])
        await publisher.close(1)
        connection = peer.connections[0]
        await until(lambda: not connection.open)
        start_ok, tune_ok, open_, _, _, declare, _, close = connection.methods
        assert start_ok.client_properties == dict(CLIENT_PROPERTIES)
        assert start_ok.mechanism == "PLAIN"
        assert start_ok.response == "\0us@er\0p/ss:é".encode()
        assert (tune_ok.frame_max, tune_ok.heartbeat) == (131072, 10)
        assert open_.virtual_host == "v/hé"
        assert (declare.exchange, declare.type) == ("celeb.tweet_ids", "fanout")
        assert declare.durable
        assert close.reply_code == 200
        assert connection.names[3:5] == ["Channel.Open", "Confirm.Select"]
        assert decode(connection.bodies[0], "tweet") == notice(7)
        assert self.ear.losses == []

    async def test_silence_at_any_step_ends_in_time_and_names_the_step(self) -> None:
        for what, step in {
            "ProtocolHeader": "user 'us@er'",
            "Connection.StartOk": "user 'us@er'",
            "Connection.Open": "virtual host 'v/hé'",
            "Channel.Open": "a channel",
            "Confirm.Select": "publisher confirms",
            "Exchange.Declare": "exchange celeb.tweet_ids",
        }.items():
            text = await self.failure(what, say_nothing)
            assert text == f"gave no answer about {step} in 0 s"

    async def test_hanging_up_at_any_step_is_said(self) -> None:
        for what in (
            "connect",
            "ProtocolHeader",
            "Connection.StartOk",
            "Connection.Open",
            "Channel.Open",
            "Confirm.Select",
            "Exchange.Declare",
        ):
            text = await self.failure(what, hang_up)
            assert "closed the connection without a word, asked for" in text

    async def test_garbage_at_any_step_ends_the_connection(self) -> None:
        for garbage in (
            b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 200,
            b"\x00" * 64,
            b"\xff" * 6000,
            b"\x01\x00\x00\x00\x00\x00\x04\xff\xff\xff\xff\xce",  # no such method
            b"\x02\x00\x00\x00\x00\x00\x02\x00\x0a\xce",  # a header that nothing announced
            b"\x03\x00\x00\x00\x00\x00\x00\xce",  # a body that nothing announced
            b"\x01\x00\x00\x00\x00\x00\x00\xce",  # an empty method
        ):
            for what in ("connect", "Connection.Open", "Exchange.Declare"):
                text = await self.failure(what, send(garbage))
                assert re.search("sent what is not AMQP|gave no answer", text)

    async def test_a_server_that_wants_what_we_cannot_is_refused(self) -> None:
        cases: list[tuple[str, Deviation, str]] = [
            ("ProtocolHeader", answer(amqp.Connection.Start(mechanisms="EXTERNAL")), "EXTERNAL"),
            ("Connection.StartOk", answer(amqp.Connection.Secure("who?")), "more than PLAIN"),
            ("Connection.StartOk", answer(amqp.Connection.Tune(1, 100, 0)), "frames of 100 bytes"),
        ]
        for what, deviation, words in cases:
            assert words in await self.failure(what, deviation)

    async def test_a_close_that_will_pass_is_no_refusal(self) -> None:
        close = amqp.Connection.Close(541, "INTERNAL_ERROR - vhost is down", 0, 0)
        text = await self.failure("Connection.Open", answer(close))
        assert text == "closed the connection: INTERNAL_ERROR - vhost is down"

    async def test_a_server_without_a_frame_limit_gets_whole_messages(self) -> None:
        peer = self.peer({"Connection.StartOk": answer(amqp.Connection.Tune(0, 0, 0))})
        publisher = await self.connect(peer)
        publisher.publish(notice(1))
        await until(lambda: self.ear.acks)
        await publisher.close(1)

    async def test_cancelling_an_attempt_cuts_its_connection(self) -> None:
        peer = self.peer({"Connection.Open": say_nothing})
        attempt = AmqpConnector(reactor, peer.url).connect(self.ear)
        await until(lambda: peer.connections and "Connection.Open" in peer.connections[0].names)
        attempt.cancel()
        await self.assertFailure(attempt, CancelledError)
        await until(lambda: not peer.connections[0].open)

    # Once it is connected.

    async def loss(self, misbehave: Callable[[PeerConnection], object]) -> str:
        """What the listener is told when a connected peer misbehaves."""
        peer = self.peer({"Basic.Publish": say_nothing})
        self.ear = Ear()
        await self.connect(peer)
        misbehave(peer.connections[0])
        await until(lambda: self.ear.losses)
        await until(lambda: not peer.connections[0].open)
        assert len(self.ear.losses) == 1
        return self.ear.losses[0]

    async def test_every_way_to_end_is_told_once(self) -> None:
        deliver = pika.frame.Method(1, amqp.Basic.Deliver("tag", 1, False, "", "")).marshal()
        cases: list[tuple[Callable[[PeerConnection], object], str]] = [
            (lambda c: c.transport.loseConnection(), "closed the connection without a word"),
            (lambda c: c.transport.abortConnection(), "broke off the connection"),
            (
                lambda c: c.send(0, amqp.Connection.Close(320, "CONNECTION_FORCED - bye", 0, 0)),
                "closed the connection: CONNECTION_FORCED - bye",
            ),
            (
                lambda c: c.send(1, amqp.Channel.Close(404, "NOT_FOUND\n\x1b[31m", 0, 0)),
                "closed the channel: NOT_FOUND??[31m",
            ),
            (lambda c: c.transport.write(b"\x09" + b"\x00" * 99), "sent what is not AMQP"),
            (
                lambda c: c.transport.write(deliver + EMPTY_CONTENT),
                "delivers messages that nobody asked for",
            ),
        ]
        for misbehave, text in cases:
            assert text in await self.loss(misbehave)

    async def test_unasked_methods_do_not_end_the_connection(self) -> None:
        peer = self.peer()
        publisher = await self.connect(peer)
        connection = peer.connections[0]
        connection.send(0, amqp.Connection.Blocked("low on memory"))
        connection.send(0, amqp.Connection.Unblocked())
        connection.send(1, amqp.Channel.Flow(False))
        connection.send(1, amqp.Channel.Flow(True))
        connection.send(1, amqp.Basic.Cancel("tag"))
        connection.send(1, amqp.Basic.Return(312, "NO_ROUTE", "x", "y"))
        connection.transport.write(EMPTY_CONTENT)
        connection.send(1, amqp.Basic.Nack(1, False, True))
        publisher.publish(notice(1))
        await until(lambda: self.ear.acks)
        assert self.ear.blocks == ["low on memory", None, "channel.flow", None]
        assert self.ear.nacks == [(1, False)]
        assert connection.names.count("Channel.FlowOk") == 2
        assert self.ear.losses == []
        await publisher.close(1)

    async def test_abort_tells_the_reason_at_once(self) -> None:
        peer = self.peer()
        publisher = await self.connect(peer)
        publisher.abort("has confirmed nothing for 10 s")
        assert self.ear.losses == ["has confirmed nothing for 10 s"]
        await until(lambda: not peer.connections[0].open)

    async def test_close_does_not_wait_for_ever(self) -> None:
        peer = self.peer({"Connection.Close": say_nothing})
        publisher = await self.connect(peer)
        await publisher.close(0.1)
        await until(lambda: not peer.connections[0].open)
        assert self.ear.losses == []

    async def test_close_of_an_ended_connection_is_harmless(self) -> None:
        peer = self.peer()
        publisher = await self.connect(peer)
        publisher.abort("why not")
        await publisher.close(0.1)
