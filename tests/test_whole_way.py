"""One tweet's way, whole: reader, store, RabbitMQ, site and a visitor, all of them real.

The guarantees, each broken for real: nothing that is stored is missing from a visitor's feed, comes
twice or out of order, whoever is killed in between.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pika
import pytest

from tests.broker.node import BrokerNode
from tests.postgresql.server import PASSWORD, PostgresServer
from tests.running import Running, end, get, kill, until
from tests.visitor import Visitor
from tweet_store.store import TweetStore

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder with real tweets is not here")


@pytest.fixture
def replay(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a file of so many stream lines."""

    def make(count: int) -> Path:
        path = tmp_path / f"{count}.ndjson"
        path.write_bytes(b"".join(line(n) for n in range(1, count + 1)))
        return path

    return make


def line(number: int) -> bytes:
    """A line of X's filtered stream."""
    id_ = str(10**18 + number)
    who = number % 50 + 1
    user = {"id": str(who), "name": f"Name {who}", "username": f"user{who}"}
    data = {
        "id": id_,
        "text": f"tweet number {number}",
        "author_id": user["id"],
        "created_at": "2026-11-21T12:00:00.000Z",
        "edit_history_tweet_ids": [id_],
    }
    return msgspec.json.encode({"data": data, "includes": {"users": [user]}}) + b"\r\n"


@contextmanager
def listener(url: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """A queue as any RabbitMQ user would have it. Calling it empties the queue."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel: Any = connection.channel()
    channel.exchange_declare("celeb.tweet_ids", "fanout", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "celeb.tweet_ids")

    def bodies() -> list[dict[str, Any]]:
        found = []
        while (body := channel.basic_get(queue, auto_ack=True)[2]) is not None:
            found.append(msgspec.json.decode(body))
        return found

    yield bodies
    connection.close()


def announced(run: Running, count: int) -> None:
    """Wait until so many events are announced, by all readers of this store."""
    store = TweetStore.open(run.store_url)
    until(lambda: store.latest_seq() == count and not store.unannounced(0, 1))
    store.close()


@needs_data
def test_an_evening_of_real_tweets_reaches_a_visitor_whole(
    broker: BrokerNode, tmp_path: Path
) -> None:
    with Running(tmp_path, broker.url) as run, listener(broker.url) as bodies:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{DATA}/mayweather_2017_v2.ndjson.gz@max")
        until(lambda: len(visitor.events) >= 12_118)
        until(lambda: run.reader_metric("celebwire_announced_total") == 12_118)
        visitor.leave()
        heard = bodies()
        assert visitor.seqs == list(range(1, 12_119))
        assert visitor.verdicts == {"live"}
        assert run.reader_metric("celebwire_events_stored_total") == 12_118
        assert run.reader_metric("celebwire_dropped_total") == 0
        with gzip.open(DATA / "mayweather_2017_v2.ndjson.gz") as lines:
            ids = [msgspec.json.decode(one)["data"]["id"] for one in lines]
        assert [notice["id"] for notice in heard] == ids
        assert [event["id"] for event in visitor.events] == ids


@needs_data
def test_a_real_capture_goes_through_with_its_broken_lines_counted(
    broker: BrokerNode, tmp_path: Path
) -> None:
    """Its last line is cut off; an in-stream error as X sends it is put between the others."""
    error = {
        "errors": [
            {"title": "operational-disconnect", "disconnect_type": "UpstreamOperationalDisconnect"}
        ]
    }
    lines = (DATA / "x_stream_capture_2021.ndjson").read_bytes().splitlines(keepends=True)
    lines.insert(3, msgspec.json.encode(error) + b"\r\n")
    capture = tmp_path / "capture.ndjson"
    capture.write_bytes(b"".join(lines))
    with Running(tmp_path, broker.url) as run:
        run.start_reader(f"replay:{capture}@max")
        until(lambda: run.reader_metric("celebwire_announced_total") == 7)
        until(lambda: run.reader_metric("celebwire_dropped_total") == 2)
        _, metrics = get(f"{run.reader_url}/metrics")
        assert b'celebwire_dropped_total{reason="stream_error"} 1.0' in metrics
        assert b'celebwire_dropped_total{reason="truncated"} 1.0' in metrics


def test_the_broker_is_killed_during_a_replay(
    own_broker: BrokerNode, tmp_path: Path, replay: Callable[[int], Path]
) -> None:
    own_broker.start()
    with Running(tmp_path, own_broker.url) as run:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{replay(12_000)}@max")
        until(lambda: run.reader_metric("celebwire_announced_total") > 1000)
        own_broker.kill()
        until(lambda: get(f"{run.reader_url}/readyz")[0] == 503)
        at_kill = run.reader_metric("celebwire_announced_total")
        assert 1000 < at_kill < 12_000, "in the middle"
        own_broker.start()
        announced(run, 12_000)
        until(lambda: len(visitor.events) >= 12_000)
        visitor.leave()
        assert visitor.seqs == list(range(1, 12_001))
        for name in ("posts_received", "events_stored", "announced"):
            assert run.reader_metric(f"celebwire_{name}_total") == 12_000
        assert run.reader_metric("celebwire_unconfirmed") == 0
        until(lambda: get(f"{run.site_url}/readyz")[0] == 200)


def test_without_a_broker_everything_but_the_bell_works(
    own_broker: BrokerNode, tmp_path: Path, replay: Callable[[int], Path]
) -> None:
    with Running(tmp_path, own_broker.url) as run:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{replay(300)}@max")
        until(lambda: len(visitor.events) >= 300)
        assert visitor.seqs == list(range(1, 301))
        for url in (run.site_url, run.reader_url):
            status, body = get(f"{url}/readyz")
            parts = msgspec.json.decode(body)
            assert (status, parts["store"]) == (503, "ok")
            assert f"127.0.0.1:{own_broker.port}" in parts["broker"]
        assert get(f"{run.site_url}/")[0] == 200
        own_broker.start()
        announced(run, 300)
        for url in (run.site_url, run.reader_url):
            until(lambda url=url: get(f"{url}/readyz")[0] == 200)  # type: ignore[misc]
        visitor.leave()
        assert visitor.seqs == list(range(1, 301))


def test_the_reader_is_killed_again_and_again(
    broker: BrokerNode, tmp_path: Path, replay: Callable[[int], Path]
) -> None:
    with Running(tmp_path, broker.url) as run, listener(broker.url) as bodies:
        run.start_site()
        visitor = Visitor(run.site_url)
        path = replay(9_000)
        for at in (1, 3_000, 6_000):
            run.start_reader(f"replay:{path}@max")
            until(lambda at=at: len(visitor.events) >= at)  # type: ignore[misc]
            kill(run.reader)
        run.start_reader(f"replay:{path}@max")
        announced(run, 9_000)
        until(lambda: len(visitor.events) >= 9_000)
        visitor.leave()
        assert visitor.seqs == list(range(1, 9_001))
        assert {notice["seq"] for notice in bodies()} == set(range(1, 9_001))


def test_the_site_is_killed_and_a_visitor_comes_back(
    broker: BrokerNode, tmp_path: Path, replay: Callable[[int], Path]
) -> None:
    with Running(tmp_path, broker.url) as run:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{replay(6_000)}@max")
        for at in (1_000, 3_000):
            until(lambda at=at: len(visitor.events) >= at)  # type: ignore[misc]
            kill(run.site)
            run.start_site()
        until(lambda: len(visitor.events) >= 6_000)
        visitor.leave()
        assert visitor.seqs == list(range(1, 6_001))
        assert visitor.verdicts == {"live"}


def test_with_postgresql_which_is_killed_and_the_reader_and_a_site_after_it(
    broker: BrokerNode,
    own_postgresql: PostgresServer,
    tmp_path: Path,
    replay: Callable[[int], Path],
) -> None:
    own_postgresql.start()
    url = own_postgresql.url(own_postgresql.new_database())
    path = replay(9_000)
    with Running(tmp_path, broker.url, CELEBWIRE_STORE_URL=url) as run:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{path}@max")
        until(lambda: len(visitor.events) >= 1_000)
        own_postgresql.kill()
        for process in (run.site_url, run.reader_url):
            until(lambda url=process: get(f"{url}/readyz")[0] == 503)  # type: ignore[misc]
        own_postgresql.start()
        until(lambda: len(visitor.events) >= 3_000)
        kill(run.reader)
        kill(run.site)
        run.start_site()
        run.start_reader(f"replay:{path}@max")
        announced(run, 9_000)
        until(lambda: len(visitor.events) >= 9_000)
        visitor.leave()
        assert visitor.seqs == list(range(1, 9_001))
        assert visitor.verdicts == {"live"}
        until(lambda: b"user7" in get(f"{run.site_url}/search?q=number+6")[1])
        said = run.log("reader.log") + run.log("site.log")
        assert PASSWORD not in said
        assert "Traceback" not in said


def test_two_sites_share_cursors(broker: BrokerNode, tmp_path: Path, replay: Any) -> None:
    with Running(tmp_path, broker.url) as one, Running(tmp_path, broker.url) as other:
        one.start_site()
        other.start_site()
        one.start_reader(f"replay:{replay(100)}@max")
        until(lambda: one.site_metric("celebwire_notices_total") == 100)
        until(lambda: other.site_metric("celebwire_notices_total") == 100)
        epoch = one.poll("channel=all&wait=0")["cursor"].partition(".")[0]
        first = one.poll(f"channel=all&cursor={epoch}.0")
        assert len(first["events"]) == 100
        again = other.poll(f"channel=all&wait=0&cursor={first['cursor']}")
        assert (again["verdict"], again["events"]) == ("live", [])


def test_both_stop_in_order_and_in_time_under_load(
    broker: BrokerNode, tmp_path: Path, replay: Callable[[int], Path]
) -> None:
    with Running(tmp_path, broker.url) as run:
        run.start_site()
        visitor = Visitor(run.site_url)
        run.start_reader(f"replay:{replay(40_000)}@max")
        until(lambda: len(visitor.events) > 500)
        status, seconds = end(run.reader)
        # With anything taken and not stored it would be 1: see the next test.
        assert (status, seconds < 5) == (0, True)
        assert "could not be stored" not in run.log("reader.log")
        store = TweetStore.open(f"sqlite:///{tmp_path}/celebwire.db")
        assert 500 < store.latest_seq() < 40_000, "in the middle"
        assert store.unannounced(0, 1) == []
        store.close()
        status, seconds = end(run.site)
        assert (status, seconds < 5) == (0, True)
        visitor.leave()
        assert "Traceback" not in run.log("reader.log") + run.log("site.log")


def test_a_store_that_cannot_be_written_is_told_and_what_it_lacks_at_the_end_too(
    broker: BrokerNode, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Running(tmp_path, broker.url) as run:
        run.start_reader(f"replay:{pipe}@max")
        until(lambda: get(f"{run.reader_url}/readyz")[0] == 200)
        other = sqlite3.connect(tmp_path / "celebwire.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        pipe.write_bytes(b"".join(line(n) for n in range(1, 8)))
        until(lambda: get(f"{run.reader_url}/readyz")[0] == 503)
        assert "locked" in msgspec.json.decode(get(f"{run.reader_url}/readyz")[1])["store"]
        status, seconds = end(run.reader)
        other.close()
        assert (status, seconds < 5) == (1, True)
        assert "7 posts were taken and could not be stored" in run.log("reader.log")
        assert "Traceback" not in run.log("reader.log")
