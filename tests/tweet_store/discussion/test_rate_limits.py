"""How often: by visitor and by address, over all processes, by a clock that is advanced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select

from tests.tweet_store.discussion.visiting import Visiting, reason, refusal
from tweet_store.discussion import rate_limits
from tweet_store.discussion.forgetting import AT_ONCE, WRITES_KEPT
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.rate_limits import LIMITS, Limit
from tweet_store.discussion.refusals import TooFast
from tweet_store.discussion.schema import writes
from tweet_store.discussion.store import DiscussionStore
from tweet_store.rows import milliseconds
from tweet_store.store import TweetStore


def quick(visiting: Visiting, sender: Sender, nonce: object, room: str = "ada") -> StoredComment:
    """A comment at once."""
    return visiting.discussion.add_comment(
        sender, "hello", visiting.now, nonce=str(nonce), room=room
    )


def test_five_comments_in_twenty_seconds_and_the_next_when_the_first_is_past(
    visiting: Visiting,
) -> None:
    zoe = visiting.sender("Zoe")
    for number in range(5):
        quick(visiting, zoe, number)
        visiting.wait(1)
    refused = refusal(lambda: quick(visiting, zoe, "x"))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 15
    visiting.wait(14.2)
    assert refusal(lambda: quick(visiting, zoe, "x")).args == refused.args
    visiting.wait(0.8)
    assert quick(visiting, zoe, "x").text == "hello"
    assert quick(visiting, visiting.sender("Yan"), "y").name == "Yan"


def test_sixty_comments_in_ten_minutes(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    for number in range(60):
        quick(visiting, zoe, number)
        visiting.wait(5)
    refused = refusal(lambda: quick(visiting, zoe, "x"))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 300


def test_an_address_is_held_to_its_limit_whoever_writes_from_it(visiting: Visiting) -> None:
    senders = [visiting.sender(f"Visitor {number}") for number in range(8)]
    shared = [Sender(sender.visitor, b"one address") for sender in senders]
    for number in range(30):
        quick(visiting, shared[number % 7], number)
    refused = refusal(lambda: quick(visiting, shared[7], "x"))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 60
    assert quick(visiting, senders[7], "x").text == "hello"


def test_edits_and_removals_have_limits_of_their_own(visiting: Visiting) -> None:
    zoe, comment = visiting.sender("Zoe"), visiting.say("Zoe")
    edit = visiting.discussion.edit_comment
    for number in range(10):
        edit(zoe, comment.id, f"edit {number}", visiting.now)
    assert reason(lambda: edit(zoe, comment.id, "one more", visiting.now)) == "too_fast"
    assert visiting.discussion.remove_comment(zoe, comment.id, visiting.now).text == ""


def test_reports_are_limited_by_address(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    report = partial(visiting.discussion.report, comment.id, "spam", b"somewhere")
    for _ in range(10):
        report(visiting.now)
    assert reason(lambda: report(visiting.now)) == "too_fast"
    report(visiting.wait(600))


def test_what_is_refused_for_another_reason_does_not_count(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    for number in range(20):
        assert reason(partial(quick, visiting, zoe, number, "nobody")) == "gone"
    quick(visiting, zoe, "x")


def test_the_limit_holds_over_processes(visiting: Visiting) -> None:
    other = TweetStore.open(visiting.url)
    stores = [visiting.discussion, DiscussionStore(other)]
    zoe = visiting.sender("Zoe")
    for number in range(5):
        stores[number % 2].add_comment(zoe, "hello", visiting.now, nonce=str(number), room="ada")
    for number, store in enumerate(stores):
        add = partial(store.add_comment, zoe, "hello", visiting.now, nonce=f"x{number}", room="ada")
        assert reason(add) == "too_fast"
    other.close()


def test_a_clock_that_is_behind_another_machine_s_waits_no_longer_than_the_limit(
    visiting: Visiting,
) -> None:
    zoe = visiting.sender("Zoe")
    for number in range(5):
        quick(visiting, zoe, number)
    visiting.wait(-10)
    refused = refusal(lambda: quick(visiting, zoe, "x"))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 20


def test_a_clock_that_was_ahead_locks_nobody_out(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    visiting.wait(3 * 24 * 3600)
    for number in range(5):
        quick(visiting, zoe, number)
    for attempt in range(10):
        visiting.discussion.sign_in(f"Visitor {attempt}x", zoe.address_key, visiting.now)
    visiting.wait(-3 * 24 * 3600)
    for number in range(5, 10):
        quick(visiting, zoe, number)
        assert visiting.discussion.sign_in(f"Visitor {number}y", zoe.address_key, visiting.now)
    assert reason(lambda: quick(visiting, zoe, "x")) == "too_fast"
    with visiting.tweets.reading() as connection:
        kept = connection.scalars(select(writes.c.at)).all()
    assert max(kept) <= milliseconds(visiting.now)


def test_old_rows_go_a_few_at_a_time(visiting: Visiting) -> None:
    def left() -> int:
        with visiting.tweets.reading() as connection:
            return connection.scalar(select(func.count()).select_from(writes)) or 0

    zoe = visiting.sender("Zoe")
    many = 3 * AT_ONCE
    with visiting.tweets.writing() as connection:
        for _ in range(many):
            rate_limits.take_by_address(connection, "remove", b"somewhere", visiting.now)
    before = left()
    assert before > many
    visiting.wait(WRITES_KEPT)
    quick(visiting, zoe, 0)
    assert left() == before + 1
    visiting.wait(1)
    for number in range(1, 5):
        quick(visiting, zoe, number)
    assert left() == 5


def test_no_limit_looks_back_further_than_rows_are_kept() -> None:
    limits = [limit for kind in LIMITS.values() for limit in (*kind.visitor, *kind.address)]
    assert all(limit.most > 0 and 0 < limit.seconds <= WRITES_KEPT for limit in limits)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=st.lists(st.sampled_from([0, 0.5, 1, 3, 19, 20, 100]), max_size=60))
def test_no_span_ever_holds_more_than_a_limit_and_who_waits_as_told_may_write(
    visiting: Visiting, waits: list[float]
) -> None:
    zoe = visiting.sender("Zoe")
    visiting.wait(10_000)
    written: list[float] = []
    time = 0.0
    with visiting.tweets.writing() as connection:
        for wait in waits:
            time += wait
            now = visiting.wait(wait)
            try:
                rate_limits.take(connection, "comment", zoe, now)
            except TooFast as refused:
                time += refused.retry_after
                rate_limits.take(connection, "comment", zoe, visiting.wait(refused.retry_after))
            written.append(time)
    for most, seconds in (Limit(5, 20), Limit(60, 600)):
        for first, last in zip(written, written[most:], strict=False):
            assert last - first >= seconds


def test_who_is_refused_takes_nobody_s_turn_to_write(visiting: Visiting) -> None:
    store, zoe, comment = visiting.discussion, visiting.sender("Zoe"), visiting.say("Zoe")
    yan, now = visiting.sender("Yan"), visiting.now
    store.tag_post(zoe, "1", "tea", now)
    for _ in range(5):
        store.new_recovery_code(yan, now)
    for attempt in range(9):
        store.sign_in(f"Visitor {attempt}", yan.address_key, now)
    refused: dict[str, Callable[[], object]] = {
        "gone": lambda: store.add_comment(zoe, "x", now, nonce="x", post_id="nothing"),
        "not_yours": lambda: store.edit_comment(yan, comment.id, "x", now),
        "bad_text": lambda: store.edit_comment(yan, comment.id, "", now),
        "not_yours ": lambda: store.remove_comment(yan, comment.id, now),
        "gone ": lambda: store.tag_post(yan, "nothing", "tea", now),
        "not_yours  ": lambda: store.untag_post(yan, "1", "tea", now),
        "gone  ": lambda: store.report("c999", "rude", b"somewhere", now),
        "too_fast": lambda: store.sign_in("One too many", yan.address_key, now),
        "too_fast ": lambda: store.new_recovery_code(yan, now),
    }
    with written(visiting) as begun:
        for why, action in refused.items():
            assert reason(action) == why.strip()
        # What changes nothing is no write either.
        assert store.edit_comment(zoe, comment.id, comment.text, now) == comment
        again = store.add_comment(zoe, "hello", now, nonce="n1", post_id="1")
    assert again == comment
    assert begun == []


@contextmanager
def written(visiting: Visiting) -> Iterator[list[str]]:
    """Within it, a word for each transaction that takes the lock."""
    begun: list[str] = []

    def note(_connection: Connection) -> None:
        begun.append("begun")

    event.listen(visiting.tweets._writer, "begin", note)
    yield begun
    event.remove(visiting.tweets._writer, "begin", note)


def test_recovery_codes_are_limited_by_visitor(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    for _ in range(5):
        visiting.discussion.new_recovery_code(zoe, visiting.now)
    assert reason(lambda: visiting.discussion.new_recovery_code(zoe, visiting.now)) == "too_fast"
    visiting.discussion.new_recovery_code(zoe, visiting.wait(600))
