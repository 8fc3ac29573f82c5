"""Looking over the waiting room, and telling of it only what can be told."""

from __future__ import annotations

import asyncio
from typing import cast
from unittest import mock

import pytest
from tornado.testing import gen_test

from amqp_specs import headcounts, topology
from amqp_specs.headcounts import BadHeadcount
from tests.web_ui.raw_visitor import GET
from tests.web_ui.updates_case import UpdatesCase
from web_ui import here as module
from web_ui.here import CONFIRM_TIMEOUT, Here
from web_ui.outlet import Outlet
from web_ui.presence import TELL_EVERY, Presence


class HereTest(UpdatesCase):
    async def _wait_for(self, *channels: str) -> None:
        before = len(self.room)
        for channel in channels:
            visitor = await self.visitor()
            await visitor.send(GET % f"/updates?channel={channel}".encode())
        await self.until(lambda: len(self.room) == before + len(channels))

    @gen_test
    async def test_it_counts_threads_and_rooms_slice_by_slice(self) -> None:
        await self._wait_for(*(f"room:c{n},celeb:c{n}" for n in range(20)))
        await self._wait_for("thread:7", "thread:7,all", "tag:x", "all")
        for size in (1, 7, 1000):
            with mock.patch.object(module, "SLICE", size):
                found = await self.site.here._look()
            assert found == {"thread:7": 2, **{f"room:c{n}": 1 for n in range(20)}}

    @gen_test
    async def test_without_rabbitmq_they_are_our_own(self) -> None:
        await self._wait_for("room:ada", "room:ada")
        assert self.site.presence.count("room:ada") == 2
        assert not self.site.here.outlet.ready

    @gen_test
    async def test_what_others_say_is_heard_and_what_is_no_headcount_refused(self) -> None:
        self.site.here.heard(headcounts.encode("ab" * 8, {"room:ada": 4}))
        assert self.site.presence.count("room:ada") == 4
        for bad in (b"", b"{}", b'{"process":"x","here":{}}'):
            with pytest.raises(BadHeadcount):
                self.site.here.heard(bad)
        assert self.site.presence.count("room:ada") == 4


class _Silent:
    """An outlet to a RabbitMQ that takes everything and confirms nothing."""

    ready = True

    def __init__(self) -> None:
        self.blocked = False
        self.given_up = 0
        self.told: list[asyncio.Future[bool]] = []

    def publish(self, _body: bytes, _properties: object) -> asyncio.Future[bool]:
        self.told.append(asyncio.get_running_loop().create_future())
        return self.told[-1]

    def give_up(self) -> None:
        self.given_up += 1
        self.told[-1].set_result(False)


class ConfirmTest(UpdatesCase):
    @gen_test
    async def test_what_is_never_confirmed_is_told_anew(self) -> None:
        time, outlet = 0.0, _Silent()
        presence = Presence("ab" * 8, lambda: time, self.room.count)
        here = Here(topology.HERE, self.room, presence, lambda: time)
        here.outlet = cast(Outlet, outlet)
        looks = mock.Mock(wraps=presence.look)

        async def looked() -> None:
            before = looks.call_count
            await self.until(lambda: looks.call_count >= before + 2)

        with (
            mock.patch.object(module, "LOOK_EVERY", 0.001),
            mock.patch.object(presence, "look", looks),
        ):
            running = asyncio.create_task(here.run())
            await self.until(lambda: len(outlet.told) == 1)
            time += CONFIRM_TIMEOUT - 1
            await looked()
            assert (outlet.given_up, len(outlet.told)) == (0, 1)
            outlet.blocked = True
            time += CONFIRM_TIMEOUT
            await looked()
            outlet.blocked = False
            time += CONFIRM_TIMEOUT - 1
            await looked()
            assert (outlet.given_up, len(outlet.told)) == (0, 1)
            time += CONFIRM_TIMEOUT + TELL_EVERY
            await self.until(lambda: len(outlet.told) == 2)
            assert outlet.given_up == 1
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
