from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from stream_reader.parsing import BadLine, parse_line
from tests.stream_reader.x_lines import USER, Json, encode, v2
from tweet_store.model import Author, Entity, Media, Reference, Tweet


def tweet(line: Json) -> Tweet:
    [post] = parse_line(encode(line))
    assert isinstance(post, Tweet)
    return post


def test_a_whole_line() -> None:
    line = v2({"lang": "en", "conversation_id": "999"})
    ada = Author(
        "42", "ada", "Ada L.", "x", "https://pbs.example/ada.jpg", "Counts & writes", verified=True
    )
    assert tweet(line) == Tweet(
        id="1000",
        author=ada,
        text="Hello",
        created_at=datetime(2026, 8, 1, 12, tzinfo=UTC),
        raw=encode(line),
        lang="en",
        conversation_id="999",
        edit_ids=("1000",),
    )


def test_ids_may_be_numbers_and_keys_unknown() -> None:
    users = [{**USER, "id": 42}]
    line = v2(
        {"id": 1000, "author_id": 42, "new_thing": {"deep": []}},
        includes={"users": users, "topics": 5},
        matching_rules={"not": "a list"},
        edit_controls=None,
        surprise=[1],
    )
    assert (tweet(line).id, tweet(line).author.handle) == ("1000", "ada")


def test_entities_count_code_points() -> None:
    text = "😲 #fun @bob $EF https://t.co/x &amp;"
    line = v2({"text": text, "entities": {
        "urls": [{"start": 16, "end": 30, "url": "https://t.co/x",
                  "expanded_url": "https://a.example/long", "display_url": "a.example/lo…"}],
        "hashtags": [{"start": 2, "end": 6, "tag": "fun"}],
        "mentions": [{"start": 7, "end": 11, "username": "bob", "id": "5"}],
        "cashtags": [{"start": 12, "end": 15, "tag": "EF"}],
        "annotations": [{"start": 0, "end": 1, "normalized_text": "?"}],
    }})  # fmt: skip
    assert tweet(line).text == text
    assert tweet(line).entities == (
        Entity("hashtag", 2, 6, "fun"),
        Entity("mention", 7, 11, "bob"),
        Entity("cashtag", 12, 15, "EF"),
        Entity("url", 16, 30, "https://a.example/long", "a.example/lo…"),
    )


@pytest.mark.parametrize(
    "entities",
    [
        {"urls": [{"start": 0, "end": 5, "expanded_url": "javascript:alert(1)", "url": "x"}]},
        {"urls": [{"start": 0, "end": 5, "expanded_url": 'https://a.example/" onload="x'}]},
        {"urls": [{"start": "0", "end": 5, "url": "https://a.example"}]},
        {"urls": [{"start": True, "end": 5, "url": "https://a.example"}]},
        {"urls": [{"start": 0, "end": 6, "url": "https://a.example"}]},
        {"urls": [{}, None, 5, []], "hashtags": {"start": 1}, "mentions": [{"start": 0, "end": 1}]},
        {"hashtags": [{"start": 0, "end": 5, "tag": 7}]},
        [],
        None,
        "x",
    ],
)
def test_a_bad_entity_is_left_out_and_the_tweet_stays(entities: Any) -> None:
    line = v2({"text": "Hello"})
    line["data"]["entities"] = entities
    assert tweet(line).entities == ()


def test_a_url_with_an_unusable_expansion_leads_where_x_leads() -> None:
    line = v2({"text": "https://t.co/x", "entities": {"urls": [
        {"start": 0, "end": 14, "url": "https://t.co/x", "expanded_url": "file:///etc/passwd"},
    ]}})  # fmt: skip
    assert tweet(line).entities == (Entity("url", 0, 14, "https://t.co/x"),)


def test_links_are_found_in_the_text_where_no_entities_come() -> None:
    assert tweet(v2({"text": "so #fun"})).entities == (Entity("hashtag", 3, 7, "fun"),)


def test_a_long_post_has_its_whole_text_and_that_texts_entities() -> None:
    whole = "x" * 300 + " #end"
    line = v2({
        "text": "x" * 279 + "…",
        "entities": {"hashtags": [{"start": 0, "end": 4, "tag": "no"}]},
        "note_tweet": {"text": whole, "entities": {
            "hashtags": [{"start": 301, "end": 305, "tag": "end"}]}},
    })  # fmt: skip
    assert tweet(line).text == whole
    assert tweet(line).entities == (Entity("hashtag", 301, 305, "end"),)


def test_media_in_the_order_of_the_post() -> None:
    media = [
        {"media_key": "7_1", "type": "video", "preview_image_url": "https://p.example/v.jpg"},
        {"media_key": "3_1", "type": "photo", "url": "https://p.example/1.jpg", "width": 640,
         "height": 480, "alt_text": "A cat"},
        {"media_key": "3_2", "type": "photo", "url": "data:image/png;base64,AA"},
        {"media_key": "3_3", "type": "hologram", "url": "https://p.example/h"},
        {"media_key": "3_4", "type": "photo", "url": "https://p.example/4.jpg", "width": -1,
         "height": 1.5, "alt_text": ""},
        {"media_key": None}, "x",
    ]  # fmt: skip
    keys: list[Any] = ["3_1", "7_1", "missing", "3_2", "3_3", "3_4", None, {}]
    line = v2({"attachments": {"media_keys": keys}}, includes={"users": [USER], "media": media})
    assert tweet(line).media == (
        Media("photo", "https://p.example/1.jpg", 640, 480, "A cat"),
        Media("video", "https://p.example/v.jpg"),
        Media("photo", "https://p.example/4.jpg"),
    )


def test_a_retweet_brings_the_repeated_posts_whole_text() -> None:
    full = "y" * 150 + " #whole"
    repeated = {
        "id": "900", "author_id": "43", "text": full, "created_at": "2026-07-31T23:00:00Z",
        "entities": {"hashtags": [{"start": 151, "end": 157, "tag": "whole"}]},
        "attachments": {"media_keys": ["3_1"]},
    }  # fmt: skip
    line = v2(
        {
            "text": f"RT @bob: {full[:100]}…",
            "referenced_tweets": [{"type": "retweeted", "id": 900}],
        },
        includes={
            "tweets": [{"id": "1"}, repeated],
            "users": [{"id": "43", "username": "bob", "name": "Bob"}, USER],
            "media": [{"media_key": "3_1", "type": "photo", "url": "https://p.example/1.jpg"}],
        },
    )
    assert tweet(line).text.endswith("…")
    assert tweet(line).references == (
        Reference(
            "retweeted",
            "900",
            full,
            Author("43", "bob", "Bob"),
            datetime(2026, 7, 31, 23, tzinfo=UTC),
            (Entity("hashtag", 151, 157, "whole"),),
            (Media("photo", "https://p.example/1.jpg"),),
        ),
    )


def test_references_that_are_not_included_keep_kind_and_id() -> None:
    references = [
        {"type": "replied_to", "id": "900"},
        {"type": "quoted", "id": "901"},
        {"type": "quoted", "id": "901"},
        {"type": "admired", "id": "902"},
        {"type": "quoted", "id": "x"},
        {"type": ["quoted"], "id": "903"},
        {},
        None,
    ]
    line = v2(
        {"referenced_tweets": references},
        includes={"users": [USER], "tweets": [{"id": "901", "author_id": "77"}]},
    )
    assert tweet(line).reply_to_id == "900"
    assert tweet(line).references == (Reference("replied_to", "900"), Reference("quoted", "901"))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (None, ("1000",)),
        (["1000"], ("1000",)),
        (["998", "999", "1000"], ("998", "999", "1000")),
        (["1000", "998", 999], ("998", "999", "1000")),
        (["998"], ("998", "1000")),
        (["x", None, {}, "1000"], ("1000",)),
        ("998", ("1000",)),
        ([str(n) for n in range(985, 1001)], tuple(str(n) for n in range(985, 1001))),
        ([str(n) for n in range(984, 1001)], ("1000",)),
        (["1000"] * 50_000, ("1000",)),
    ],
)
def test_edit_chain(history: Any, expected: tuple[str, ...]) -> None:
    assert tweet(v2({"edit_history_tweet_ids": history})).edit_ids == expected


@pytest.mark.parametrize("includes", [None, {}, [], "x", {"users": None}, {"users": [{"id": "7"}]}])
def test_an_author_who_is_not_included_is_known_by_id(includes: Any) -> None:
    author = tweet(v2(includes=includes)).author
    assert author == Author("42", "user_42", "user_42", known=False)


def test_an_authors_odd_fields_are_left_out() -> None:
    user = {"id": "42", "username": "../admin", "name": "", "profile_image_url": "javascript:x",
            "description": 5, "verified": "yes"}  # fmt: skip
    assert tweet(v2(includes={"users": [user]})).author == Author(
        "42", "user_42", "user_42", known=False
    )


def test_one_line_makes_only_so_many_pictures_references_and_links() -> None:
    keys = [f"3_{n}" for n in range(5000)]
    media = [{"media_key": k, "type": "photo", "url": f"https://p.example/{k}"} for k in keys]
    links = [{"start": n, "end": n + 1, "url": "https://a.example"} for n in range(5000)]
    line = v2(
        {
            "text": "x" * 5000,
            "attachments": {"media_keys": keys},
            "entities": {"urls": links},
            "referenced_tweets": [{"type": "quoted", "id": str(n)} for n in range(1, 5000)],
        },
        includes={"users": [USER], "media": media},
    )
    found = tweet(line)
    assert (len(found.media), len(found.references), len(found.entities)) == (16, 16, 100)


def test_times_are_turned_to_utc() -> None:
    line = v2({"created_at": "2026-08-01T14:00:00.250+02:00"})
    assert tweet(line).created_at == datetime(2026, 8, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    assert tweet(line).created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "no_id"),
        ({"id": ""}, "no_id"),
        ({"id": "18446744073709551616"}, "bad_id"),
        ({"id": 2**64}, "bad_id"),
        ({"id": 0}, "bad_id"),
        ({"id": -5}, "bad_id"),
        ({"id": 1.5}, "bad_id"),
        ({"id": True}, "bad_id"),
        ({"id": "0123"}, "bad_id"),
        ({"id": "\uff11\uff12"}, "bad_id"),
        ({"id": "12 "}, "bad_id"),
        ({"id": ["1"]}, "bad_id"),
        ({"author_id": None}, "no_author"),
        ({"author_id": ""}, "no_author"),
        ({"author_id": "ada"}, "bad_id"),
        ({"text": None}, "no_text"),
        ({"text": 5}, "no_text"),
        ({"created_at": None}, "bad_time"),
        ({"created_at": 1754049600}, "bad_time"),
        ({"created_at": "yesterday"}, "bad_time"),
        ({"created_at": "2026-08-01T12:00:00"}, "bad_time"),
        ({"created_at": "0001-01-01T00:00:00+10:00"}, "bad_time"),
    ],
)
def test_a_post_without_what_it_needs_is_refused(changes: Json, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        parse_line(encode(v2(changes)))
    assert caught.value.reason == reason


def test_the_largest_id_fits() -> None:
    assert tweet(v2({"id": "18446744073709551615"})).id == "18446744073709551615"


def test_a_utc_offset_of_the_reader_plays_no_part() -> None:
    east = timezone(timedelta(hours=9))
    assert tweet(v2()).created_at == datetime(2026, 8, 1, 21, tzinfo=east)
