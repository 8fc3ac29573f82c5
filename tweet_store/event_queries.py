"""Reading the one timeline: what happened after a seq.

Each function is one query, and one more each for the comments, the tags and the edited posts' tags
among what it found; most have none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    true,
    union,
)

from tweet_store import rows
from tweet_store.discussion import stored_comments
from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.schema import comments, post_tags, tags
from tweet_store.model import PostEvent, StoredEvent
from tweet_store.schema import OF_COMMENTS, accounts, events, post_ids, tweet_refs, tweets

POST_KINDS = ("tweet", "edit", "delete")
COMMENT_KINDS = ("comment", "comment_edit", "comment_delete")
TAG_KINDS = ("tag", "untag")

# Built once: that takes SQLAlchemy longer than to run them.
# A tag that a post has lost is told of no more: its words would outlive it, and an `untag` follows.
# Where a moderator took it, the earlier events have forgotten which it was.
_STANDS = or_(
    text("events.kind NOT IN ('tag', 'untag')"),
    text("events.kind = 'untag' AND events.tag IS NOT NULL"),
    exists().where(post_tags.c.tag == events.c.tag, post_tags.c.position == events.c.position),
)
_LATEST_SEQ = select(func.max(events.c.seq))
_AFTER = (
    select(events.c.seq, events.c.kind, events.c.post_id, events.c.celeb)
    .where(events.c.seq > bindparam("after"), text("kind IN ('tweet', 'edit', 'delete')"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
_WITH_TWEETS = (
    select(events, *rows.TWEET_COLUMNS)
    .outerjoin(tweets, tweets.c.position == events.c.position)
    .outerjoin(
        accounts,
        and_(accounts.c.network == tweets.c.network, accounts.c.account_id == tweets.c.account_id),
    )
    .order_by(events.c.seq)
)
_AFTER_WITH_TWEETS = _WITH_TWEETS.where(events.c.seq > bindparam("after"), _STANDS).limit(
    bindparam("most")
)


class Selection:
    """Which events: all; or those that are news of posts, of some celebs' posts, in some celebs'
    rooms, on the page of some posts, or on the page of some tags."""

    def __init__(
        self,
        *,
        everything: bool = False,
        posts: bool = False,
        celebs: Collection[str] = (),
        rooms: Collection[str] = (),
        threads: Collection[str] = (),
        tags: Collection[str] = (),
    ) -> None:
        self.everything = everything
        self.posts = posts
        self.celebs = frozenset(celebs)
        self.rooms = frozenset(rooms)
        self.threads = frozenset(threads)
        self.tags = frozenset(tags)


EVERYTHING = Selection(everything=True)


def latest_seq(connection: Connection) -> int:
    """The seq of the newest event; 0 where there is none."""
    return connection.scalar(_LATEST_SEQ) or 0


def post_events_after(connection: Connection, seq: int, limit: int) -> list[PostEvent]:
    """The first `limit` events of posts past `seq`, without the posts."""
    found = connection.execute(_AFTER, {"after": seq, "most": limit})
    return [PostEvent(*row) for row in found]


def events_after(
    connection: Connection, seq: int, limit: int, selection: Selection
) -> list[StoredEvent]:
    """The first `limit` events past `seq` that the selection holds."""
    if selection.everything:
        found = connection.execute(_AFTER_WITH_TWEETS, {"after": seq, "most": limit}).all()
    else:
        selected = _selected(connection, seq, limit, selection)
        found = connection.execute(_WITH_TWEETS.where(events.c.seq.in_(selected))).all()
    kinds = {row.kind for row in found}
    if kinds == {"tweet"}:
        return [rows.event_of(row) for row in found]
    comments_at = _comments(connection, found) if kinds.intersection(COMMENT_KINDS) else {}
    tags_at = _tags(connection, found) if "edit" in kinds else {}
    shown = _shown(connection, found) if kinds.intersection(TAG_KINDS) else {}
    return [
        rows.event_of(
            row,
            comments_at.get(row.position),
            tags_at.get(row.position, ()) if row.kind == "edit" else (),
            shown.get(row.tag),
        )
        for row in found
    ]


def _comments(connection: Connection, found: Sequence[rows.AnyRow]) -> dict[int, StoredComment]:
    return stored_comments.at(
        connection, {row.position for row in found if row.kind in COMMENT_KINDS}
    )


def _tags(connection: Connection, found: Sequence[rows.AnyRow]) -> dict[int, tuple[str, ...]]:
    edited = {row.position for row in found if row.kind == "edit"}
    query = (
        select(post_tags.c.position, post_tags.c.tag)
        .distinct()
        .where(post_tags.c.position.in_(edited))
        .order_by(post_tags.c.tag)
    )
    tags_at: dict[int, tuple[str, ...]] = {}
    for position, tag in connection.execute(query):
        tags_at[position] = (*tags_at.get(position, ()), tag)
    return tags_at


def _shown(connection: Connection, found: Sequence[rows.AnyRow]) -> dict[str, str]:
    of_events = {row.tag for row in found if row.kind in TAG_KINDS}
    query = select(tags.c.tag, tags.c.shown).where(tags.c.tag.in_(of_events))
    return {row.tag: row.shown for row in connection.execute(query)}


def count_after(connection: Connection, seq: int, limit: int, selection: Selection) -> int:
    """How many of them there are, counting no further than `limit`."""
    matching = _selected(connection, seq, limit, selection).subquery()
    return connection.scalar(select(func.count()).select_from(matching)) or 0


def _selected(
    connection: Connection, after: int, limit: int, selection: Selection
) -> Select[tuple[int]]:
    """The first `limit` seqs past `after`. Each condition is asked by itself, with an index of its
    own; of all at once PostgreSQL makes a walk through the timeline."""
    conditions = _conditions(connection, selection)
    asked = [
        select(events.c.seq)
        .where(events.c.seq > after, _STANDS, condition)
        .order_by(events.c.seq)
        .limit(limit)
        .subquery()
        for condition in conditions
    ]
    found = union(*(select(one.c.seq) for one in asked)).subquery()
    return select(found.c.seq).order_by(found.c.seq).limit(limit)


def _conditions(connection: Connection, selection: Selection) -> list[ColumnElement[bool]]:
    if selection.everything:
        return [true()]
    kind = events.c.kind
    # An index holds the positions of all but first events: of those that are true of this.
    later = kind != "tweet"
    conditions: list[ColumnElement[bool]] = []
    if selection.posts:
        conditions.append(kind.in_(POST_KINDS))
    if selection.celebs:
        conditions.append(and_(events.c.celeb.in_(selection.celebs), kind.not_in(COMMENT_KINDS)))
    if selection.rooms:
        in_room = and_(OF_COMMENTS, events.c.thread_ids == "[]")
        conditions.append(and_(events.c.celeb.in_(selection.rooms), in_room))
    if selection.threads:
        named = post_ids.c.id.in_(selection.threads)
        own = list(connection.scalars(select(post_ids.c.position).where(named)))
        answers = select(tweet_refs.c.position).where(
            tweet_refs.c.ref_id.in_(selection.threads), tweet_refs.c.kind == "replied_to"
        )
        people = list(connection.scalars(select(events.c.celeb).where(events.c.seq.in_(own))))
        below = exists().where(comments.c.position == events.c.position, comments.c.thread.in_(own))
        # The first event of a post has its position for a seq, so two indexes serve.
        conditions.append(events.c.seq.in_(own))
        conditions.append(events.c.seq.in_(answers))
        conditions.append(and_(later, events.c.position.in_(own)))
        conditions.append(and_(later, events.c.position.in_(answers), kind.in_(POST_KINDS)))
        # Not by position: a thread has any number of comments, of which few are past the seq.
        conditions.append(and_(events.c.celeb.in_(people), OF_COMMENTS, below))
    if selection.tags:
        tagged = select(post_tags.c.position).where(post_tags.c.tag.in_(selection.tags))
        conditions.append(events.c.tag.in_(selection.tags))
        conditions.append(and_(later, events.c.position.in_(tagged), kind == "edit"))
    return conditions or [~true()]
