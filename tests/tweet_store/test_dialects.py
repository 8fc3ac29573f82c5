"""What both databases understand, each in its own words."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tweet_store.dialects import json_texts, upsert
from tweet_store.schema import meta
from tweet_store.store import TweetStore


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_a_json_list_is_a_table_of_its_strings(any_store: TweetStore, strings: list[str]) -> None:
    with any_store.reading() as connection:
        given_ = {"these": msgspec.json.encode(strings).decode()}
        assert connection.scalars(select(json_texts("these").c.value), given_).all() == strings


def test_what_is_there_already_is_left_or_changed(store: TweetStore) -> None:
    put = upsert(meta)
    with store.writing() as connection:
        for value in ("first", "second"):
            connection.execute(put.on_conflict_do_nothing(), {"key": "left", "value": value})
            changing = put.on_conflict_do_update(
                index_elements=[meta.c.key], set_={"value": meta.c.value + put.excluded.value}
            )
            connection.execute(changing, {"key": "changed", "value": value})
        found = {row.key: row.value for row in connection.execute(select(meta))}
    assert (found["left"], found["changed"]) == ("first", "firstsecond")
