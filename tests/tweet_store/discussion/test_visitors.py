"""Names, and the codes that lead back to them."""

from __future__ import annotations

import re
from functools import partial

import pytest
from sqlalchemy import select, text

from tests.tweet_store.databases import Databases, on_sqlite
from tests.tweet_store.discussion.visiting import Visiting, reason, refusal
from tests.tweet_store.old_stores import migrated
from tests.tweet_store.plans import plans_of, scans
from tests.tweet_store.posts import author, tweet
from tweet_store.discussion import schema
from tweet_store.discussion.model import Sender, Visitor
from tweet_store.discussion.refusals import TooFast

HOME = b"address"


def test_a_visitor_is_known_by_its_id(visiting: Visiting) -> None:
    visitor = visiting.discussion.sign_in("  Zoë   Q ", HOME, visiting.now)
    assert visitor.name == "Zoë Q"
    assert re.fullmatch("[0-9a-f]{32}", visitor.id)
    assert visiting.discussion.visitor(visitor.id) == visitor
    assert visiting.discussion.visitor("nobody") is None


@pytest.mark.parametrize("name", ["zoe q", "ZOË-Q", "z0e q"])
def test_nobody_takes_a_name_that_looks_like_another_s(visiting: Visiting, name: str) -> None:
    visiting.sender("Zoë Q")
    assert reason(lambda: visiting.discussion.sign_in(name, HOME, visiting.now)) == "name_taken"


@pytest.mark.parametrize(
    "name",
    ["Ada", "ADA", "Ⱥda", "ᴀda", "ꓮꓓꓮ", "countess", "The Countess", "l0velace", "Løvełace"],  # noqa: RUF001
)
def test_nobody_takes_a_celeb_s_slug_name_or_handle(visiting: Visiting, name: str) -> None:
    countess = author("countess", account_id="id-of-ada", name="The Countess")
    visiting.tweets.save([tweet("3", author=countess)])
    visiting.tweets.save([tweet("4", author=author("x9", name="Lovelace"))])
    assert reason(lambda: visiting.discussion.sign_in(name, HOME, visiting.now)) == "name_taken"


@pytest.mark.parametrize(
    "name",
    [
        *("admin", "ADM1N", "Ad min", "Àdmin", "Administrator", "The Moderator", "Moderation"),
        *(
            "Ada's Support",
            "staff",
            "Staff of Ada",
            "Official Ada",
            "Celeb Wire",
            "system",
            "System!",
        ),
    ],
)
def test_nobody_takes_a_name_that_looks_like_the_site_s(visiting: Visiting, name: str) -> None:
    refused = refusal(lambda: visiting.discussion.sign_in(name, HOME, visiting.now))
    assert (refused.reason, str(refused)) == ("name_taken", "That name is kept for the site.")


@pytest.mark.parametrize("name", ["Staffan", "Systematic", "My official fan", "Administratrix"])
def test_a_name_that_only_has_such_a_word_in_it_is_free(visiting: Visiting, name: str) -> None:
    assert visiting.discussion.sign_in(name, HOME, visiting.now).name == name


def test_names_of_celebs_are_those_they_have_now(visiting: Visiting) -> None:
    visiting.tweets.save([tweet("3", author=author("cy", name="Cy Twombly"))])
    visiting.tweets.save([tweet("4", author=author("cy", name="The Painter"))])
    visiting.sender("Cy Twombly")
    assert reason(lambda: visiting.sender("The Painter")) == "name_taken"


@on_sqlite
def test_to_sign_in_takes_no_look_at_each_celeb(visiting: Visiting) -> None:
    visiting.sender("Yan")  # before, so that nothing is left to be prepared
    with plans_of(visiting.tweets._reader, visiting.tweets._writer) as plans:
        visiting.sender("Zoe")
    assert [step for step in scans(plans) if "word_filters" not in step] == []
    asked = [step for plan in plans for step in plan if "accounts" in step]
    assert len(asked) == 3
    assert all(step.startswith("SEARCH accounts USING INDEX") for step in asked)


def test_posts_of_known_celebs_cost_no_keys(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noted(name: str) -> str:
        made.append(name)
        return name

    monkeypatch.setattr("tweet_store.rows.name_key", noted)
    visiting.tweets.save([tweet(str(number)) for number in range(3, 9)])
    assert made == []
    visiting.tweets.save([tweet("9", author=author("cy", name="Cy Twombly"))])
    assert made == ["cy", "cy", "Cy Twombly"]


@on_sqlite
def test_names_that_were_stored_by_an_earlier_release_are_taken(databases: Databases) -> None:
    url = databases.empty()
    with migrated(url, "0001") as connection:
        connection.execute(text("INSERT INTO celebs VALUES ('bey', 'Beyoncé', 1, 7, 0)"))
        connection.execute(
            text(
                "INSERT INTO accounts VALUES('x', '5', 'bey', 'Queen_B', 'Beyoncé', NULL, NULL, 0)"
            )
        )
    visiting = Visiting(url)
    for name in ("BEY", "queen b", "Beyonce"):
        assert reason(partial(visiting.sender, name)) == "name_taken"
    visiting.close()


def test_a_bad_name_is_refused(visiting: Visiting) -> None:
    assert reason(lambda: visiting.discussion.sign_in("x", HOME, visiting.now)) == "bad_name"


def test_attempts_at_names_count_whether_or_not_they_succeed(visiting: Visiting) -> None:
    sign_in = visiting.discussion.sign_in
    sign_in("Zoe", HOME, visiting.now)
    for _ in range(9):
        assert reason(lambda: sign_in("Zoe", HOME, visiting.now)) == "name_taken"
    refused = refusal(lambda: sign_in("Yan", HOME, visiting.wait(1)))
    assert isinstance(refused, TooFast)
    assert refused.retry_after == 599
    assert sign_in("Yan", b"another address", visiting.now).name == "Yan"
    assert sign_in("Xia", HOME, visiting.wait(599)).name == "Xia"


def test_a_code_leads_back_however_it_is_typed(visiting: Visiting) -> None:
    zoe, code = visiting.discussion.new_recovery_code(visiting.sender("Zoe"), visiting.now)
    assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}", code)
    typed = [code, code.upper(), code.replace("-", " "), code.replace("0", "O").replace("1", "l")]
    for way in typed:
        assert visiting.discussion.recover("ZOË", way, HOME, visiting.now) == zoe


def test_a_wrong_code_and_an_unknown_name_are_refused_alike(visiting: Visiting) -> None:
    zoe, code = visiting.discussion.new_recovery_code(visiting.sender("Zoe"), visiting.now)
    yan = visiting.sender("Yan").visitor
    tries = [("Zoe", "x"), ("Zoe", "\ud800"), ("Yan", code), ("Nobody", code), ("\ud800", "")]
    texts = set()
    for name, tried in tries:
        attempt = partial(visiting.discussion.recover, name, tried, HOME, visiting.now)
        refused = refusal(attempt)
        assert refused.reason == "wrong_code"
        texts.add(str(refused))
    assert len(texts) == 1
    again = refusal(lambda: visiting.discussion.recover("Zoe", code, HOME, visiting.now))
    assert again.reason == "too_fast"
    assert visiting.discussion.recover("Zoe", code, HOME, visiting.wait(600)) == zoe
    assert yan != zoe


def test_a_new_code_makes_the_old_one_void(visiting: Visiting) -> None:
    sender = visiting.sender("Zoe")
    zoe = sender.visitor
    _, old = visiting.discussion.new_recovery_code(sender, visiting.now)
    newest, new = visiting.discussion.new_recovery_code(sender, visiting.now)
    recover = visiting.discussion.recover
    assert reason(lambda: recover("Zoe", old, HOME, visiting.now)) == "wrong_code"
    assert recover("Zoe", new, HOME, visiting.now) == newest
    assert visiting.discussion.visitor(zoe.id) == newest
    # So what a cookie of before says of them is known to be old.
    assert (newest.id, newest.name, newest.generation) == (zoe.id, "Zoe", zoe.generation + 2)
    gone = Sender(Visitor("nobody", "Nobody"), HOME)
    assert reason(lambda: visiting.discussion.new_recovery_code(gone, visiting.now)) == "gone"


def test_neither_codes_nor_addresses_can_be_read_in_the_file(visiting: Visiting) -> None:
    zoe = visiting.sender("Zoe")
    _, code = visiting.discussion.new_recovery_code(zoe, visiting.now)
    visiting.say("Zoe")
    with visiting.tweets.reading() as connection:
        kept = connection.scalar(select(schema.visitors.c.recovery_hash))
        key = connection.scalar(select(schema.comments.c.address_key))
    assert kept is not None
    assert code.encode() not in kept
    assert code.replace("-", "").encode() not in kept
    assert key == zoe.address_key
    assert Visitor(zoe.visitor.id, "Zoe") == zoe.visitor


def test_a_form_sent_twice_signs_in_one_visitor(visiting: Visiting) -> None:
    sign_in, id_ = visiting.discussion.sign_in, "of the form"
    zoe = sign_in("Zoe", HOME, visiting.now, id_)
    assert zoe.id == id_
    assert sign_in(" Zoe ", HOME, visiting.wait(5), id_) == zoe
    assert reason(lambda: sign_in("Zoe", HOME, visiting.now, "of another")) == "name_taken"
    assert reason(lambda: sign_in("Zoe", HOME, visiting.wait(601), id_)) == "name_taken"


def test_a_form_of_before_a_recovery_code_signs_nobody_in(visiting: Visiting) -> None:
    zoe = visiting.discussion.sign_in("Zoe", HOME, visiting.now, "of the form")
    visiting.discussion.new_recovery_code(Sender(zoe, HOME), visiting.now)
    again = partial(visiting.discussion.sign_in, "Zoe", HOME, visiting.now, "of the form")
    assert reason(again) == "name_taken"
