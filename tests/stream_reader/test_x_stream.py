"""The source `x` when all is well, when X refuses it, and how it ends."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from unittest.mock import patch

from stream_reader.x_stream import State, XSource
from tests.fakes.sink import until
from tests.fakes.x_answers import (
    NAMED,
    Answer,
    Connection,
    drip,
    endless_line,
    no_answer,
    refuse,
    silence,
    unchunked,
)
from tests.fakes.x_api import line_of
from tests.stream_reader.x_lines import encode
from tests.stream_reader.x_source_case import XSourceCase


class XSourceTest(XSourceCase):
    async def test_posts_of_followed_accounts_reach_the_sink(self) -> None:
        source = self.start()
        assert source.problem() is not None
        await self.streams(source)
        assert source.problem() is None
        self.api.send(b"", line_of("ada", 1, "one"), line_of("eve", 2, "two"))
        self.api.send(line_of("BOB", 3, "three"), line_of("ada", 1, "one"))
        await until(lambda: len(self.sink.posts) == 3)
        assert self.sink.ids == ["1", "3", "1"]  # the store knows doubles
        assert self.drops.reasons == {"not_followed": 1}
        assert self.metric("celebwire_x_connected") == 1

    async def test_rules_are_in_place_before_connecting_and_all_fields_asked_for(self) -> None:
        self.api.ids_as_numbers = True
        self.api.rules = [
            {"id": 5, "value": "from:gone", "tag": "celebwire:follow"},
            {"id": 6, "value": "cats", "tag": "someone else's"},
        ]
        await self.streams(self.start())
        assert [rule["value"] for rule in self.api.rules] == ["cats", "from:ada OR from:bob"]
        [connect] = self.api.connects
        assert self.api.asked[-1] is connect
        assert "referenced_tweets.id.author_id" in connect.query["expansions"][0].split(",")
        for name in ("note_tweet", "edit_history_tweet_ids", "created_at", "entities"):
            assert name in connect.query["tweet.fields"][0].split(",")
        assert "profile_image_url" in connect.query["user.fields"][0]
        assert "preview_image_url" in connect.query["media.fields"][0]

    async def test_the_token_is_sent_and_never_logged(self) -> None:
        source = self.start(NAMED["503"], refuse(401))
        self.clock.advance(await self.waits(source))
        await until(lambda: source.state is State.REFUSED)
        assert {asked.headers["authorization"] for asked in self.api.asked} == {
            "Bearer s3cret-token"
        }
        assert "s3cret" not in self.caplog.text
        assert "s3cret" not in (source.problem() or "")

    async def test_a_stream_without_chunks_is_read_as_it_comes(self) -> None:
        source = self.start(unchunked)
        await self.streams(source)
        for number in (1, 2):
            self.api.send(line_of("ada", number, "short"))
            await until(lambda: len(self.sink.posts) == number)  # noqa: B023

    async def test_a_packed_stream_is_read_as_it_comes(self) -> None:
        packer = zlib.compressobj(wbits=31)

        def packed(connection: Connection) -> None:
            connection.write(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            chunk = connection.chunk
            connection.chunk = lambda data: chunk(  # type: ignore[method-assign]
                packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
            )
            self.api.streams.append(connection)

        source = self.start(packed)
        await self.streams(source)
        for number in (1, 2):
            self.api.send(line_of("ada", number, "short"))
            await until(lambda: len(self.sink.posts) == number)  # noqa: B023

    async def test_a_simulator_on_this_machine_is_not_reached_through_a_proxy(self) -> None:
        dead = "http://127.0.0.1:1"
        with patch.dict(os.environ, {"HTTP_PROXY": dead, "http_proxy": dead, "ALL_PROXY": dead}):
            await self.streams(self.start())

    async def test_lines_in_any_pieces(self) -> None:
        line = encode(line_of("ada", 1, "😲 in pieces")) + b"\r\n"
        source = self.start(drip(line, 0.0005))
        await until(lambda: len(self.sink.posts) >= 2)
        assert set(self.sink.texts) == {"😲 in pieces"}
        assert source.state is State.STREAMING

    # Who does not let us in.

    async def refused_for_good(self, source: XSource) -> str:
        await until(lambda: source.state is State.REFUSED)
        asked = len(self.api.asked)
        self.clock.advance(86_400)
        assert not self.clock.getDelayedCalls()
        assert len(self.api.asked) == asked
        return source.problem() or ""

    async def test_a_bad_token_is_not_tried_again(self) -> None:
        problem = await self.refused_for_good(self.start(token="wrong"))
        assert "401" in problem
        assert "CELEBWIRE_X_BEARER_TOKEN" in problem
        assert self.metric("celebwire_x_attempts_ended_total", trouble="refused") == 1

    async def test_an_app_without_access_is_not_tried_again_and_is_told_xs_words(self) -> None:
        problem = await self.refused_for_good(self.start(NAMED["403"]))
        assert "403" in problem
        assert "attached to a project" in problem

    async def test_a_token_that_cannot_be_one_is_never_sent(self) -> None:
        problem = await self.refused_for_good(self.start(token="two\nlines"))
        assert "CELEBWIRE_X_BEARER_TOKEN" in problem
        assert self.api.asked == []

    async def test_a_token_with_white_space_around_it_is_good(self) -> None:
        await self.streams(self.start(token=" s3cret-token\n"))

    # The end.

    async def test_stop_in_every_state(self) -> None:
        blocked_rules: list[Answer] = [no_answer]
        situations: list[tuple[list[Answer], list[Answer], Callable[[XSource], object]]] = [
            (blocked_rules, [], lambda _: self.api.asked),
            ([], [no_answer], lambda _: self.api.connects),
            ([], [silence], lambda source: source.state is State.STREAMING),
            ([], [], lambda source: source.state is State.STREAMING),
            ([], [NAMED["503"]], lambda source: source.state is State.WAITING),
            ([], [NAMED["401"]], lambda source: source.state is State.REFUSED),
            ([], [endless_line], lambda _: self.drops.reasons["too_long"]),
        ]
        for rules_script, script, reached in situations:
            self.api.asked.clear()
            self.api.rules_script.extend(rules_script)
            source = self.start(*script)
            await until(lambda: reached(source))  # noqa: B023
            await self.stop(source)
            assert source.problem() is None
            assert not self.clock.getDelayedCalls()
            await until(lambda: not self.api.streams)

    async def test_stop_in_the_middle_of_a_tls_handshake(self) -> None:
        source = self.start(base=self.api.base.replace("http:", "https:"))
        await until(lambda: self.api.connections)
        await self.stop(source)

    async def test_a_full_sink_holds_x_back_and_its_closing_ends_the_thread(self) -> None:
        self.sink.capacity = 2
        source = self.start()
        await self.streams(source)
        self.api.send(*[line_of("ada", number, "x") for number in range(1, 50)])
        await until(lambda: len(self.sink.posts) == 2)
        self.sink.widen(5)
        await until(lambda: len(self.sink.posts) == 5)
        self.sink.close()
        await self.stop(source)
        assert len(self.sink.posts) == 5

    async def test_stop_fires_by_its_deadline_even_if_the_sink_never_lets_go(self) -> None:
        self.sink.capacity = 0
        source = self.start()
        await self.streams(source)
        self.api.send(line_of("ada", 1, "x"))
        await until(lambda: self.sink.waiting)
        done: list[None] = []
        source.stop().addCallback(done.append)
        assert not done
        self.clock.advance(1)
        assert done
        self.sink.close()

    async def test_a_closing_sink_is_no_reason_to_connect_again_at_once(self) -> None:
        source = self.start()
        await self.streams(source)
        self.sink.close()
        self.api.send(line_of("ada", 1, "x"))
        assert await self.waits(source) == 1

    async def test_stop_before_start_and_twice(self) -> None:
        await self.stop(self.source())
        source = self.start()
        await self.stop(source)
        await self.stop(source)
