"""What goes in comes out; what is no notice raises BadNotice and nothing else."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amqp_specs.notices import (
    COMMENTS,
    LARGEST_BODY,
    LARGEST_SEQ,
    POSTS,
    BadNotice,
    Notice,
    decode,
    encode,
)

ids = st.from_regex(r"[A-Za-z0-9_~][A-Za-z0-9._~:-]{0,127}", fullmatch=True)
celebs = st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True)
notices = st.builds(
    Notice,
    kind=st.sampled_from(sorted(POSTS.values())),
    id=ids,
    seq=st.integers(1, LARGEST_SEQ),
    celeb=celebs,
)
comment_ids = st.integers(1, 10**19 - 1).map("c{}".format)
tag_kinds = st.sampled_from(["tag", "untag"])
comment_kinds = st.sampled_from(sorted(set(COMMENTS.values()) - {"tag", "untag"}))
seqs = st.integers(1, LARGEST_SEQ)
visitors_notices = st.builds(
    Notice, kind=comment_kinds, id=comment_ids, seq=seqs, celeb=celebs
) | st.builds(Notice, kind=tag_kinds, id=ids, seq=seqs, celeb=celebs)

GOOD = Notice("tweet", "1234567890123456789", 42, "nova")


def body(**changes: object) -> bytes:
    return json.dumps({"id": "1", "seq": 1, "celeb": "nova"} | changes).encode()


def test_a_notice_has_the_published_form_on_the_wire() -> None:
    message = encode(GOOD, 1_700_000_000)
    assert json.loads(message.body) == {"id": "1234567890123456789", "seq": 42, "celeb": "nova"}
    assert message.properties == {
        "content-type": "application/json",
        "delivery-mode": 2,
        "message-id": "tweet:1234567890123456789",
        "timestamp": 1_700_000_000,
        "type": "tweet",
    }


@given(notices)
def test_every_notice_survives_the_wire(notice: Notice) -> None:
    message = encode(notice, 0)
    assert decode(message.body, str(message.properties["type"])) == notice
    assert len(message.body) <= LARGEST_BODY
    assert len(str(message.properties["message-id"])) <= 255


@given(visitors_notices)
def test_every_notice_of_what_visitors_wrote_survives_the_wire(notice: Notice) -> None:
    message = encode(notice, 0)
    type_ = str(message.properties["type"])
    assert decode(message.body, type_, COMMENTS) == notice
    assert message.properties["message-id"] == f"{type_}:{notice.id}"


def test_what_visitors_wrote_has_the_published_form_on_the_wire() -> None:
    types = {
        kind: encode(Notice(kind, "c12", 42, "nova"), 0).properties["type"]
        for kind in COMMENTS.values()
    }
    assert types == {
        "comment": "comment",
        "comment_edit": "edit",
        "comment_delete": "delete",
        "tag": "tag",
        "untag": "untag",
    }


@pytest.mark.parametrize("type_", ["comment", "edit", "delete"])
@pytest.mark.parametrize("id_", ["12", "c", "c0", "c012", "C12", "c12x", "c" + "1" * 20, "c\uff11"])
def test_the_id_of_a_comment_s_notice_is_a_comment_s(type_: str, id_: str) -> None:
    with pytest.raises(BadNotice):
        decode(body(id=id_), type_, COMMENTS)


def test_each_exchange_has_its_own_types() -> None:
    assert decode(body(), "edit").kind == "edit"
    assert decode(body(id="c1"), "edit", COMMENTS).kind == "comment_edit"
    for type_, kinds in (("tweet", COMMENTS), ("comment", POSTS), ("comment_edit", COMMENTS)):
        with pytest.raises(BadNotice, match="unknown type"):
            decode(body(id="c1"), type_, kinds)


@pytest.mark.parametrize("post_id", ["1", "mastodon:109876", "bluesky:did:plc:abc~3k2a", "9" * 128])
def test_ids_of_any_network_pass(post_id: str) -> None:
    assert decode(body(id=post_id), "edit").id == post_id


def test_unknown_keys_are_ignored() -> None:
    assert decode(body(lang="xx", more={"deep": [1, 2]}), "tweet") == Notice(
        "tweet", "1", 1, "nova"
    )


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"id"',
        b"\xff\xfe",
        b'{"id":"\xff","seq":1,"celeb":"a"}',
        b'{"id":"\\ud800","seq":1,"celeb":"a"}',
        b'{"more":' + b"[" * 3000,
        b'{"id":"1","seq":1,"celeb":"a"} x',
        body(id=1),
        body(id=""),
        body(id="a/b"),
        body(id="a b"),
        body(id="1\n"),
        body(id="."),
        body(id=".."),
        body(id="é"),
        body(id="1" * 129),
        body(seq="1"),
        body(seq=0),
        body(seq=-1),
        body(seq=1.5),
        body(seq=True),
        body(seq=None),
        body(seq=LARGEST_SEQ + 1),
        body(seq=10**400),
        body(celeb="Nova"),
        body(celeb=""),
        body(celeb="a" * 65),
        body(celeb="a\n"),
        body(more="x" * LARGEST_BODY),
    ],
    ids=lambda value: value[:40].decode("ascii", "replace"),
)
def test_a_body_that_is_no_notice_is_refused_with_a_short_reason(bad: bytes) -> None:
    with pytest.raises(BadNotice) as caught:
        decode(bad, "tweet")
    assert 0 < len(str(caught.value)) <= 200


@pytest.mark.parametrize("type_", [None, "", "Tweet", "comment", "tweet\n", "x" * 255])
def test_a_type_that_is_none_of_ours_is_refused(type_: str | None) -> None:
    with pytest.raises(BadNotice, match="unknown type"):
        decode(body(), type_)


@given(st.binary(max_size=LARGEST_BODY + 10), st.none() | st.sampled_from([*POSTS, *COMMENTS]))
@example(b'{"id":"1","seq":1,"celeb":"a","x":"\xed\xa0\x80"}', "tweet")
def test_garbage_never_raises_anything_but_bad_notice(garbage: bytes, type_: str | None) -> None:
    for kinds in (POSTS, COMMENTS):
        with contextlib.suppress(BadNotice):
            decode(garbage, type_, kinds)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
)


@given(
    st.dictionaries(st.sampled_from(["id", "seq", "celeb", "kind", "more"]), json_values),
)
def test_any_json_object_is_a_notice_or_a_bad_one(value: dict[str, object]) -> None:
    try:
        notice = decode(msgspec.json.encode(value), "delete")
    except BadNotice:
        return
    assert (notice.id, notice.seq, notice.celeb) == (value["id"], value["seq"], value["celeb"])


@pytest.mark.parametrize(
    "notice",
    [
        Notice("like", "1", 1, "nova"),  # type: ignore[arg-type]
        Notice("comment", "1", 1, "nova"),
        Notice("comment_edit", "c0", 1, "nova"),
        Notice("tweet", "é", 1, "nova"),
        Notice("tweet", "1" * 300, 1, "nova"),
        Notice("tweet", "1\n", 1, "nova"),
        Notice("tweet", "1", 0, "nova"),
        Notice("tweet", "1", LARGEST_SEQ + 1, "nova"),
        Notice("tweet", "1", 1, "Nova"),
        Notice("tweet", "1", 1, ""),
    ],
)
def test_encode_refuses_what_decode_would_refuse(notice: Notice) -> None:
    with pytest.raises(BadNotice):
        encode(notice, 0)
