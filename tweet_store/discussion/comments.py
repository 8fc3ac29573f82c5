"""Comments: written, edited, removed; each time with an event, in one transaction."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from tweet_store import log_words, rows
from tweet_store.discussion import (
    places,
    rate_limits,
    refusals,
    rules,
    sanctions,
    stored_comments,
    timeline,
    word_filters,
)
from tweet_store.discussion.model import RemovedBy, Rule, Sender, StoredComment
from tweet_store.discussion.places import Place
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.schema import comments
from tweet_store.model import EventKind
from tweet_store.schema import events, tweets

EDIT_TIME = timedelta(minutes=5)
"""How long a visitor may edit a comment."""

_is_nonce = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch

_CHAIN = select(tweets.c.id, tweets.c.edit_ids).where(tweets.c.position == bindparam("position"))
_FIRST_THREADS = select(events.c.thread_ids).where(events.c.seq == bindparam("seq"))


class Draft(NamedTuple):
    """A comment that may be written there, in answer to the one at `parent` or to none."""

    place: Place
    parent: int | None


def check_new(
    connection: Connection,
    sender: Sender,
    text: str,
    now: datetime,
    form: str,
    post_id: str | None,
    room: str | None,
    parent_id: str | None,
    *,
    counted: bool = False,
) -> Draft | StoredComment:
    """Where a clean text may be written now, or what came of the same form before: see `form_key`.
    `counted` as in `rate_limits`. Raises `Refused`."""
    written = stored_comments.of_form(connection, sender.visitor.id, form)
    if written is not None:
        return written
    place = places.place(connection, post_id, room)
    parent = None if parent_id is None else _answerable(connection, parent_id, place).position
    found = _check(connection, sender, text, rules.scope(place.thread, place.room), now)
    for rule in found:
        if rule.slow_seconds:
            rate_limits.take_slowly(connection, rule, sender, now, counted=counted)
    rate_limits.take(connection, "comment", sender, now, counted=counted)
    return Draft(place, parent)


def add(
    connection: Connection,
    sender: Sender,
    text: str,
    now: datetime,
    form: str,
    post_id: str | None,
    room: str | None,
    parent_id: str | None,
) -> StoredComment:
    """Write a clean text, unless that was done before. Raises `Refused`."""
    draft = check_new(connection, sender, text, now, form, post_id, room, parent_id, counted=True)
    if isinstance(draft, StoredComment):
        return draft
    place = draft.place
    position = timeline.next_seq(connection)
    id_ = f"c{position}"
    connection.execute(
        insert(comments).values(
            position=position,
            id=id_,
            celeb=place.celeb,
            thread=place.thread,
            room=place.room,
            parent=draft.parent,
            visitor=sender.visitor.id,
            name=sender.visitor.name,
            text=text,
            created_at=rows.milliseconds(now),
            address_key=sender.address_key,
            form=form,
        )
    )
    timeline.add_event(
        connection, position, "comment", id_, place.celeb, position, place.thread_ids
    )
    return stored_comments.at(connection, [position])[position]


def check_nonce(nonce: str) -> None:
    """Raises `Refused`, bad_text, for what no form of ours sends."""
    if not _is_nonce(nonce):
        raise Refused("bad_text", refusals.BAD_FORM)


def form_key(nonce: str, *filled: str | None) -> str:
    """What a form sent twice has in common with itself: its nonce, and all that stood in it. A
    browser's 'back' brings the same nonce, and the visitor may then write something else."""
    return hashlib.sha256(json.dumps([nonce, *filled]).encode()).hexdigest()


def check_edit(
    connection: Connection,
    sender: Sender,
    id_: str,
    text: str,
    now: datetime,
    *,
    counted: bool = False,
) -> StoredComment:
    """The comment as it is, if a clean text may take the place of its own, or is the same. Raises
    `Refused`."""
    comment = _own(connection, sender, id_)
    if comment.removed_by is not None:
        raise Refused("gone", refusals.GONE)
    if now - comment.created_at > EDIT_TIME:
        raise Refused("too_late", refusals.TOO_LATE)
    if comment.text != text:
        _check(connection, sender, text, rules.scope(comment.thread, comment.room), now)
        rate_limits.take(connection, "edit", sender, now, counted=counted)
    return comment


def edit(
    connection: Connection, sender: Sender, id_: str, text: str, now: datetime
) -> StoredComment:
    """Put a clean text in the place of another. Raises `Refused`."""
    comment = check_edit(connection, sender, id_, text, now, counted=True)
    if comment.text == text:
        return comment
    connection.execute(
        update(comments)
        .where(comments.c.position == comment.position)
        .values(text=text, edited_at=rows.milliseconds(now))
    )
    return _changed(connection, "comment_edit", comment)


def check_removal(
    connection: Connection, sender: Sender, id_: str, now: datetime, *, counted: bool = False
) -> StoredComment:
    """The comment as it is, if its author may take it back, or has done it. Raises `Refused`."""
    comment = _own(connection, sender, id_)
    if comment.removed_by is None:
        rate_limits.take(connection, "remove", sender, now, counted=counted)
    return comment


def remove_own(connection: Connection, sender: Sender, id_: str, now: datetime) -> StoredComment:
    """The author takes a comment back; a second time changes nothing. Raises `Refused`."""
    comment = check_removal(connection, sender, id_, now, counted=True)
    if comment.removed_by is not None:
        return comment
    return remove(connection, comment, "author", now)


def remove(
    connection: Connection, comment: StoredComment, by: RemovedBy, now: datetime
) -> StoredComment:
    """Take a comment away that is there, and its words with it."""
    connection.execute(
        update(comments)
        .where(comments.c.position == comment.position)
        .values(text="", removed_at=rows.milliseconds(now), removed_by=by)
    )
    return _changed(connection, "comment_delete", comment)


def existing(connection: Connection, id_: str) -> StoredComment:
    """The comment of this id. Raises `Refused`: gone."""
    comment = stored_comments.comment(connection, id_)
    if comment is None:
        raise Refused("gone", refusals.GONE)
    return comment


def _own(connection: Connection, sender: Sender, id_: str) -> StoredComment:
    comment = existing(connection, id_)
    if comment.visitor != sender.visitor.id:
        raise Refused("not_yours", refusals.NOT_YOURS)
    return comment


def _answerable(connection: Connection, parent_id: str, place: Place) -> StoredComment:
    parent = existing(connection, parent_id)
    if parent.removed_by is not None or (parent.thread, parent.room) != (place.thread, place.room):
        raise Refused("gone", refusals.GONE)
    return parent


def _check(
    connection: Connection, sender: Sender, text: str, scope: str, now: datetime
) -> list[Rule]:
    """Whether this may be written there; the rules that hold there."""
    sanctions.check(connection, sender, now)
    found = rules.of(connection, rules.EVERYWHERE, scope)
    if any(rule.locked for rule in found):
        raise Refused("locked", refusals.LOCKED)
    word_filters.check(connection, text)
    return found


def _changed(connection: Connection, kind: EventKind, comment: StoredComment) -> StoredComment:
    """Tell of it; the comment as it is now. The words of before must leave the files."""
    log_words.leave_note(connection)
    seq = timeline.next_seq(connection)
    threads = _threads_of(connection, comment)
    timeline.add_event(connection, seq, kind, comment.id, comment.celeb, comment.position, threads)
    return stored_comments.at(connection, [comment.position])[comment.position]


def _threads_of(connection: Connection, comment: StoredComment) -> tuple[str, ...]:
    if comment.thread is None:
        return ()
    row = connection.execute(_CHAIN, {"position": comment.thread}).one_or_none()
    if row is not None:
        return rows.ids_of(row.edit_ids, row.id)
    # The post is gone; its page is not. The comment's first event knows the ids it had.
    first = connection.scalar(_FIRST_THREADS, {"seq": comment.position})
    return rows.ids_of(first, comment.id)
