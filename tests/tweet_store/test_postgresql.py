"""A store in PostgreSQL: one writer at a time, readers of one moment, a server that goes away."""

from __future__ import annotations

import socket
import threading
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.postgresql.server import PASSWORD, USER, PostgresServer
from tests.tweet_store.databases import Databases, on_postgresql
from tests.tweet_store.plans import plans_of
from tests.tweet_store.posts import author, tweet
from tweet_store import database
from tweet_store.database import StoreIncompatible, StoreUnavailable
from tweet_store.store import TweetStore


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened now wait for other writers 100 ms."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 100)


@pytest.mark.usefixtures("impatient")
@on_postgresql
def test_who_has_not_committed_keeps_other_writers_out(store: TweetStore, url: str) -> None:
    other = TweetStore.open(url)
    with store.writing() as connection:
        connection.execute(text("INSERT INTO events VALUES (1, 'tweet', '1', 'ada', 1)"))
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            other.save([tweet("2")])
        assert other.events_after(0, 9) == []
    [event] = other.save([tweet("2")])
    assert event.seq == 2
    other.close()


@on_postgresql
def test_a_writer_sees_what_was_committed_while_it_waited(store: TweetStore, url: str) -> None:
    other = TweetStore.open(url)
    with store.writing() as connection:
        waiting = threading.Thread(target=other.save, args=([tweet("2")],))
        waiting.start()
        connection.execute(text("INSERT INTO events VALUES (1, 'tweet', '1', 'ada', 1)"))
    waiting.join(10)
    assert [e.event.seq for e in store.events_after(0, 9)] == [1, 2]
    other.close()


@on_postgresql
def test_a_reading_transaction_is_of_one_moment_and_writes_nothing(store: TweetStore) -> None:
    store.save([tweet("1")])
    with store.reading() as connection:
        count = text("SELECT count(*) FROM tweets")
        assert connection.scalar(count) == 1
        store.save([tweet("2")])
        assert connection.scalar(count) == 1
    assert len(store.timeline()) == 2
    with pytest.raises(StoreUnavailable, match="read-only"), store.reading() as connection:
        connection.execute(text("DELETE FROM tweets"))


@on_postgresql
def test_a_text_with_a_character_0_is_kept_as_a_browser_shows_it(store: TweetStore) -> None:
    store.save([tweet("1", text="a\0b", author=author("ada", name="\0"))])
    found = store.tweet("1")
    assert found is not None
    assert (found.text, found.author.name) == ("a\ufffdb", "\ufffd")
    assert store.tweet("1\0") is None


@on_postgresql
def test_all_texts_are_compared_byte_by_byte(store: TweetStore) -> None:
    with store.reading() as connection:
        others = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema"
                " = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
            )
        ).all()
    assert others == []


@on_postgresql
def test_posts_of_several_celebs_are_read_from_their_index(store: TweetStore) -> None:
    people = [author(f"celeb{n}") for n in range(20)]
    store.save([tweet(str(n), author=people[n % 20]) for n in range(4000)])
    store.save([tweet(str(n), author=people[0]) for n in range(4000, 6000)])
    with store.writing() as connection:
        connection.exec_driver_sql("ANALYZE tweets")
    with plans_of(store._reader, explain="EXPLAIN") as plans:
        assert len(store.timeline(celebs=["celeb0", "celeb7", "nobody"])) == 50
    plan = plans[0]
    scans = [line for line in plan if "Scan" in line and "tweets" in line]
    assert scans
    assert all("Index Only Scan Backward using tweets_by_celeb" in line for line in scans), plan


@pytest.mark.parametrize("where", ["server", "network"])
def test_a_server_that_is_not_there_is_named_without_the_password(where: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
        if where == "server":
            nobody.close()
        url = f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/news?connect_timeout=2"
        with pytest.raises(StoreUnavailable) as caught:
            TweetStore.open(url)
    assert str(caught.value).startswith(
        f"postgresql://me:***@127.0.0.1:{port}/news?connect_timeout=2: "
    )
    assert PASSWORD not in str(caught.value)


def test_a_wrong_password_and_a_database_that_is_not_there_are_told(
    postgresql: PostgresServer,
) -> None:
    with pytest.raises(StoreUnavailable, match='"nowhere" does not exist'):
        TweetStore.open(postgresql.url("nowhere"))
    with pytest.raises(StoreUnavailable, match="password authentication failed"):
        TweetStore.open(postgresql.url().replace(PASSWORD, "wrong"))


def test_whoever_may_make_no_tables_is_told_so_in_a_line(postgresql: PostgresServer) -> None:
    name = postgresql.new_database()
    postgresql.run("CREATE USER guest PASSWORD 'guest'", database=name)
    with pytest.raises(StoreUnavailable, match=r"permission denied for schema public$"):
        TweetStore.open(postgresql.url(name).replace(f"{USER}:{PASSWORD}", "guest:guest"))
    postgresql.drop(name)
    postgresql.run("DROP USER guest")


def test_a_database_that_cannot_hold_all_scripts_is_refused(postgresql: PostgresServer) -> None:
    postgresql.run(
        "CREATE DATABASE western ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    with pytest.raises(StoreIncompatible, match="LATIN1"):
        TweetStore.open(postgresql.url("western"))
    postgresql.drop("western")


@on_postgresql
def test_missing_rights_are_no_fault_of_what_is_saved(
    store: TweetStore, postgresql: PostgresServer, url: str
) -> None:
    name = url.rpartition("/")[2]
    postgresql.run("ALTER TABLE tweets RENAME TO hidden", database=name)
    with pytest.raises(StoreUnavailable, match="tweets"):
        store.save([tweet("1")])
    postgresql.run("ALTER TABLE hidden RENAME TO tweets", database=name)
    assert len(store.save([tweet("1")])) == 1


@on_postgresql
def test_what_a_value_cannot_be_is_a_fault_of_the_value(store: TweetStore) -> None:
    with pytest.raises(DBAPIError), store.writing() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('epoch', 'x')"))
    with pytest.raises(DBAPIError), store.reading() as connection:
        connection.execute(text("SELECT 1 / 0"))


def test_a_server_that_was_killed_and_is_back_is_used_again(own_postgresql: PostgresServer) -> None:
    own_postgresql.start()
    store = TweetStore.open(own_postgresql.url(own_postgresql.new_database()))
    store.save([tweet("1")])
    assert store.latest_seq() == 1
    own_postgresql.kill()
    for use in (store.latest_seq, lambda: store.save([tweet("2")])):
        with pytest.raises(StoreUnavailable):
            use()
    own_postgresql.start()
    assert store.save([tweet("2")])[0].seq == 2
    assert store.latest_seq() == 2
    store.close()


def test_connections_that_were_cut_while_nobody_used_them_are_replaced(
    own_postgresql: PostgresServer,
) -> None:
    own_postgresql.start()
    store = TweetStore.open(own_postgresql.url(own_postgresql.new_database()))
    store.save([tweet("1")])
    assert store.latest_seq() == 1
    own_postgresql.kill()
    own_postgresql.start()
    assert store.save([tweet("2")])[0].seq == 2
    assert store.latest_seq() == 2
    store.close()


@on_postgresql
def test_the_server_is_told_how_long_it_may_take(url: str) -> None:
    store = TweetStore.open(f"{url}?options=-c%20work_mem%3D5MB")
    told = {}
    for name, transaction in (("writer", store.writing), ("reader", store.reading)):
        with transaction() as connection:
            told[name] = [
                connection.exec_driver_sql(f"SHOW {setting}").scalar_one()
                for setting in (
                    *("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"),
                    *("transaction_isolation", "transaction_read_only", "jit", "work_mem"),
                    *("client_encoding", "application_name"),
                )
            ]
            driver = connection.connection.driver_connection
            assert driver is not None
            asked = driver.info.get_parameters()
            assert (asked["keepalives_idle"], asked["tcp_user_timeout"]) == ("4", "10000")
    same = ["off", "5MB", "UTF8", "celebwire"]
    assert told == {
        "writer": ["1min", "2s", "30s", "read committed", "off", *same],
        "reader": ["5s", "2s", "30s", "repeatable read", "on", *same],
    }
    store.close()


@on_postgresql
def test_what_an_index_cannot_hold_is_the_fault_of_the_post(store: TweetStore) -> None:
    """Names may be of any length; ids may not, and the parsers let no such id in."""
    endless = "".join(Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
    store.save([tweet("1", author=author("ada", name="長" * 5000))])
    store.save([tweet("2", author=author("bob", name=endless))])
    with pytest.raises(DBAPIError):
        store.save([tweet(endless)])
    assert store.latest_seq() == 2


@on_postgresql
def test_stores_that_are_made_at_once_are_one(databases: Databases) -> None:
    url = databases.empty()
    epochs: list[str] = []

    def make() -> None:
        opened = TweetStore.open(url)
        epochs.append(opened.epoch)
        opened.close()

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(epochs) == 3
    assert len(set(epochs)) == 1
