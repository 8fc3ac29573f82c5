"""Visitors give tags to posts, and moderators take them off. Inside a writing transaction.

A post has a tag as long as one visitor gives it: an event tells of the first and of the last, and
the others are only counted. `tag_form` says which spellings are one tag.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text, update

from tweet_store.dialects import upsert
from tweet_store.discussion import (
    audit,
    places,
    rate_limits,
    refusals,
    reports,
    rules,
    sanctions,
    tags,
    timeline,
    word_filters,
)
from tweet_store.discussion.model import Sender, Tag
from tweet_store.discussion.places import Post
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import post_tags
from tweet_store.discussion.schema import tags as tags_table
from tweet_store.discussion.tag_form import shown_form, tag_of
from tweet_store.model import EventKind
from tweet_store.schema import events, tweets

MOST_ON_POST = 30
"""Tags of one post."""
MOST_OF_VISITOR = 5
"""Tags that one visitor may give to one post."""

_columns = select(tweets.c.position, tweets.c.celeb, tweets.c.id, tweets.c.edit_ids)
_NEWEST_WITH = (
    # Which posts, from the key of their tags alone: there may be any number of them.
    _columns.where(
        tweets.c.position.in_(
            select(post_tags.c.position)
            .distinct()
            .where(post_tags.c.tag == bindparam("tag"))
            .order_by(post_tags.c.position.desc())
            .limit(bindparam("most"))
        )
    ).order_by(tweets.c.position.desc())
)
# By the index of positions, not by that of tags: others may have had it any number of times.
_FORGET = (
    update(events)
    .where(text("kind <> 'tweet' AND position = :at AND tag || '' = :given"))
    .values(tag=None)
)


def check_gift(
    connection: Connection,
    sender: Sender,
    post_id: str,
    text: str,
    now: datetime,
    *,
    counted: bool = False,
) -> Post:
    """The post, if it may be given this tag. `counted` as in `rate_limits`. Raises `Refused`."""
    tag = tag_of(text)
    post = places.post(connection, post_id)
    sanctions.check(connection, sender, now)
    scope = rules.scope(post.position, None)
    if any(rule.locked for rule in rules.of(connection, rules.EVERYWHERE, scope)):
        raise Refused("locked", refusals.LOCKED)
    word_filters.check(connection, shown_form(text))
    rate_limits.take(connection, "tag", sender, now, counted=counted)
    there = tags.names_on(connection, post.position)
    own = tags.names_on(connection, post.position, sender.visitor.id)
    if tag not in there and len(there) >= MOST_ON_POST:
        raise Refused("too_many", refusals.TOO_MANY)
    if tag not in own and len(own) >= MOST_OF_VISITOR:
        raise Refused("too_many", refusals.TOO_MANY)
    return post


def give(connection: Connection, sender: Sender, post_id: str, text: str, now: datetime) -> Tag:
    """Give a post a tag, spelled in any way; to give it twice is to give it once. Raises
    `Refused`."""
    post = check_gift(connection, sender, post_id, text, now, counted=True)
    tag = tag_of(text)
    there = tags.names_on(connection, post.position)
    shown = upsert(tags_table).values(tag=tag, shown=shown_form(text))
    connection.execute(shown.on_conflict_do_nothing())
    given = upsert(post_tags).values(
        tag=tag,
        position=post.position,
        visitor=sender.visitor.id,
        celeb=post.celeb,
    )
    connection.execute(given.on_conflict_do_nothing())
    if tag not in there:
        _tell(connection, "tag", post, tag)
    return next(found for found in tags.of_post(connection, post.position) if found.tag == tag)


def check_taking_back(
    connection: Connection,
    sender: Sender,
    post_id: str,
    text: str,
    now: datetime,
    *,
    counted: bool = False,
) -> Post:
    """The post, if the visitor gave it this tag. `counted` as in `rate_limits`. Raises
    `Refused`."""
    tag = tag_of(text)
    post = places.post(connection, post_id)
    if tag not in tags.names_on(connection, post.position, sender.visitor.id):
        there = tag in tags.names_on(connection, post.position)
        raise Refused("not_yours", refusals.NOT_YOURS) if there else _gone()
    rate_limits.take(connection, "tag", sender, now, counted=counted)
    return post


def take_back(
    connection: Connection, sender: Sender, post_id: str, text: str, now: datetime
) -> None:
    """Take back a tag that the visitor gave. Raises `Refused`."""
    post = check_taking_back(connection, sender, post_id, text, now, counted=True)
    tag = tag_of(text)
    tags.take_off(connection, post.position, [tag], sender.visitor.id)
    if tag not in tags.names_on(connection, post.position):
        _tell(connection, "untag", post, tag)


def moderate_post(connection: Connection, post_id: str, text: str, now: datetime) -> None:
    """A moderator takes a tag off one post. Raises `Refused`."""
    tag = tag_of(text)
    post = places.post(connection, post_id)
    if tag not in tags.names_on(connection, post.position):
        raise _gone()
    _remove(connection, post, tag)
    audit.add(connection, "untag", f"tag:{tag}", now, f"post {post.id}")


def moderate_some(connection: Connection, text: str, now: datetime, most: int) -> bool:
    """A moderator takes a tag off all posts, `most` of them in one transaction. Whether it may be
    on others still; the reports of it are settled when it is not. Raises `Refused`."""
    tag = tag_of(text)
    posts = [Post(*row) for row in connection.execute(_NEWEST_WITH, {"tag": tag, "most": most})]
    for post in posts:
        _remove(connection, post, tag)
    if posts:
        audit.add(connection, "untag", f"tag:{tag}", now, f"{len(posts)} posts")
    if len(posts) == most:
        return True
    reports.settle_all_of(connection, f"tag:{tag}", now)
    return False


def _gone() -> Refused:
    return Refused("gone", refusals.GONE)


def _remove(connection: Connection, post: Post, tag: str) -> None:
    """Its words go from the events of before; this last one tells those who see it now."""
    tags.take_off(connection, post.position, [tag])
    connection.execute(_FORGET, {"at": post.position, "given": tag})
    _tell(connection, "untag", post, tag)


def _tell(connection: Connection, kind: EventKind, post: Post, tag: str) -> None:
    timeline.add_event(
        connection,
        timeline.next_seq(connection),
        kind,
        post.id,
        post.celeb,
        post.position,
        post.ids,
        tag,
    )
