"""Whole rows by the order of their columns: what each function gives must be the table's own."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.tweet_store.posts import NOON, author, tweet
from tweet_store import rows
from tweet_store.bulk import BulkInsert
from tweet_store.dialects import upsert
from tweet_store.model import Entity, Media, Reference
from tweet_store.schema import accounts, post_ids, tweets
from tweet_store.store import TweetStore


def test_rows_are_written_in_their_order_and_none_is_fine(store: TweetStore) -> None:
    keep_first = BulkInsert(upsert(post_ids).on_conflict_do_nothing())
    with store.writing() as connection:
        keep_first.execute(connection, [])
        keep_first.execute(connection, [("b", 1), ("a", None), ("b", 2)])
        found = connection.execute(select(post_ids).order_by(post_ids.c.id)).all()
        assert list(map(tuple, found)) == [("a", None), ("b", 1)]
    with store.writing() as connection, pytest.raises(IntegrityError):
        BulkInsert(insert(post_ids)).execute(connection, [("c", 3), ("a", 4)])


def test_a_tweet_s_row_has_each_value_in_its_column(store: TweetStore) -> None:
    post = tweet(
        "12",
        author=author("ada", network="elsewhere"),
        text="words",
        raw=b"raw",
        lang="en",
        conversation_id="10",
        reply_to_id="9",
        entities=(Entity("hashtag", 0, 1, "tag"),),
        media=(Media("photo", "https://example.org/p"),),
        references=(Reference("replied_to", "9"),),
        edit_ids=("11", "12"),
    )
    store.save([post])
    with store.reading() as connection:
        stored = connection.execute(text("SELECT * FROM tweets")).one()._asdict()
    assert (
        stored
        == rows.tweet_values(post, 1, "ada")
        == {
            "position": 1,
            "id": "12",
            "celeb": "ada",
            "network": "elsewhere",
            "account_id": "id-of-ada",
            "text": "words",
            "created_at": int(NOON.timestamp() * 1000),
            "lang": "en",
            "conversation_id": "10",
            "reply_to_id": "9",
            "edit_ids": '["11","12"]',
            "entities": '[{"kind":"hashtag","start":0,"end":1,"target":"tag"}]',
            "media": '[{"kind":"photo","url":"https://example.org/p"}]',
            "refs": '[{"kind":"replied_to","id":"9"}]',
            "raw": b"raw",
        }
    )
    assert list(stored) == list(tweets.c.keys())


def test_an_account_s_row_has_each_value_in_its_column() -> None:
    who = author(
        "ada",
        name="Ada L.",
        network="elsewhere",
        avatar_url="https://example.org/a",
        bio="counts",
        verified=True,
    )
    named = dict(zip(accounts.c.keys(), rows.account_row(who, "slug"), strict=True))
    assert named.pop("celeb") == "slug"
    assert named.pop("search_form") == "ada l. @ada"
    keys = [named.pop(f"{of}_key") for of in ("slug", "handle", "name")]
    assert keys == ["slug", "ada", "adal"]
    assert named == {name: getattr(who, name) for name in named}
