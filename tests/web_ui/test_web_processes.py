"""Visitors of several web processes meet, with a real RabbitMQ and without it."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest

from tests.broker.node import BrokerNode
from tests.tweet_store.posts import NOON, tweet
from tests.web_ui.web_processes import WebProcess, until
from tweet_store.discussion.model import Sender
from tweet_store.discussion.store import DiscussionStore


@pytest.fixture(autouse=True)
def _no_slow_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes, comes by RabbitMQ."""
    monkeypatch.setattr("web_ui.arrivals.SLOW_TIMER", 60.0)


def comment(discussion: DiscussionStore, sender: Sender, text: str) -> str:
    made = discussion.add_comment(sender, text, NOON, nonce=secrets.token_hex(16), room="ada")
    return made.id


def test_what_is_written_at_one_reaches_the_visitors_of_the_other(
    tmp_path: Path, broker: BrokerNode
) -> None:
    async def scenario() -> None:
        async with WebProcess(tmp_path, broker.url) as one, WebProcess(tmp_path, broker.url) as two:
            one.store.save([tweet("1")])
            await one.site.arrivals.catch_up()
            await two.site.arrivals.catch_up()
            await until(lambda: one.broker.problem() is two.broker.problem() is None)
            sender = one.sender("Grace")
            begin = two.cursor()
            channels = "room:ada,thread:1,tag:redcarpet"

            waiting = asyncio.create_task(two.poll(channels, begin))
            await until(lambda: len(two.site.room) == 1)
            made = one.write(lambda d: comment(d, sender, "hello"))
            answer = await asyncio.wait_for(waiting, 20)
            (event,) = answer["events"]
            assert (event["kind"], event["id"], event["celeb"]) == ("comment", made, "ada")
            assert "hello" in event["html"]

            waiting = asyncio.create_task(two.poll(channels, answer["cursor"]))
            await until(lambda: len(two.site.room) == 1)
            one.write(lambda d: d.tag_post(sender, "1", "Red Carpet", NOON))
            answer = await asyncio.wait_for(waiting, 20)
            (event,) = answer["events"]
            assert (event["kind"], event["id"]) == ("tag", "1")
            assert (event["tag"], event["shown"]) == ("redcarpet", "Red Carpet")
            await until(lambda: one.discussion.unannounced_discussion(10) == [])
            assert one.count("celebwire_discussion_announced_total") == 2

    asyncio.run(scenario())


def test_rabbitmq_is_killed_and_started_again_and_nothing_is_lost(
    tmp_path: Path, own_broker: BrokerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_ui.broker.LONGEST_PAUSE", 0.5)
    own_broker.start()

    async def scenario() -> None:
        url = own_broker.url
        async with WebProcess(tmp_path, url) as one, WebProcess(tmp_path, url) as two:
            one.store.save([tweet("1")])
            await until(lambda: one.broker.problem() is two.broker.problem() is None)
            sender = one.sender("Grace")
            first = one.write(lambda d: comment(d, sender, "before"))
            await until(lambda: two.site.feed.latest == 2)
            await asyncio.to_thread(own_broker.kill)
            await until(lambda: one.broker.problem() and two.broker.problem())
            cursor = two.cursor()
            waiting = asyncio.create_task(two.poll("room:ada", cursor))
            second = one.write(lambda d: comment(d, sender, "while it was away"))
            await until(lambda: one.site.feed.latest == 3)  # its own visitors wait for nobody
            assert len(one.discussion.unannounced_discussion(10)) == 1
            await asyncio.to_thread(own_broker.start)
            answer = await asyncio.wait_for(waiting, 20)  # perhaps by the slow timer, before
            assert [event["id"] for event in answer["events"]] == [second]
            await until(lambda: one.discussion.unannounced_discussion(10) == [])
            assert first != second

    asyncio.run(scenario())


def test_what_a_killed_process_did_not_announce_another_announces(
    tmp_path: Path, broker: BrokerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_ui.announcements.SLOW_TIMER", 0.2)

    async def scenario() -> None:
        async with WebProcess(tmp_path, broker.url) as one, WebProcess(tmp_path, broker.url) as two:
            one.store.save([tweet("1")])
            await until(lambda: one.broker.problem() is two.broker.problem() is None)
            waiting = asyncio.create_task(two.poll("room:ada", two.cursor()))
            await until(lambda: len(two.site.room) == 1)
            # Stored, and then its process was gone.
            made = comment(one.discussion, one.sender("Grace"), "last words")
            answer = await asyncio.wait_for(waiting, 20)
            assert [event["id"] for event in answer["events"]] == [made]
            await until(lambda: two.discussion.unannounced_discussion(10) == [])

    asyncio.run(scenario())


def test_they_know_how_many_are_here(
    tmp_path: Path, broker: BrokerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web_ui.here.LOOK_EVERY", 0.05)

    async def scenario() -> None:
        async with WebProcess(tmp_path, broker.url) as one:
            async with WebProcess(tmp_path, broker.url) as two:
                one.store.save([tweet("1")])
                for process in (one, two):  # or the slow timer's look at it would end the polls
                    process.site.ring()
                await until(lambda: one.site.feed.latest == two.site.feed.latest == 1)
                await until(lambda: one.broker.problem() is two.broker.problem() is None)
                polls = [
                    asyncio.create_task(process.poll("room:ada,celeb:ada", process.cursor()))
                    for process in (one, two, two)
                ]
                here = [process.site.presence.count for process in (one, two)]
                await until(lambda: [count("room:ada") for count in here] == [3, 3])
                assert here[0]("celeb:ada") == 1  # nobody asks how many those are
                for poll in polls:
                    poll.cancel()
                await until(lambda: [count("room:ada") for count in here] == [0, 0])
                last = asyncio.create_task(two.poll("room:ada", two.cursor()))
                await until(lambda: here[0]("room:ada") == 1)
            await until(lambda: here[0]("room:ada") == 0)  # the other said goodbye
            with pytest.raises(EOFError):
                await last

    asyncio.run(scenario())
