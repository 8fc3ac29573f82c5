"""What is kept of visitors and cases goes after its time, a few rows at a time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, insert, select

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.discussion.visiting import Visiting, reason
from tests.tweet_store.plans import plans_of, scans
from tweet_store import rows
from tweet_store.discussion.forgetting import ADDRESSES_KEPT, AT_ONCE, CASES_KEPT
from tweet_store.discussion.schema import comments, reports, sanctions

SECOND = timedelta(seconds=1)


def addresses(visiting: Visiting) -> list[str]:
    """Comments of which it is known where they came from."""
    known = select(comments.c.id).where(comments.c.address_key.is_not(None))
    with visiting.tweets.reading() as connection:
        return list(connection.scalars(known.order_by(comments.c.position)))


def test_where_a_comment_came_from_is_forgotten_after_thirty_days(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    ban = visiting.discussion.sanction_author
    visiting.now = comment.created_at + ADDRESSES_KEPT - timedelta(seconds=60)
    second = visiting.say("Yan")
    assert addresses(visiting) == [comment.id, second.id]
    ban(comment.id, "address", "flood", visiting.now, until=visiting.now + SECOND)
    visiting.wait(1)
    third = visiting.say("Yan")
    assert addresses(visiting) == [second.id, third.id]
    assert visiting.discussion.comment(comment.id) == comment
    assert reason(lambda: ban(comment.id, "address", "flood", visiting.now)) == "gone"
    ban(comment.id, "mute", "flood", visiting.now)
    assert reason(lambda: visiting.say("Zoe")) == "muted"


def test_where_a_report_came_from_is_forgotten_when_it_is_settled_or_after_thirty_days(
    visiting: Visiting,
) -> None:
    comment = visiting.say("Zoe")
    for address in (b"one", b"two"):
        visiting.discussion.report(comment.id, "rude", address, visiting.now)

    def known() -> list[bytes | None]:
        with visiting.tweets.reading() as connection:
            return list(
                connection.scalars(select(reports.c.address_key).order_by(reports.c.number))
            )

    assert known() == [b"one", b"two"]
    visiting.discussion.settle_report(1, visiting.now)
    assert known() == [None, b"two"]
    visiting.now += ADDRESSES_KEPT
    visiting.say("Yan")
    assert known() == [None, None]
    assert len(visiting.discussion.open_reports()) == 1


def test_settled_reports_and_ended_sanctions_go_after_ninety_days(visiting: Visiting) -> None:
    store, comment = visiting.discussion, visiting.say("Zoe")
    for word in ("settled", "open"):
        store.report(comment.id, word, word.encode(), visiting.now)
    settled, left_open = store.open_reports()
    store.settle_report(settled.number, visiting.now)
    for_good = store.sanction("name", "Mallory", "rude", visiting.now)
    for_a_second = store.sanction("name", "Eve", "rude", visiting.now, visiting.now + SECOND)

    def kept() -> tuple[list[int], list[int]]:
        with visiting.tweets.reading() as connection:
            return (
                sorted(connection.scalars(select(reports.c.number))),
                [sanction.number for sanction in store.sanctions()],
            )

    visiting.now += CASES_KEPT
    store.sign_in("Xia", b"elsewhere", visiting.now)
    assert kept() == ([settled.number, left_open.number], [for_a_second, for_good])
    visiting.wait(2)
    store.sign_in("Win", b"elsewhere", visiting.now)
    assert kept() == ([left_open.number], [for_good])


def test_no_more_go_with_one_write_than_a_few(visiting: Visiting) -> None:
    at = rows.milliseconds(visiting.now)
    with visiting.tweets.writing() as connection:
        for _ in range(AT_ONCE + 1):
            connection.execute(
                insert(reports).values(target="c9", reason="x", created_at=at, settled_at=at)
            )
            connection.execute(
                insert(sanctions).values(
                    kind="name", value=b"eve", reason="x", created_at=at, until=at
                )
            )
        commented = {"celeb": "ada", "room": "ada", "visitor": "v", "name": "V", "text": "x"}
        for number in range(AT_ONCE + 1):
            numbered = {"position": 100 + number, "id": f"c{100 + number}", "form": str(number)}
            connection.execute(
                insert(comments).values(**commented, **numbered, created_at=at, address_key=b"home")
            )
    visiting.now += CASES_KEPT + SECOND
    for left in (1, 0, 0):
        visiting.discussion.sign_in(f"Visitor {left}{visiting.now:%S}", b"x", visiting.wait(1))
        with visiting.tweets.reading() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(table))
                for table in (reports, sanctions)
            ]
        assert counts == [left, left]
        assert len(addresses(visiting)) == left


@on_sqlite
def test_what_is_to_go_is_found_by_an_index(visiting: Visiting) -> None:
    visiting.say("Zoe")
    with plans_of(visiting.tweets._writer) as plans:
        visiting.say("Zoe")
    small = ("word_filters", "announcements")
    assert [step for step in scans(plans) if not any(table in step for table in small)] == []
    steps = [step for plan in plans for step in plan]
    for index in (
        "writes_by_time",
        "reports_by_state",
        "sanctions_by_end",
        "comments_with_address",
        "reports_with_address",
    ):
        assert any(index in step for step in steps), index
