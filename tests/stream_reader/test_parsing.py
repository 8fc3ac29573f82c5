from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.parsing import MAX_LINE, BadLine, StreamError, parse_line
from tests.stream_reader.x_lines import USER, Json, encode, v1, v2
from tweet_store.model import Post, Tombstone, Tweet

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")


def reason_of(line: bytes) -> str:
    with pytest.raises(BadLine) as caught:
        parse_line(line)
    return caught.value.reason


@pytest.mark.parametrize("line", [b"", b"\n", b"\r\n", b"  \r\n"])
def test_a_heartbeat_is_no_post_and_no_error(line: bytes) -> None:
    assert parse_line(line) == []


def test_the_line_end_is_not_part_of_raw() -> None:
    [post] = parse_line(encode(v2()) + b"\r\n")
    assert isinstance(post, Tweet)
    assert post.raw == encode(v2())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "not_json"),
        (b"<html><body>502 Bad Gateway</body></html>", "not_json"),
        (b"\x00\xff\xfe", "not_json"),
        (b'{"data": "\xff"}', "not_json"),
        (b'{"data": {}}}', "not_json"),
        (b'{"id": 1e999}', "not_json"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"data": {"id": "1", "te', "truncated"),
        (b'{"data"', "truncated"),
        (b'{"data": {"text": "caf\xc3', "truncated"),
        (b"null", "not_an_object"),
        (b"17", "not_an_object"),
        (b'[{"data": {}}]', "not_an_object"),
        (b"{}", "unknown_kind"),
        (b'{"data": []}', "unknown_kind"),
        (b'{"limit": {"track": 5}}', "unknown_kind"),
        (b'{"errors": []}', "unknown_kind"),
        (b'{"data": {}}', "no_id"),
        (b'"' + b"x" * MAX_LINE + b'"', "too_long"),
    ],
)
def test_what_is_no_post_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    assert reason_of(line) == reason


def test_the_error_shows_the_line() -> None:
    with pytest.raises(BadLine) as caught:
        parse_line(encode(v2({"author_id": "", "text": "where from?"})))
    assert "where from?" in caught.value.detail


@pytest.mark.parametrize(
    ("error", "disconnects"),
    [
        ({"title": "operational-disconnect", "disconnect_type": "UpstreamOperationalDisconnect",
          "detail": "This stream has been disconnected", "type": "about:blank"}, True),
        ({"title": "x", "type": "https://api.twitter.com/2/problems/operational-disconnect"}, True),
        ({"title": "ConnectionException", "connection_issue": "TooManyConnections",
          "type": "https://api.twitter.com/2/problems/streaming-connection"}, True),
        ({"disconnect_type": "OperationalDisconnect"}, True),
        ({"title": "Not Found Error", "resource_type": "tweet",
          "type": "https://api.twitter.com/2/problems/resource-not-found"}, False),
        ({}, False),
        ({"title": ["?"], "type": None}, False),
    ],
)  # fmt: skip
def test_a_fault_that_x_reports_in_the_stream(error: Json, disconnects: bool) -> None:
    with pytest.raises(StreamError) as caught:
        parse_line(encode({"errors": [error]}))
    assert caught.value.reason == "stream_error"
    assert caught.value.disconnects is disconnects


def test_a_post_with_partial_errors_is_a_post() -> None:
    line = v2(errors=[{"title": "Not Found Error", "resource_type": "user"}])
    assert len(parse_line(encode(line))) == 1


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (rb"half \ud83d.", "half \ufffd."),
        (rb"half \uDE32", "half \ufffd"),
        (rb"whole \ud83d\ude32 and half \ud83d\ud83d\ude32", "whole 😲 and half \ufffd😲"),
        (rb"\ud83d \\ud83d is text", "\ufffd \\ud83d is text"),
    ],
)
def test_half_an_emoji_costs_no_post(escaped: bytes, text: str) -> None:
    line = encode(v2()).replace(b"Hello", escaped)
    [post] = parse_line(line)
    assert isinstance(post, Tweet)
    assert post.text == text
    assert msgspec.json.decode(post.raw)["data"]["text"] == text


def posts_or_bad_line(line: bytes) -> list[Post]:
    try:
        posts = parse_line(line)
    except BadLine:
        return []
    for post in posts:
        assert isinstance(post, Tweet | Tombstone)
        assert 0 < int(post.id) < 2**64
        msgspec.json.encode(post)  # what the store will do: no lone surrogates, no odd types
    return posts


@given(st.binary(max_size=200))
def test_any_bytes_give_posts_or_bad_line(line: bytes) -> None:
    posts_or_bad_line(line)


KEYS = st.sampled_from(
    """data includes users tweets media errors delete status id id_str author_id user text full_text
    entities urls hashtags mentions start end indices url expanded_url tag username type
    created_at referenced_tweets attachments media_keys note_tweet edit_history_tweet_ids
    retweeted_status quoted_status extended_tweet extended_entities title""".split()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "42", "1000", "https://a.example", "photo", "quoted", "#x", "3_1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6), st.sampled_from([v1, v2]))
def test_any_json_of_xs_words_gives_posts_or_bad_line(line: Json, make: Any) -> None:
    posts_or_bad_line(msgspec.json.encode(line))
    whole = make()
    whole.get("data", whole).update(line)
    posts_or_bad_line(msgspec.json.encode(whole))
    posts_or_bad_line(msgspec.json.encode({**make(), "includes": line}))


@given(st.sampled_from([encode(v1()), encode(v2())]), st.data())
def test_a_damaged_line_gives_posts_or_bad_line(line: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(line)))
    to = data.draw(st.integers(at, min(at + 20, len(line))))
    posts_or_bad_line(line[:at] + data.draw(st.binary(max_size=20)) + line[to:])


@given(st.integers(1, len(encode(v2())) - 1))
def test_a_line_cut_anywhere_is_truncated(at: int) -> None:
    assert reason_of(encode(v2())[:at]) == "truncated"


@given(st.randoms(use_true_random=False))
def test_the_order_of_fields_and_includes_plays_no_part(order: random.Random) -> None:
    line = v2(
        {
            "referenced_tweets": [{"type": "quoted", "id": "7"}],
            "attachments": {"media_keys": ["a"]},
        },
        includes={
            "users": [USER, {"id": "8", "username": "bob", "name": "Bob"}],
            "tweets": [{"id": "7", "author_id": "8", "text": "Quoted"}, {"id": "6"}],
            "media": [
                {"media_key": "a", "type": "photo", "url": "https://p.example/a.jpg"},
                {"media_key": "b", "type": "photo", "url": "https://p.example/b.jpg"},
            ],
        },
    )

    def shuffled(value: Any, *, ordered: bool = False) -> Any:
        if isinstance(value, dict):
            keys = order.sample(list(value), len(value))
            return {key: shuffled(value[key], ordered=key == "media_keys") for key in keys}
        if isinstance(value, list):
            items = [shuffled(item) for item in value]
            return items if ordered else order.sample(items, len(items))
        return value

    [expected] = parse_line(encode(line))
    [post] = parse_line(encode(shuffled(line)))
    assert isinstance(post, Tweet)
    assert isinstance(expected, Tweet)
    assert msgspec.structs.replace(post, raw=b"") == msgspec.structs.replace(expected, raw=b"")


@needs_data
def test_every_line_of_the_real_replay_is_a_tweet() -> None:
    with gzip.open(DATA / "mayweather_2017_v2.ndjson.gz") as lines:
        tweets = [post for line in lines for post in parse_line(line)]
    assert len({tweet.id for tweet in tweets}) == len(tweets) == 12_118


@needs_data
def test_the_real_capture_has_seven_tweets_and_one_cut_off_line() -> None:
    lines = (DATA / "x_stream_capture_2021.ndjson").read_bytes().splitlines()
    posts: list[Post] = []
    reasons = []
    for line in lines:
        try:
            posts += parse_line(line)
        except BadLine as bad:
            reasons.append(bad.reason)
    assert (len(posts), reasons) == (7, ["truncated"])
    for post in posts:
        assert isinstance(post, Tweet)
        for entity in post.entities:
            if entity.kind == "url":
                assert post.text[entity.start : entity.end].startswith("https://t.co/")
        assert post.author.avatar_url
    assert sum(len(post.media) for post in posts if isinstance(post, Tweet)) > 0


@needs_data
def test_damaged_real_lines_give_posts_or_bad_line() -> None:
    order = random.Random(1)
    lines = (DATA / "x_stream_capture_2021.ndjson").read_bytes().splitlines()
    for _ in range(3000):
        line = bytearray(order.choice(lines))
        for _ in range(order.randint(1, 4)):
            at = order.randrange(len(line))
            line[at : at + order.randint(0, 9)] = order.choice(
                [b"", b"null", b"{}", b"[]", b"-1", b'""', b'"', order.randbytes(3)]
            )
        posts_or_bad_line(bytes(line))
