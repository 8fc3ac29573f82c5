"""A hundred thousand long polls that are abandoned leave nothing behind."""

from __future__ import annotations

import asyncio
import sys
from unittest import mock

from tornado.testing import gen_test

from tests.web_ui.updates_case import UpdatesCase
from web_ui.waiting_room import WaitingRoom

POLLS, WARM_UP = 100_000, 10_000

# Every fourth leaves in order, the others vanish; all at once, while some are not read yet. What is
# remembered of requests is full after the warm-up.
LEAVE = """
import socket, struct, sys
port, polls = int(sys.argv[1]), int(sys.argv[2])
gone = struct.pack("ii", 1, 0)
request = b"GET /updates?channel=%b HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
for first in range(0, polls, 500):
    visitors = [socket.create_connection(("127.0.0.1", port)) for _ in range(500)]
    for number, visitor in enumerate(visitors):
        visitor.sendall(request % (b"all", b"celeb:c%d" % ((first + number) % 1000))[number % 2])
    for number, visitor in enumerate(visitors):
        if number % 4:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, gone)
        visitor.close()
"""


class AbandonedPollsTest(UpdatesCase):
    @gen_test(timeout=110)
    async def test_leave_neither_a_waiter_nor_memory_behind(self) -> None:
        waited = 0
        enter = WaitingRoom.enter

        def counting(room: WaitingRoom, *args: object) -> None:
            nonlocal waited
            waited += 1
            enter(room, *args)  # type: ignore[arg-type]

        with mock.patch.object(WaitingRoom, "enter", counting):
            await self._abandon(WARM_UP)
            tasks, blocks = len(asyncio.all_tasks()), sys.getallocatedblocks()
            await self._abandon(POLLS - WARM_UP)
        assert waited > POLLS / 2  # the others were gone before they were read
        assert len(asyncio.all_tasks()) == tasks
        assert sys.getallocatedblocks() - blocks < POLLS / 20
        assert self.room._groups == {}
        assert self.room._by_channel == {}
        connections = self.site.connections
        assert (connections._by_fd, connections._lent) == ({}, set())
        assert connections._of_address == {}
        assert len(connections._wheel) == 0
        assert connections._unsent == 0

    async def _abandon(self, polls: int) -> None:
        leaving = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LEAVE, str(self.port), str(polls)
        )
        try:
            assert await leaving.wait() == 0
        finally:
            if leaving.returncode is None:
                leaving.kill()
                await leaving.wait()
        await self.until(lambda: len(self.site.connections) == 0)
