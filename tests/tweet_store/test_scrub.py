from __future__ import annotations

import msgspec

from tweet_store.scrub import without_posts


def scrubbed(value: object) -> object:
    return msgspec.json.decode(without_posts(msgspec.json.encode(value), ["7"]))


def test_it_leaves_out_the_post_in_v2_and_in_v1() -> None:
    post = {"id": "7", "text": "gone"}
    assert scrubbed({"includes": {"tweets": [post, {"id": "8", "text": "stays"}]}}) == {
        "includes": {"tweets": [{"id": "8", "text": "stays"}]}
    }
    status = {"id": 7, "id_str": "7", "full_text": "gone"}
    assert scrubbed({"id": 9, "text": "stays", "quoted_status": status}) == {
        "id": 9,
        "text": "stays",
    }


def test_a_bare_reference_stays() -> None:
    reference = {"data": {"referenced_tweets": [{"type": "quoted", "id": "7"}]}}
    assert scrubbed(reference) == reference
