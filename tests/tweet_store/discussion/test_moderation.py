"""What moderators do, whom it keeps from writing and until when, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.tweet_store.databases import on_sqlite
from tests.tweet_store.discussion.visiting import Visiting, reason, refusal
from tests.tweet_store.plans import plans_of, scans
from tests.tweet_store.posts import NOON
from tweet_store.discussion import word_filters
from tweet_store.discussion.model import Report, Rule, SanctionKind
from tweet_store.discussion.refusals import TooFast
from tweet_store.model import Tombstone

HOUR = timedelta(hours=1)


def test_a_moderator_removes_a_comment_once(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    visiting.discussion.report(comment.id, "rude", b"somewhere", visiting.now)
    removed = visiting.discussion.moderate_comment(comment.id, visiting.now)
    assert (removed.text, removed.removed_by) == ("", "moderator")
    assert visiting.discussion.moderate_comment(comment.id, visiting.now) == removed
    assert visiting.events(2) == [("comment", "c3"), ("comment_delete", "c3")]
    assert visiting.discussion.open_reports() == []
    assert reason(lambda: visiting.discussion.moderate_comment("c99", NOON)) == "gone"
    (entry,) = visiting.discussion.audit_log()
    assert (entry.action, entry.target, entry.at) == ("remove", comment.id, visiting.now)


def test_the_muted_may_read_and_remove_and_no_more(visiting: Visiting) -> None:
    comment, zoe = visiting.say("Zoe"), visiting.sender("Zoe")
    visiting.discussion.sanction_author(comment.id, "mute", "rude", visiting.now)
    assert reason(lambda: visiting.say("Zoe")) == "muted"
    assert reason(lambda: visiting.say("Zoe", room="bob")) == "muted"
    edit = visiting.discussion.edit_comment
    assert reason(lambda: edit(zoe, comment.id, "other", comment.created_at)) == "muted"
    tag = visiting.discussion.tag_post
    assert reason(lambda: tag(zoe, "1", "red carpet", visiting.now)) == "muted"
    assert visiting.discussion.remove_comment(zoe, comment.id, visiting.now).text == ""
    assert visiting.say("Yan").name == "Yan"


def test_a_banned_name_is_banned_in_any_spelling(visiting: Visiting) -> None:
    visiting.say("Zoe Q")
    visiting.discussion.sanction("name", "Z0Ë.Q", "not a name", visiting.now)
    assert reason(lambda: visiting.say("Zoe Q")) == "banned"
    visiting.discussion.sanction("name", "Mallory", "not here", visiting.now)
    assert reason(lambda: visiting.sender("mállory")) == "banned"
    assert reason(lambda: visiting.discussion.sanction("name", "...", "", NOON)) == "bad_name"


def test_a_banned_address_writes_nothing_under_any_name(visiting: Visiting) -> None:
    comment, zoe = visiting.say("Zoe"), visiting.sender("Zoe")
    _, code = visiting.discussion.new_recovery_code(zoe, visiting.now)
    visiting.discussion.sanction_author(comment.id, "address", "flood", visiting.now)
    home, now, store = zoe.address_key, visiting.now, visiting.discussion
    assert reason(lambda: visiting.say("Zoe")) == "banned"
    assert reason(lambda: store.sign_in("Another", home, now)) == "banned"
    assert reason(lambda: store.recover("Zoe", code, home, now)) == "banned"
    assert reason(lambda: store.report(comment.id, "revenge", home, now)) == "banned"
    elsewhere = zoe._replace(address_key=b"elsewhere")
    again = store.add_comment(elsewhere, "hello", visiting.now, nonce="x", post_id="1")
    assert again.name == "Zoe"


@pytest.mark.parametrize("kind", ["mute", "name", "address"])
def test_a_sanction_ends_by_itself_or_is_lifted(visiting: Visiting, kind: str) -> None:
    comment = visiting.say("Zoe")
    sanction = partial(visiting.discussion.sanction_author, comment.id, kind, "enough")  # type: ignore[arg-type]
    sanction(visiting.now, until=visiting.now + HOUR)
    visiting.wait(3539)
    assert reason(lambda: visiting.say("Zoe")) in ("muted", "banned")
    visiting.wait(-59)
    assert visiting.say("Zoe").name == "Zoe"
    number = sanction(visiting.now)
    visiting.wait(1e8)
    assert reason(lambda: visiting.say("Zoe")) in ("muted", "banned")
    visiting.discussion.lift(number, visiting.now)
    assert visiting.say("Zoe").name == "Zoe"
    assert reason(lambda: visiting.discussion.lift(number, visiting.now)) == "gone"


def test_sanctions_are_listed_without_anybody_s_secret(visiting: Visiting) -> None:
    comment, zoe = visiting.say("Zoe"), visiting.sender("Zoe")
    until = visiting.now + HOUR
    mute = visiting.discussion.sanction("mute", zoe.visitor.id, "one", visiting.now, until)
    name = visiting.discussion.sanction("name", "Émile", "two", visiting.now)
    place = visiting.discussion.sanction_author(comment.id, "address", "three", visiting.now)
    listed = visiting.discussion.sanctions()
    assert [(s.number, s.kind, s.reason) for s in listed] == [
        (place, "address", "three"),
        (name, "name", "two"),
        (mute, "mute", "one"),
    ]
    assert [s.value for s in listed] == [zoe.address_key.hex()[:12], "Émile", "Zoe"]
    assert [s.until for s in listed] == [None, None, until]
    assert visiting.discussion.sanctions(limit=1) == listed[:1]
    assert zoe.visitor.id not in str(visiting.discussion.audit_log())
    author = visiting.discussion.sanction_author
    assert reason(lambda: author("c99", "mute", "", visiting.now)) == "gone"


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("this is BÄD", True),
        ("b.a.d", True),
        ("b a d!", True),
        ("so bad, really", True),
        ("badge", False),
        ("not bаd", True),  # noqa: RUF001
        ("two\nwords", True),
        ("TwoWords", True),
        ("two other words", False),
        ("👍", False),
    ],
)
def test_filtered_words_are_found_however_they_are_written(text: str, forbidden: bool) -> None:
    assert word_filters.has_one_of(text, {"bad", "twowords"}) is forbidden


def test_what_holds_a_filtered_word_is_not_written(visiting: Visiting) -> None:
    comment, zoe = visiting.say("Zoe"), visiting.sender("Zoe")
    visiting.discussion.add_word("Bad-Word", visiting.now)
    visiting.discussion.add_word("bad word", visiting.now)
    assert visiting.discussion.words() == ["Bad-Word"]
    assert reason(lambda: visiting.say("Zoe", "a bad word")) == "filtered"
    edit = visiting.discussion.edit_comment
    assert reason(lambda: edit(zoe, comment.id, "Badword", comment.created_at)) == "filtered"
    assert reason(lambda: visiting.sender("Bad Word")) == "filtered"
    visiting.discussion.remove_word("BADWORD", visiting.now)
    assert visiting.say("Zoe", "a bad word").text == "a bad word"
    assert visiting.discussion.audit_log(limit=1)[0].target == "Bad-Word"
    assert reason(lambda: visiting.discussion.remove_word("BADWORD", visiting.now)) == "gone"
    assert reason(lambda: visiting.discussion.add_word("!!", visiting.now)) == "bad_text"


def test_there_are_only_so_many_filtered_words(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_filters, "MOST_WORDS", 2)
    for word in ("one", "two"):
        visiting.discussion.add_word(word, visiting.now)
    assert reason(lambda: visiting.discussion.add_word("three", visiting.now)) == "too_many"


@pytest.mark.parametrize("scope", ["everywhere", "post:1", "room:ada"])
def test_a_locked_place_takes_nothing(visiting: Visiting, scope: str) -> None:
    places: dict[str, dict[str, str]] = {"post:1": {"post_id": "1"}, "room:ada": {"room": "ada"}}
    before = {place: visiting.say("Zoe", **where) for place, where in places.items()}
    visiting.discussion.set_rule(scope, visiting.now, locked=True, slow_seconds=0)
    for place, where in places.items():
        comment = before[place]
        edit = partial(
            visiting.discussion.edit_comment,
            visiting.sender("Zoe"),
            comment.id,
            "other",
            comment.created_at,
        )
        if scope in ("everywhere", place):
            assert reason(partial(visiting.say, "Zoe", **where)) == "locked"
            assert reason(edit) == "locked"
        else:
            assert visiting.say("Zoe", **where).name == "Zoe"
            assert edit().text == "other"
        remove = visiting.discussion.remove_comment
        assert remove(visiting.sender("Zoe"), comment.id, visiting.now).text == ""
    visiting.discussion.set_rule(scope, visiting.now, locked=False, slow_seconds=0)
    assert visiting.discussion.rules() == []
    assert visiting.say("Zoe").name == "Zoe"


def test_slow_mode_holds_each_visitor_in_that_place(visiting: Visiting) -> None:
    visiting.discussion.set_rule("room:ada", visiting.now, locked=False, slow_seconds=90)
    visiting.say("Zoe", room="ada")
    refused = refusal(lambda: visiting.say("Zoe", room="ada"))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 30
    assert visiting.say("Yan", room="ada").name == "Yan"
    assert visiting.say("Zoe", room="bob").name == "Zoe"
    assert visiting.say("Zoe", room="ada").name == "Zoe"


def test_slow_mode_everywhere_counts_all_places(visiting: Visiting) -> None:
    visiting.discussion.set_rule("everywhere", visiting.now, locked=False, slow_seconds=90)
    visiting.say("Zoe", room="ada")
    assert reason(lambda: visiting.say("Zoe", room="bob")) == "too_fast"
    assert visiting.say("Zoe", room="bob").name == "Zoe"


def test_rules_are_read_back(visiting: Visiting) -> None:
    store = visiting.discussion
    assert store.rule("everywhere") == Rule("everywhere", locked=False, slow_seconds=0)
    store.set_rule("post:1", visiting.now, locked=True, slow_seconds=5)
    store.set_rule("everywhere", visiting.now, locked=False, slow_seconds=7)
    assert store.rules() == [Rule("everywhere", False, 7), Rule("post:1", True, 5)]
    assert store.rule("post:1") == Rule("post:1", True, 5)


@pytest.mark.parametrize(
    ("scope", "seconds"),
    [("", 1), ("room:", 1), ("room:A", 1), ("post:01", 1), ("room:ada", -1), ("room:ada", 3601)],
)
def test_what_is_no_rule_is_not_set(visiting: Visiting, scope: str, seconds: int) -> None:
    with pytest.raises(ValueError, match=r"scope|slow_seconds"):
        visiting.discussion.set_rule(scope, visiting.now, locked=True, slow_seconds=seconds)
    assert visiting.discussion.audit_log() == []


@pytest.mark.parametrize("scope", ["room:nobody", "post:3", "post:999999"])
def test_a_place_that_is_not_there_has_no_rule(visiting: Visiting, scope: str) -> None:
    store = visiting.discussion
    for locked, seconds in ((True, 0), (False, 5)):
        attempt = partial(store.set_rule, scope, visiting.now, locked=locked, slow_seconds=seconds)
        assert reason(attempt) == "gone"
    assert (store.rules(), store.audit_log()) == ([], [])


def test_the_rule_of_a_post_that_was_deleted_can_go(visiting: Visiting) -> None:
    store, now = visiting.discussion, visiting.now
    store.set_rule("post:1", now, locked=True, slow_seconds=0)
    visiting.tweets.save([Tombstone("1")])
    store.set_rule("post:1", now, locked=False, slow_seconds=0)
    assert store.rules() == []


def test_reports_wait_until_they_are_settled(visiting: Visiting) -> None:
    zoe, comment = visiting.sender("Zoe"), visiting.say("Zoe")
    visiting.discussion.tag_post(zoe, "1", "Red Carpet", visiting.now)
    report = visiting.discussion.report
    report(comment.id, " rude ", b"somewhere", visiting.now, zoe.visitor)
    report("tag:redcarpet", "not so", b"somewhere", visiting.now)
    first, second = visiting.discussion.open_reports()
    assert first == Report(first.number, comment.id, "rude", "Zoe", visiting.now)
    assert (second.target, second.visitor) == ("tag:redcarpet", None)
    assert visiting.discussion.open_reports(limit=1) == [first]
    assert visiting.discussion.open_reports(after=first.number) == [second]
    visiting.discussion.settle_report(first.number, visiting.now)
    assert visiting.discussion.open_reports() == [second]
    assert reason(lambda: visiting.discussion.settle_report(first.number, NOON)) == "gone"
    for target in ("c99", "tag:nothing", "tag:", "", "\x00"):
        assert reason(partial(report, target, "why", b"somewhere", visiting.now)) == "gone"
    visiting.discussion.remove_comment(zoe, comment.id, visiting.now)
    assert reason(lambda: report(comment.id, "late", b"elsewhere", visiting.now)) == "gone"
    assert reason(lambda: report(comment.id, "", b"elsewhere", visiting.now)) == "bad_text"


def test_whoever_reports_it_again_changes_the_reason(visiting: Visiting) -> None:
    zoe, comment = visiting.sender("Zoe").visitor, visiting.say("Zoe")
    report = partial(visiting.discussion.report, comment.id)
    report("rude", b"home", visiting.now)
    report("rude and wrong", b"home", visiting.now)
    report("by name", b"work", visiting.now, zoe)
    report("from elsewhere", b"train", visiting.now, zoe)
    report("somebody else", b"other", visiting.now)

    def reasons() -> list[tuple[str, str | None]]:
        return [(found.reason, found.visitor) for found in visiting.discussion.open_reports()]

    others = [("from elsewhere", "Zoe"), ("somebody else", None)]
    assert reasons() == [("rude and wrong", None), *others]
    visiting.discussion.settle_report(1, visiting.now)
    report("still there", b"home", visiting.now)
    assert reasons() == [*others, ("still there", None)]


@on_sqlite
def test_who_wrote_a_comment_is_found_by_its_position(visiting: Visiting) -> None:
    comment = visiting.say("Zoe")
    kinds: list[SanctionKind] = ["mute", "name", "address"]
    with plans_of(visiting.tweets._writer) as plans:
        for kind in kinds:
            visiting.discussion.sanction_author(comment.id, kind, "rude", visiting.now)
    assert plans
    assert scans(plans) == []


def test_a_rule_that_is_half_given_stays_as_it_is_in_the_other_half(visiting: Visiting) -> None:
    store = visiting.discussion
    store.set_rule("room:ada", visiting.now, slow_seconds=30)
    store.set_rule("room:ada", visiting.now, locked=True)
    assert store.rule("room:ada") == Rule("room:ada", locked=True, slow_seconds=30)
    store.set_rule("room:ada", visiting.now, slow_seconds=0)
    store.set_rule("room:ada", visiting.now)
    assert store.rules() == [Rule("room:ada", locked=True)]


def test_every_act_of_a_moderator_is_noted(visiting: Visiting) -> None:
    store, comment = visiting.discussion, visiting.say("Zoe")
    store.tag_post(visiting.sender("Zoe"), "1", "tag", visiting.now)
    store.report(comment.id, "rude", b"somewhere", visiting.now)
    acts: list[Callable[[datetime], object]] = [
        lambda now: store.settle_report(1, now),
        lambda now: store.sanction_author(comment.id, "mute", "rude", now),
        lambda now: store.sanction("name", "Mallory", "not here", now),
        lambda now: store.lift(1, now),
        lambda now: store.add_word("bad", now),
        lambda now: store.remove_word("bad", now),
        lambda now: store.set_rule("room:ada", now, locked=True, slow_seconds=5),
        lambda now: store.moderate_tag("tag", now),
        lambda now: store.moderate_comment(comment.id, now),
    ]
    for act in acts:
        act(visiting.wait(1))
    log = store.audit_log()
    assert [(entry.action, entry.target) for entry in reversed(log)] == [
        ("settle", comment.id),
        ("mute", comment.id),
        ("name", "Mallory"),
        ("lift", "Zoe"),
        ("forbid", "bad"),
        ("allow", "bad"),
        ("rule", "room:ada"),
        ("untag", "tag:tag"),
        ("remove", comment.id),
    ]
    assert [entry.at for entry in log] == sorted((e.at for e in log), reverse=True)
    assert store.audit_log(limit=2, before=log[3].number) == log[4:6]
