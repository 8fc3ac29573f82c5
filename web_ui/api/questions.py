"""What may be asked of the API, as Structs: each field is a parameter of the path or the query.

    read("/posts/{id}/answers", PostAnswers, {"id": "1"}, {"limit": ["5"]})

The OpenAPI document is made from the same Structs. A parameter that is not there, comes twice or is
not what it should be raises `BadQuestion`, which names it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from web_ui.addresses import POST_ID

A = TypeVar("A", bound="Asked")

LONGEST_QUERY = 200
MOST_PAGES = 10_000

_SLUG = "[a-z0-9_-]{1,64}"
_POSITION = "^[1-9][0-9]{0,17}$"

PostId = Annotated[
    str,
    Meta(
        pattern=f"^{POST_ID}$",
        description="The id of a post, in any of its versions.",
        examples=["1001"],
    ),
]
Slug = Annotated[
    str,
    Meta(
        pattern=f"^{_SLUG}$",
        description="The slug of a celeb, in lower case.",
        examples=["ada"],
    ),
]
Slugs = Annotated[
    str,
    Meta(
        pattern=f"^{_SLUG}(,{_SLUG})*$",
        max_length=4096,
        description="The slug of a celeb, in lower case, or several with commas between them.",
        examples=["ada", "ada,bob"],
    ),
]
TagName = Annotated[
    str,
    Meta(
        pattern=r"^[^\s,:/?#\u0000-\u001f\u007f-\u009f]{1,100}$",
        description="A tag in the form that it has in addresses.",
        examples=["redcarpet"],
    ),
]
Words = Annotated[
    str,
    Meta(
        pattern=rf"^[^\u0000-\u001f\u007f-\u009f]{{1,{LONGEST_QUERY}}}$",
        description=f"Words to look for: 1 to {LONGEST_QUERY} characters.",
        examples=["tea"],
    ),
]
Position = Annotated[
    str,
    Meta(pattern=_POSITION, description="Go on here: what the page before this one gives as next."),
]
Limit = Annotated[
    int,
    Meta(
        ge=1,
        le=100,
        description="How many at most. There may be fewer, and next says whether more follow.",
    ),
]
Page = Annotated[
    int, Meta(ge=1, le=MOST_PAGES, description="Which page: what the one before it gives as next.")
]


class BadQuestion(ValueError):  # noqa: N818
    """The text names the parameter and what would do. Answer 400."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Nothing in particular."""


class ListOfPosts(Asked, frozen=True):
    """`/posts`."""

    celeb: Slugs | UnsetType = UNSET
    tag: TagName | UnsetType = UNSET
    before: Position | UnsetType = UNSET
    limit: Limit = 50


class OnePost(Asked, frozen=True):
    """`/posts/{id}`."""

    id: PostId


class BelowPost(Asked, frozen=True):
    """Answers and comments."""

    id: PostId
    after: Position | UnsetType = UNSET
    limit: Limit = 50


class Directory(Asked, frozen=True):
    """`/celebs`."""

    q: Words | UnsetType = UNSET
    page: Page = 1
    limit: Limit = 50


class OneCeleb(Asked, frozen=True):
    """`/celebs/{celeb}`."""

    celeb: Slug


class PopularTags(Asked, frozen=True):
    """`/tags`."""

    limit: Limit = 50


class OneTag(Asked, frozen=True):
    """`/tags/{tag}`."""

    tag: TagName


class SearchedPosts(Asked, frozen=True):
    """`/search`."""

    q: Words
    celeb: Slug | UnsetType = UNSET
    before: Position | UnsetType = UNSET
    limit: Limit = 50


class RoomComments(Asked, frozen=True):
    """`/rooms/{celeb}/comments`."""

    celeb: Slug
    before: Position | UnsetType = UNSET
    limit: Limit = 50


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_WHERE = re.compile(r" - at `\$\.(\w+)`$")
_MISSING = re.compile(r"^Object missing required field `(\w+)`$")


def read(asked: type[A], path: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> A:
    """The question. Raises `BadQuestion`."""
    values: dict[str, str] = dict(path)
    for name, texts in query.items():
        if name in path or name not in asked.__struct_fields__:
            raise BadQuestion(
                f"{_printable(name)}: there is no such parameter; {_known(asked, path)}"
            )
        if len(texts) > 1:
            raise BadQuestion(f"{name}: give it once")
        values[name] = texts[0]
    for name, text in values.items():
        # A pattern's $ would let a newline pass.
        if _CONTROL.search(text):
            raise BadQuestion(f"{name}: must not have control characters")
    try:
        return msgspec.convert(values, asked, strict=False)
    except msgspec.ValidationError as error:
        raise BadQuestion(_told(asked, str(error))) from error


def _told(asked: type[Asked], fault: str) -> str:
    """The parameter that msgspec found fault with, and what would do."""
    missing = _MISSING.search(fault)
    where = missing or _WHERE.search(fault)
    if where is None:
        return fault
    name = where[1]
    described = msgspec.json.schema(asked)["$defs"][asked.__name__]["properties"][name]
    if missing:
        return f"{name}: is needed. {described['description']}"
    if described["type"] == "integer":
        lowest, highest = described["minimum"], described["maximum"]
        return f"{name}: must be a number from {lowest} to {highest}"
    return f"{name}: is not of the form that it must have. {described['description']}"


def _known(asked: type[Asked], path: Mapping[str, str]) -> str:
    names = [name for name in asked.__struct_fields__ if name not in path]
    return f"there are {', '.join(names)}" if names else "there are none here"


def _printable(name: str) -> str:
    return _CONTROL.sub("", name)[:50]
