"""A status of X's API v1.1, and its notice of a deletion, read into a post. Pure, any thread.

The format of archives and of older tools. A status carries its author, its media and the statuses
it quotes or repeats inside itself. Its text is `full_text`, or `extended_tweet.full_text` where
`text` is only the beginning. `display_text_range` tells clients to hide leading mentions and a
trailing link; the text is shown unaltered here, so it is not applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, get_args

from stream_reader import text_entities
from stream_reader.bad_line import BadLine
from stream_reader.x_fields import (
    MOST_PICTURES,
    Json,
    as_id,
    as_lang,
    as_object,
    as_objects,
    as_size,
    as_text,
    as_web_url,
    edit_chain,
    make_author,
    need_account_id,
    need_id,
)
from tweet_store.model import Author, Entity, Media, MediaKind, Reference, Tombstone, Tweet

_MEDIA_KINDS = frozenset(get_args(MediaKind))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Not strptime: it is slow, and month names follow the locale.
_time_parts = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})", re.ASCII
).fullmatch


def parse(status: Json, raw: bytes) -> Tweet:
    """The post in a decoded status; `raw` is the line itself. Raises `BadLine`."""
    post_id = need_id(_id_of(status))
    author = _author(status)
    text, entities = _text(status)
    if text is None:
        raise BadLine("no_text", f"post {post_id}")
    created_at = _time(status.get("created_at"))
    if created_at is None:
        raise BadLine("bad_time", f"created_at {status.get('created_at')!r} of post {post_id}")
    reply_to_id = _id_at(status, "in_reply_to_status_id")
    return Tweet(
        id=post_id,
        author=author,
        text=text,
        created_at=created_at,
        raw=raw,
        lang=as_lang(status.get("lang")),
        reply_to_id=reply_to_id,
        entities=entities,
        media=_media(status),
        references=tuple(_references(status, reply_to_id)),
        edit_ids=edit_chain(as_object(status.get("edit_history")).get("edit_tweet_ids"), post_id),
    )


def parse_delete(notice: Json) -> Tombstone:
    """The deletion in a decoded `{"delete": {"status": {…}}}`. Raises `BadLine`."""
    return Tombstone(need_id(_id_of(as_object(as_object(notice["delete"]).get("status")))))


def _id_of(thing: Json) -> object:
    """`id_str` before `id`, which JavaScript may have rounded on its way."""
    return thing.get("id_str") or thing.get("id")


def _id_at(status: Json, name: str) -> str | None:
    return as_id(status.get(name + "_str") or status.get(name))


def _author(status: Json) -> Author:
    user = as_object(status.get("user"))
    return make_author(
        need_account_id(_id_of(user)),
        user.get("screen_name"),
        user.get("name"),
        user.get("profile_image_url_https") or user.get("profile_image_url"),
        user.get("description"),
        user.get("verified"),
    )


def _whole(status: Json) -> Json:
    """The part that holds the whole text and all its entities."""
    extended = status.get("extended_tweet")
    return extended if isinstance(extended, dict) and "full_text" in extended else status


def _text(status: Json) -> tuple[str | None, tuple[Entity, ...]]:
    whole = _whole(status)
    text = whole["full_text"] if "full_text" in whole else whole.get("text")
    if not isinstance(text, str):
        return None, ()
    if "entities" in whole:
        return text, text_entities.fitting(text, _entities(as_object(whole["entities"])))
    return text, text_entities.find(text)


def _entities(given: Json) -> Iterator[Entity]:
    for name in ("urls", "media"):  # a picture too stands in the text as a link
        for item in as_objects(given.get(name)):
            target = as_web_url(item.get("expanded_url")) or as_web_url(item.get("url"))
            if target and (at := _offsets(item)):
                yield Entity("url", *at, target, as_text(item.get("display_url")))
    for item in as_objects(given.get("hashtags")):
        if as_text(item.get("text")) and (at := _offsets(item)):
            yield Entity("hashtag", *at, item["text"])
    for item in as_objects(given.get("user_mentions")):
        if as_text(item.get("screen_name")) and (at := _offsets(item)):
            yield Entity("mention", *at, item["screen_name"])
    for item in as_objects(given.get("symbols")):
        if as_text(item.get("text")) and (at := _offsets(item)):
            yield Entity("cashtag", *at, item["text"])


def _offsets(item: Json) -> tuple[int, int] | None:
    match item.get("indices"):
        case [int(start), int(end)]:
            return start, end
    return None


def _time(value: object) -> datetime | None:
    """A time such as `Wed Oct 10 20:19:24 +0000 2018`, in UTC."""
    match = _time_parts(value) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = map(int, match.groups()[1:])
    try:
        return datetime(year, _MONTHS.index(match[1]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _media(status: Json) -> tuple[Media, ...]:
    """The pictures of a status; `entities` alone knows only the first of several."""
    whole = _whole(status)
    holder = as_object(whole.get("extended_entities") or whole.get("entities"))
    found = []
    for item in as_objects(holder.get("media"))[:MOST_PICTURES]:
        url = as_web_url(item.get("media_url_https")) or as_web_url(item.get("media_url"))
        if url and as_text(item.get("type")) in _MEDIA_KINDS:
            size = as_object(as_object(item.get("sizes")).get("large"))
            width, height = as_size(size.get("w")), as_size(size.get("h"))
            found.append(Media(item["type"], url, width, height, as_text(item.get("ext_alt_text"))))
    return tuple(found)


def _references(status: Json, reply_to_id: str | None) -> Iterator[Reference]:
    if reply_to_id:
        yield Reference("replied_to", reply_to_id)
    quoted = as_object(status.get("quoted_status"))
    quoted_id = as_id(_id_of(quoted)) or _id_at(status, "quoted_status_id")
    if quoted_id:
        yield _reference("quoted", quoted_id, quoted)
    retweeted = as_object(status.get("retweeted_status"))
    if retweeted_id := as_id(_id_of(retweeted)):
        yield _reference("retweeted", retweeted_id, retweeted)


def _reference(kind: Literal["quoted", "retweeted"], post_id: str, status: Json) -> Reference:
    text, entities = _text(status)
    if text is None:
        return Reference(kind, post_id)
    try:
        author = _author(status)
    except BadLine:
        author = None
    return Reference(
        kind, post_id, text, author, _time(status.get("created_at")), entities, _media(status)
    )
