from __future__ import annotations

import pytest

from stream_reader.bad_line import StreamError
from stream_reader.source import IntakeClosed
from stream_reader.x_lines import XLines
from stream_reader.x_rules import TAG
from tests.fakes.sink import FakeSink, RecordingDrops
from tests.stream_reader.x_lines import USER, Json, encode, v2
from tweet_store.model import Tweet


def by(handle: str, account_id: str, post_id: str = "1000") -> bytes:
    user: Json = {**USER, "id": account_id, "username": handle}
    return encode(v2({"id": post_id, "author_id": account_id}, includes={"users": [user]}))


def without_includes(account_id: str, post_id: str, rules: object = None) -> bytes:
    line = v2({"id": post_id, "author_id": account_id}, includes=None)
    return encode({**line, "matching_rules": rules})


class Reading:
    def __init__(self, *follow: str) -> None:
        self.drops = RecordingDrops()
        self.sink = FakeSink()
        self.lines = XLines(follow, self.drops, self.sink)


def test_posts_of_followed_accounts_pass_and_others_are_counted() -> None:
    reading = Reading("ADA")
    reading.lines.read(by("Ada", "1", "10"))
    reading.lines.read(by("eve", "2", "11"))
    reading.lines.read(b"")
    assert reading.sink.ids == ["10"]
    assert reading.drops.reasons == {"not_followed": 1}


def test_an_account_once_seen_is_known_where_includes_are_missing() -> None:
    reading = Reading("ada")
    reading.lines.read(without_includes("1", "10"))
    reading.lines.read(by("ada", "1", "11"))
    reading.lines.read(without_includes("1", "12"))
    assert reading.sink.ids == ["11", "12"]
    assert [post.author.handle for post in reading.sink.posts if isinstance(post, Tweet)] == [
        "ada",
        "ada",
    ]
    assert reading.drops.reasons == {"not_followed": 1}


def test_an_account_never_seen_is_followed_if_a_rule_of_ours_matched() -> None:
    reading = Reading("ada")
    theirs = [{"id": 8, "tag": "news"}, {"id": 9}, "x"]
    reading.lines.read(without_includes("1", "10", theirs))
    reading.lines.read(without_includes("1", "11", {"tag": TAG}))
    reading.lines.read(without_includes("1", "12", [*theirs, {"id": "7", "tag": TAG + "follow"}]))
    reading.lines.read(by("eve", "2", "13"))
    assert reading.sink.ids == ["12"]
    [post] = reading.sink.posts
    assert isinstance(post, Tweet)
    assert not post.author.known
    assert reading.drops.reasons == {"not_followed": 3}


def test_what_is_known_stays_bounded() -> None:
    reading = Reading("ada")
    for account_id in range(1, 100):
        reading.lines.read(by("ada", str(account_id)))
    assert len(reading.lines._known) <= 2


def test_bad_lines_are_counted_and_the_next_good_one_passes() -> None:
    reading = Reading("ada")
    for line in (b"rubbish", b'{"data": {}}', b'{"data": {"id": "1"', by("ada", "1")):
        reading.lines.read(line)
    reading.lines.too_long(b"xxx\xff")
    assert reading.sink.ids == ["1000"]
    assert reading.drops.reasons == {"not_json": 1, "no_id": 1, "truncated": 1, "too_long": 1}


def test_a_fault_in_the_stream_is_counted_and_raised_only_if_it_disconnects() -> None:
    reading = Reading("ada")
    reading.lines.read(encode({"errors": [{"title": "Not Found Error"}]}))
    with pytest.raises(StreamError):
        reading.lines.read(encode({"errors": [{"title": "operational-disconnect"}]}))
    assert reading.drops.reasons == {"stream_error": 2}


def test_a_closed_intake_is_told() -> None:
    reading = Reading("ada")
    reading.sink.close()
    with pytest.raises(IntakeClosed):
        reading.lines.read(by("ada", "1"))
