"""The source `x` when X, or the way there, misbehaves: it waits, says so, and goes on."""

from __future__ import annotations

import time

from twisted.internet import reactor

from stream_reader.x_stream import State
from tests.fakes.sink import until
from tests.fakes.x_answers import (
    NAMED,
    Connection,
    close_at_once,
    cut,
    drip,
    endless_line,
    lines_then_end,
    no_answer,
    refuse,
    silence,
    stream,
)
from tests.fakes.x_api import RULES, STREAM, XApi, line_of
from tests.stream_reader.x_lines import encode
from tests.stream_reader.x_source_case import UNIX_TIME, XSourceCase


class TroubleTest(XSourceCase):
    async def test_a_rate_limit_is_waited_out(self) -> None:
        reset = {"x-rate-limit-reset": str(int(UNIX_TIME) + 300)}
        source = self.start(refuse(429, reset, title="Too Many Requests"))
        assert await self.waits(source) == 300
        assert "next try in 300 s" in (source.problem() or "")
        self.clock.advance(299)
        assert source.state is State.WAITING
        await self.good_again(source)

    async def test_a_rate_limit_on_rules_is_one_too(self) -> None:
        self.api.rules_script.append(refuse(429, {"x-rate-limit-reset": "nonsense"}))
        source = self.start()
        assert await self.waits(source) == 60
        assert self.api.connects == []
        await self.good_again(source)

    async def test_server_errors_are_waited_out_longer_each_time(self) -> None:
        source = self.start(*[NAMED["503"]] * 3)
        for expected in (5, 10):
            assert await self.waits(source) == expected
            self.clock.advance(expected)
        assert await self.waits(source) == 20
        assert "503" in (source.problem() or "")
        await self.good_again(source)
        assert len(self.api.connects) == 4

    async def test_a_connection_closed_without_an_answer(self) -> None:
        source = self.start(close_at_once, close_at_once)
        assert await self.waits(source) == 0
        self.clock.advance(0)
        assert await self.waits(source) == 0.25
        assert "cannot be reached" in (source.problem() or "")
        await self.good_again(source)

    async def test_nobody_listens(self) -> None:
        source = self.start(base="http://127.0.0.1:1")
        assert await self.waits(source) == 0
        problem = source.problem() or ""
        assert "refused" in problem
        assert "CELEBWIRE_X_API_BASE" in problem

    async def test_no_answer_at_all_is_given_up_after_a_minute(self) -> None:
        source = self.start(no_answer)
        await until(lambda: self.api.connects)
        self.clock.advance(60)
        assert await self.waits(source) == 0
        assert "within 60 s" in (source.problem() or "")
        await self.good_again(source)

    async def test_a_stream_that_ends_in_order_is_made_anew_but_not_at_once(self) -> None:
        source = self.start(lines_then_end(encode(line_of("ada", 1, "last"))))
        assert await self.waits(source) == 1
        assert self.sink.ids == ["1"]
        assert len(self.api.connects) == 1
        assert self.metric("celebwire_x_connected") == 0
        await self.good_again(source)

    async def test_a_stream_cut_in_the_middle_of_a_line(self) -> None:
        source = self.start(cut(encode(line_of("ada", 1, "half"))[:40]))
        assert await self.waits(source) == 1
        assert self.drops.reasons == {"truncated": 1}
        await self.good_again(source)

    async def test_silence_without_heartbeats_is_a_stall(self) -> None:
        source = self.start(silence, stall_limit=0.2)
        assert await self.waits(source) == 1
        assert "broke off" in (source.problem() or "")
        await self.good_again(source)

    async def test_heartbeats_alone_are_no_stall(self) -> None:
        self.api.heartbeat = 0.05
        source = self.start(stall_limit=0.4)
        await self.streams(source)
        began = time.monotonic()
        await until(lambda: time.monotonic() - began > 0.8)
        assert source.state is State.STREAMING
        assert len(self.api.connects) == 1

    async def test_bytes_that_never_make_a_line_are_a_stall(self) -> None:
        source = self.start(drip(b"x", 0.02), stall_limit=0.3)
        assert await self.waits(source) == 1
        assert "no whole line" in (source.problem() or "")
        await self.good_again(source)

    async def test_a_line_without_end_is_counted_once_and_given_up(self) -> None:
        source = self.start(endless_line, stall_limit=0.5)
        await self.waits(source)
        assert self.drops.reasons == {"too_long": 1}
        await self.good_again(source)

    async def test_rubbish_on_the_stream_is_counted_and_the_next_post_passes(self) -> None:
        source = self.start()
        await self.streams(source)
        self.api.send(b"<html>", b'{"data": {}}', b"\xff\x00", b"[]", line_of("ada", 1, "good"))
        await until(lambda: self.sink.ids == ["1"])
        assert self.drops.reasons == {"not_json": 2, "no_id": 1, "not_an_object": 1}
        assert source.state is State.STREAMING

    async def test_a_disconnect_announced_in_the_stream(self) -> None:
        def announced(connection: Connection) -> None:
            stream(connection)
            connection.chunk(encode({"errors": [{"title": "operational-disconnect"}]}) + b"\r\n")

        source = self.start(announced)  # and X keeps the connection open: we must leave
        assert await self.waits(source) == 1
        assert "operational-disconnect" in (source.problem() or "")
        assert self.drops.reasons == {"stream_error": 1}
        await self.good_again(source)

    async def test_another_fault_reported_in_the_stream_ends_nothing(self) -> None:
        source = self.start()
        await self.streams(source)
        self.api.send({"errors": [{"title": "Not Found Error"}]}, line_of("ada", 1, "good"))
        await until(lambda: self.sink.ids == ["1"])
        assert self.drops.reasons == {"stream_error": 1}
        assert len(self.api.connects) == 1


class RulesTroubleTest(XSourceCase):
    async def test_rules_that_x_refuses_are_a_problem_and_the_rest_streams(self) -> None:
        follow = [f"account_{number:06}" for number in range(60)]
        source = self.source(follow=follow)
        assert len(source._rules) == 2
        self.api.refused_values = {source._rules[1]}
        source.start(self.sink)
        await self.streams(source)
        await until(source.problem)
        assert "X did not take 1 of 2 rules: Invalid Rule" in (source.problem() or "")
        self.api.send(line_of(follow[0], 1, "good"))
        await until(lambda: self.sink.ids == ["1"])

    async def test_no_rule_taken_at_all(self) -> None:
        self.api.refused_values = {"from:ada OR from:bob"}
        source = self.start()
        assert await self.waits(source) == 5
        assert "409" in (source.problem() or "")

    async def test_answers_on_rules_that_are_none(self) -> None:
        def html(connection: Connection) -> None:
            connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")

        def nested(connection: Connection) -> None:
            body = b"[" * 100_000
            connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        def listed(connection: Connection) -> None:
            connection.json(500, [{"errors": 5}])

        for answer in (html, nested, listed, refuse(404), refuse(400), refuse(402)):
            self.api.rules_script.append(answer)
            source = self.start()
            assert await self.waits(source) == 5
            await self.stop(source)
        assert self.api.connects == []

    async def test_an_answer_on_rules_without_end_is_given_up(self) -> None:
        def endless(connection: Connection) -> None:
            connection.write(b"HTTP/1.1 200 OK\r\n\r\n")
            connection.every(0.0005, lambda: connection.write(b"x" * 262_144))

        self.api.rules_script.append(endless)
        source = self.start()
        await self.waits(source)
        assert "an answer of more than" in (source.problem() or "")

    async def test_a_redirect_is_not_followed(self) -> None:
        other = XApi(reactor)
        other.listen()
        self.addCleanup(other.close)
        self.api.rules_script.append(refuse(302, {"Location": other.base + RULES}))
        self.api.script.append(refuse(307, {"Location": other.base + STREAM}))
        source = self.start()
        for expected in (5, 10):
            assert await self.waits(source) == expected
            self.clock.advance(expected)
        await self.streams(source)
        assert other.asked == []
