"""A fault in what one connection does, and what Tornado leaves of a socket's options."""

from __future__ import annotations

import socket
from unittest import mock

from tornado.testing import gen_test

from tests.tweet_store.posts import tweet
from tests.web_ui.raw_visitor import GET
from tests.web_ui.updates_case import UpdatesCase
from web_ui.listeners import VANISHED


class FaultTest(UpdatesCase):
    settings = {"idle_timeout": 1.0}  # noqa: RUF012

    @gen_test
    async def test_costs_one_connection_and_not_the_others(self) -> None:
        neighbour, victim = await self.visitor(), await self.visitor()
        await neighbour.send(GET % b"/updates?channel=all")
        await self.until(lambda: len(self.room) == 1)
        with mock.patch.object(self.site.door, "_serve", side_effect=RuntimeError("bug")):
            await victim.send(GET % b"/")
            assert await victim.rest() == b""
        self.expect_errors("a connection is ended")
        await self.arrive(tweet("1"))
        assert (await neighbour.answer()).seqs == [1]

    @gen_test
    async def test_does_not_stop_the_clock(self) -> None:
        victim = await self.visitor()
        with mock.patch.object(self.site.door, "expired", side_effect=RuntimeError("bug")):
            assert await victim.rest() == b""
        self.expect_errors("a connection is ended")
        assert await (await self.visitor()).rest() == b""  # at rest for too long


class SocketOptionsTest(UpdatesCase):
    @gen_test
    async def test_hold_for_a_connections_whole_life(self) -> None:
        visitor = await self.visitor()
        for target in ("/", "/updates?channel=all&wait=0&odd=1", "/healthz", "/nothing/here"):
            await visitor.get(target)
            (connection,) = self.site.connections.all()
            get = connection.sock.getsockopt
            assert get(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1, target
            assert get(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == VANISHED
            assert get(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
