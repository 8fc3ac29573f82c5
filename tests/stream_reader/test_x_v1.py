from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stream_reader.parsing import BadLine, parse_line
from tests.stream_reader.x_lines import Json, encode, v1
from tweet_store.model import Author, Entity, Media, Reference, Tombstone, Tweet

ADA = Author("42", "ada", "Ada L.", "x", "https://pbs.example/ada.jpg", "Counts & writes")


def tweet(status: Json) -> Tweet:
    [post] = parse_line(encode(status))
    assert isinstance(post, Tweet)
    return post


def test_a_whole_status() -> None:
    assert tweet(v1()) == Tweet(
        id="1050118621198921728",
        author=ADA,
        text="Hello",
        created_at=datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC),
        raw=encode(v1()),
        lang="en",
        edit_ids=("1050118621198921728",),
    )


def test_id_str_goes_before_id() -> None:
    assert tweet(v1(id_str=None)).id == "1050118621198921700"


def test_the_text_is_the_longest_form() -> None:
    extended = {"full_text": "all of it #x", "entities": {
        "hashtags": [{"text": "x", "indices": [10, 12]}]}}  # fmt: skip
    compat = v1(full_text=None, text="all of…", truncated=True, extended_tweet=extended)
    assert tweet(compat).text == "all of it #x"
    assert tweet(compat).entities == (Entity("hashtag", 10, 12, "x"),)
    assert tweet(v1(full_text=None, text="short")).text == "short"


def test_the_text_is_unaltered_by_the_display_range() -> None:
    status = v1(full_text="@bob hi https://t.co/x", display_text_range=[5, 7])
    assert tweet(status).text == "@bob hi https://t.co/x"


def test_entities_and_media() -> None:
    text = "😲 #a @bob $EF https://t.co/u https://t.co/m"
    photo = {
        "indices": [29, 43], "url": "https://t.co/m", "display_url": "pic.example/m",
        "expanded_url": "https://x.example/photo/1", "media_url": "http://p.example/1.jpg",
        "media_url_https": "https://p.example/1.jpg", "type": "photo", "ext_alt_text": "Cat",
        "sizes": {"large": {"w": 800, "h": 600, "resize": "fit"}},
    }  # fmt: skip
    second = {**photo, "media_url_https": "https://p.example/2.jpg", "type": "video", "sizes": 5}
    status = v1(
        full_text=text,
        entities={
            "urls": [{"indices": [14, 28], "url": "https://t.co/u",
                      "expanded_url": "https://a.example", "display_url": "a.example"}],
            "hashtags": [{"indices": [2, 4], "text": "a"}],
            "user_mentions": [{"indices": [5, 9], "screen_name": "bob", "id": 5}],
            "symbols": [{"indices": [10, 13], "text": "EF"}],
            "media": [photo],
        },
        extended_entities={"media": [photo, second, {**photo, "type": "x"}, None]},
    )  # fmt: skip
    assert tweet(status).entities == (
        Entity("hashtag", 2, 4, "a"),
        Entity("mention", 5, 9, "bob"),
        Entity("cashtag", 10, 13, "EF"),
        Entity("url", 14, 28, "https://a.example", "a.example"),
        Entity("url", 29, 43, "https://x.example/photo/1", "pic.example/m"),
    )
    assert tweet(status).media == (
        Media("photo", "https://p.example/1.jpg", 800, 600, "Cat"),
        Media("video", "https://p.example/2.jpg", None, None, "Cat"),
    )


@pytest.mark.parametrize("indices", [None, [], [1], [0, 1, 2], ["0", "5"], "05", [0, 999], [-1, 3]])
def test_a_bad_entity_is_left_out_and_the_tweet_stays(indices: Any) -> None:
    entities = {"urls": [{"indices": indices, "url": "https://a.example"}], "media": 5}
    assert tweet(v1(entities=entities)).entities == ()


def test_links_are_found_in_the_text_where_no_entities_come() -> None:
    status = v1(full_text="so #fun", entities=None)
    assert tweet(status).entities == (Entity("hashtag", 3, 7, "fun"),)


def test_a_reply_a_quote_and_a_retweet() -> None:
    quoted = v1(id=900, id_str="900", full_text="Quoted")
    retweeted = v1(id=901, id_str="901", full_text="The whole of it", user=None)
    status = v1(
        full_text="RT @bob: The wh…",
        in_reply_to_status_id=902,
        in_reply_to_status_id_str="902",
        quoted_status=quoted,
        quoted_status_id_str="900",
        retweeted_status=retweeted,
    )
    created_at = datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)
    assert tweet(status).reply_to_id == "902"
    assert tweet(status).references == (
        Reference("replied_to", "902"),
        Reference("quoted", "900", "Quoted", ADA, created_at),
        Reference("retweeted", "901", "The whole of it", None, created_at),
    )


def test_a_quote_that_is_gone_keeps_its_id() -> None:
    assert tweet(v1(quoted_status_id=900)).references == (Reference("quoted", "900"),)
    assert tweet(v1(quoted_status={"id": 900})).references == (Reference("quoted", "900"),)


def test_edit_history() -> None:
    own = "1050118621198921728"
    assert tweet(v1(edit_history={"edit_tweet_ids": ["9", own]})).edit_ids == ("9", own)


def test_one_status_makes_only_so_many_pictures() -> None:
    photo = {"media_url_https": "https://p.example/1.jpg", "type": "photo"}
    assert len(tweet(v1(extended_entities={"media": [photo] * 5000})).media) == 16


def test_a_deletion() -> None:
    notice = {
        "delete": {"status": {"id": 1234, "id_str": "1234", "user_id": 3}, "timestamp_ms": "1"}
    }
    assert parse_line(encode(notice)) == [Tombstone("1234")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"delete": {}}, "no_id"),
        ({"delete": None}, "no_id"),
        ({"delete": {"status": {"id": -1}}}, "bad_id"),
        (v1(id=None, id_str=None), "no_id"),
        (v1(id_str="12345678901234567890123"), "bad_id"),
        (v1(user=None), "no_author"),
        (v1(user={"id_str": ""}), "no_author"),
        (v1(user=[1]), "no_author"),
        (v1(full_text=None), "no_text"),
        (v1(full_text=["x"]), "no_text"),
        (v1(created_at=None), "bad_time"),
        (v1(created_at="2018-10-10T20:19:24Z"), "bad_time"),
        (v1(created_at="Wed Foo 10 20:19:24 +0000 2018"), "bad_time"),
        (v1(created_at="Wed Feb 31 20:19:24 +0000 2018"), "bad_time"),
        (v1(created_at="Wed Oct 10 20:19:24 +0200 2018"), "bad_time"),
    ],
)
def test_a_status_without_what_it_needs_is_refused(line: Json, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        parse_line(encode(line))
    assert caught.value.reason == reason
