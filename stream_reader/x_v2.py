"""A line of X's API v2, `{"data": …, "includes": …}`, read into a `Tweet`. Pure, any thread.

`data` is the post; its author, media and the posts it refers to are in `includes`, each in a list
of its own, in any order and any of them possibly missing (X docs: fields and expansions; which we
ask for stands in `x_attempt`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from stream_reader import text_entities
from stream_reader.bad_line import BadLine
from stream_reader.x_fields import (
    MOST_PICTURES,
    MOST_REFERENCES,
    Json,
    as_id,
    as_lang,
    as_list,
    as_object,
    as_objects,
    as_size,
    as_text,
    as_web_url,
    by_key,
    edit_chain,
    make_author,
    need_account_id,
    need_id,
    unknown_author,
)
from tweet_store.model import Author, Entity, Media, MediaKind, Reference, ReferenceKind, Tweet

_MEDIA_KINDS = frozenset(get_args(MediaKind))
_REFERENCE_KINDS = frozenset(get_args(ReferenceKind))


def parse(line: Json, raw: bytes) -> Tweet:
    """The post in the decoded `line`; `raw` is the line itself. Raises `BadLine`."""
    data = line["data"]
    includes = as_object(line.get("includes"))
    post_id = need_id(data.get("id"))
    account_id = need_account_id(data.get("author_id"))
    text, entities = _text(data)
    if text is None:
        raise BadLine("no_text", f"post {post_id}")
    created_at = _time(data.get("created_at"))
    if created_at is None:
        raise BadLine("bad_time", f"created_at {data.get('created_at')!r} of post {post_id}")
    users = by_key(includes.get("users"), "id")
    media = by_key(includes.get("media"), "media_key") if "media" in includes else {}
    references = _references(data, includes, users, media)
    return Tweet(
        id=post_id,
        author=_author(users, account_id) or unknown_author(account_id),
        text=text,
        created_at=created_at,
        raw=raw,
        lang=as_lang(data.get("lang")),
        conversation_id=as_id(data.get("conversation_id")),
        reply_to_id=next((ref.id for ref in references if ref.kind == "replied_to"), None),
        entities=entities,
        media=_media(data, media),
        references=references,
        edit_ids=edit_chain(data.get("edit_history_tweet_ids"), post_id),
    )


def _text(post: Json) -> tuple[str | None, tuple[Entity, ...]]:
    """The whole text and its links. Of a long post `text` is only the beginning."""
    note = as_object(post.get("note_tweet"))
    if as_text(note.get("text")):
        post = note
    text = post.get("text")
    if not isinstance(text, str):
        return None, ()
    if "entities" in post:
        return text, text_entities.fitting(text, _entities(as_object(post["entities"])))
    return text, text_entities.find(text)


def _entities(given: Json) -> Iterator[Entity]:
    for item in as_objects(given.get("urls")):
        target = as_web_url(item.get("expanded_url")) or as_web_url(item.get("url"))
        if target and _has_offsets(item):
            display = as_text(item.get("display_url"))
            yield Entity("url", item["start"], item["end"], target, display)
    for item in as_objects(given.get("hashtags")):
        if as_text(item.get("tag")) and _has_offsets(item):
            yield Entity("hashtag", item["start"], item["end"], item["tag"])
    for item in as_objects(given.get("mentions")):
        if as_text(item.get("username")) and _has_offsets(item):
            yield Entity("mention", item["start"], item["end"], item["username"])
    for item in as_objects(given.get("cashtags")):
        if as_text(item.get("tag")) and _has_offsets(item):
            yield Entity("cashtag", item["start"], item["end"], item["tag"])


def _has_offsets(item: Json) -> bool:
    return type(item.get("start")) is int and type(item.get("end")) is int


def _time(value: object) -> datetime | None:
    """A time such as `2021-04-01T15:52:31.000Z`, in UTC."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _author(users: dict[str, Json], account_id: str) -> Author | None:
    user = users.get(account_id)
    if user is None:
        return None
    return make_author(
        account_id,
        user.get("username"),
        user.get("name"),
        user.get("profile_image_url"),
        user.get("description"),
        user.get("verified"),
    )


def _media(post: Json, included: dict[str, Json]) -> tuple[Media, ...]:
    """The pictures attached to a post, in its order; of moving ones the preview."""
    if not included or "attachments" not in post:
        return ()
    found = []
    for key in as_list(as_object(post["attachments"]).get("media_keys"))[:MOST_PICTURES]:
        item = included.get(key) if isinstance(key, str) else None
        if item is None or as_text(item.get("type")) not in _MEDIA_KINDS:
            continue
        url = as_web_url(item.get("url")) or as_web_url(item.get("preview_image_url"))
        if url:
            width, height = as_size(item.get("width")), as_size(item.get("height"))
            found.append(Media(item["type"], url, width, height, as_text(item.get("alt_text"))))
    return tuple(found)


def _references(
    post: Json, includes: Json, users: dict[str, Json], media: dict[str, Json]
) -> tuple[Reference, ...]:
    given = as_objects(post.get("referenced_tweets"))[:MOST_REFERENCES]
    if not given:
        return ()
    posts = by_key(includes.get("tweets"), "id")
    found = {}
    for item in given:
        kind, post_id = item.get("type"), as_id(item.get("id"))
        if isinstance(kind, str) and kind in _REFERENCE_KINDS and post_id:
            found[kind, post_id] = _reference(item["type"], post_id, posts, users, media)
    return tuple(found.values())


def _reference(
    kind: ReferenceKind,
    post_id: str,
    posts: dict[str, Json],
    users: dict[str, Json],
    media: dict[str, Json],
) -> Reference:
    """The post referred to, as far as it is included."""
    post = posts.get(post_id)
    if post is None:
        return Reference(kind, post_id)
    text, entities = _text(post)
    return Reference(
        kind,
        post_id,
        text,
        _author(users, as_id(post.get("author_id")) or ""),
        _time(post.get("created_at")),
        entities,
        _media(post, media),
    )
