"""Single fields of X's JSON, checked: ids, addresses, sizes, accounts. Pure, any thread.

X's two formats (`x_v2`, `x_v1`) name things differently but mean the same; what a value must look
like to be used is said here, once. Anything may be missing or of any type: each function takes
whatever the JSON held. Only what a post cannot do without raises `BadLine`; the rest becomes None.
"""

from __future__ import annotations

import re
from typing import Any

from stream_reader.bad_line import BadLine
from tweet_store.model import Author

Json = dict[str, Any]
"""A JSON object of unchecked content."""

MAX_ID = 2**64 - 1
LONGEST_CHAIN = 16
"""Versions of a post. X allows five edits, which is six; a longer list is not X's."""
MOST_PICTURES, MOST_REFERENCES = 16, 16
"""Of a post; X allows four and makes two. One hostile line must not become work without end."""

_handle = re.compile(r"[A-Za-z0-9_]{1,50}").fullmatch  # 15 today; some old accounts have more
_web_url = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>]+", re.IGNORECASE).fullmatch


def as_object(value: object) -> Json:
    """The JSON object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The JSON array, or an empty one where there is none."""
    return value if isinstance(value, list) else []


def as_objects(value: object) -> list[Json]:
    """The objects of a JSON array."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def as_id(value: object) -> str | None:
    """An id as a string: a decimal number above 0 that fits in 64 bits, without leading zeros."""
    if type(value) is int:  # bool is an int too, and no id
        return str(value) if 0 < value <= MAX_ID else None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        return None
    if value[0] == "0" or len(value) > 20 or (len(value) == 20 and int(value) > MAX_ID):
        return None
    return value


def need_id(value: object) -> str:
    """The post's id. Raises `BadLine`: no_id, bad_id."""
    if value is None or value == "":
        raise BadLine("no_id", "the post has no id")
    found = as_id(value)
    if found is None:
        raise BadLine("bad_id", f"post id {value!r}")
    return found


def need_account_id(value: object) -> str:
    """The author's id. Raises `BadLine`: no_author, bad_id."""
    if value is None or value == "":
        raise BadLine("no_author", "the post has no author")
    found = as_id(value)
    if found is None:
        raise BadLine("bad_id", f"author id {value!r}")
    return found


def as_text(value: object) -> str | None:
    """The string, unless it is empty."""
    return value if isinstance(value, str) and value else None


def as_web_url(value: object) -> str | None:
    """An http or https address. Any other scheme (javascript:, data:) has no place on a page."""
    return value if isinstance(value, str) and _web_url(value) else None


def as_size(value: object) -> int | None:
    """A width or height in pixels."""
    return value if type(value) is int and 0 < value < 1_000_000 else None


def as_lang(value: object) -> str | None:
    """A language tag such as `en`, `und` or `zh-Hant`."""
    return value if isinstance(value, str) and 0 < len(value) <= 35 else None


def edit_chain(value: object, own_id: str) -> tuple[str, ...]:
    """The ids of a post's versions, oldest first, its own among them. Ids grow with time.

    Of a list that is too long to be true only the post's own id is believed.
    """
    if not isinstance(value, list) or value == [own_id] or len(value) > LONGEST_CHAIN:
        return (own_id,)
    ids = {own_id, *(found for item in value if (found := as_id(item)))}
    return tuple(sorted(ids, key=int))


def by_key(items: object, key: str) -> dict[str, Json]:
    """The objects of a list by one of their fields, ids as strings even where they are numbers."""
    found = {}
    for item in as_objects(items):
        name = item.get(key)
        if type(name) is int or isinstance(name, str):
            found[str(name)] = item
    return found


def unknown_author(account_id: str) -> Author:
    """An author of whom the line tells the id alone: it stands for handle and name."""
    return Author(account_id, f"user_{account_id}", f"user_{account_id}", known=False)


def make_author(
    account_id: str, handle: object, name: object, avatar: object, bio: object, verified: object
) -> Author:
    """An author from X's fields. A handle ends up in paths: what could not be X's is not used."""
    usable = handle if isinstance(handle, str) and _handle(handle) else None
    shown = usable or f"user_{account_id}"
    return Author(
        account_id,
        shown,
        as_text(name) or shown,
        "x",
        as_web_url(avatar),
        as_text(bio),
        verified is True,
        known=usable is not None,
    )
