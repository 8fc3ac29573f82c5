"""Invented lines of X, for the parsers' tests."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]

USER: Json = {
    "id": "42",
    "username": "ada",
    "name": "Ada L.",
    "description": "Counts & writes",
    "profile_image_url": "https://pbs.example/ada.jpg",
    "verified": True,
}


def v2(data: Json | None = None, **rest: Any) -> Json:
    """A v2 line; None as a value removes the key."""
    post: Json = {
        "id": "1000",
        "text": "Hello",
        "author_id": "42",
        "created_at": "2026-08-01T12:00:00.000Z",
        "edit_history_tweet_ids": ["1000"],
    }
    post.update(data or {})
    line: Json = {
        "data": _without_none(post),
        "includes": {"users": [USER]},
        "matching_rules": [{"id": 7, "tag": "celebwire:1"}],
    }
    line.update(rest)
    return _without_none(line)


def v1(**changes: Any) -> Json:
    """A v1.1 status; None as a value removes the key."""
    status: Json = {
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "id": 1050118621198921700,
        "id_str": "1050118621198921728",
        "full_text": "Hello",
        "user": {
            "id": 42,
            "id_str": "42",
            "screen_name": "ada",
            "name": "Ada L.",
            "description": "Counts & writes",
            "profile_image_url": "http://pbs.example/ada.jpg",
            "profile_image_url_https": "https://pbs.example/ada.jpg",
            "verified": False,
        },
        "entities": {},
        "lang": "en",
        "retweeted": False,
    }
    status.update(changes)
    return _without_none(status)


def encode(line: Json) -> bytes:
    return msgspec.json.encode(line)


def _without_none(thing: Json) -> Json:
    return {key: value for key, value in thing.items() if value is not None}
