"""The tables of what visitors write, as the queries see them.

A comment has an event on the one timeline, like a post: `position` is the seq of its first. Those
that are removed keep their row, emptied, because others may answer them. Addresses are stored as
keyed hashes, so that a moderator can ban one without seeing it. That keeps it from who has the
database only: whoever has the key as well, which lies in `var/web_secret`, can try all addresses.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, text

from tweet_store.schema import Seq, Text, metadata

visitors = Table(
    "visitors",
    metadata,
    Column("id", Text, primary_key=True, comment="random; in the visitor's signed cookie"),
    Column("name", Text, nullable=False, comment="as the visitor wrote it"),
    Column("name_key", Text, nullable=False, comment="the name without case and look-alikes"),
    Column("created_at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("recovery_hash", LargeBinary, comment="of the recovery code; null: none was asked for"),
    Column("generation", Integer, nullable=False, comment="of cookies: older ones are void"),
    Index("visitors_by_name", "name_key", unique=True),
)

comments = Table(
    "comments",
    metadata,
    Column("position", Seq, primary_key=True, autoincrement=False, comment="seq of first event"),
    Column("id", Text, nullable=False, comment="c and the position"),
    Column("celeb", Text, nullable=False, comment="whose post or room it is"),
    Column("thread", Seq, comment="position of the post it stands under; null in a room"),
    Column("room", Text, comment="slug of the celeb whose room it is in; null under a post"),
    Column("parent", Seq, comment="position of the comment that it answers"),
    Column("visitor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False, comment="empty once removed"),
    Column("created_at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("edited_at", BigInteger),
    Column("removed_at", BigInteger),
    Column("removed_by", Text, comment="author or moderator"),
    Column("address_key", LargeBinary, comment="keyed hash of its origin; see forgetting"),
    Column("form", Text, nullable=False, comment="its key: sent twice, it is one comment"),
    # The last for counting: what is removed does not count.
    Index("comments_by_thread", "thread", "position", "removed_at"),
    Index("comments_by_room", "room", "position"),
    Index(
        "comments_by_parent",
        "parent",
        "removed_at",
        sqlite_where=text("parent IS NOT NULL"),
        postgresql_where=text("parent IS NOT NULL"),
    ),
    Index(
        "comments_removed",
        "thread",
        sqlite_where=text("removed_at IS NOT NULL"),
        postgresql_where=text("removed_at IS NOT NULL"),
    ),
    Index(
        "comments_with_address",
        "created_at",
        sqlite_where=text("address_key IS NOT NULL"),
        postgresql_where=text("address_key IS NOT NULL"),
    ),
    Index("comments_by_visitor", "visitor", "form", unique=True),
)

announcements = Table(
    "announcements",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=False, comment="not confirmed by RabbitMQ"),
)
"""Events of what visitors wrote that RabbitMQ has not confirmed yet. Any web process may finish
what another left behind."""

tags = Table(
    "tags",
    metadata,
    Column("tag", Text, primary_key=True, comment="its form in paths and channels"),
    Column("shown", Text, nullable=False, comment="as its first visitor wrote it"),
    sqlite_with_rowid=False,
)

post_tags = Table(
    "post_tags",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("position", Seq, primary_key=True, autoincrement=False, comment="of the post"),
    Column("visitor", Text, primary_key=True),
    Column("celeb", Text, nullable=False),
    Index("post_tags_by_position", "position"),
    Index("post_tags_by_celeb", "celeb", "tag"),
    sqlite_with_rowid=False,
)

writes = Table(
    "writes",
    metadata,
    Column("number", Seq, primary_key=True),
    Column("at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("kind", Text, nullable=False, comment="comment, tag, report, sign-in, ..."),
    Column("visitor", Text),
    Column("address_key", LargeBinary, nullable=False),
    Index("writes_by_visitor", "visitor", "kind", "at"),
    Index("writes_by_address", "address_key", "kind", "at"),
    Index("writes_by_time", "at"),
)
"""For the rate limits, which hold across web processes. Old rows are deleted."""

reports = Table(
    "reports",
    metadata,
    Column("number", Seq, primary_key=True),
    Column("target", Text, nullable=False, comment="a comment's id, or tag:<tag>"),
    Column("reason", Text, nullable=False),
    Column("visitor", Text),
    Column("address_key", LargeBinary, comment="of its origin, while it is open; see forgetting"),
    Column("created_at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("settled_at", BigInteger),
    Index("reports_by_state", "settled_at", "number"),
    Index("reports_by_target", "target"),
    Index(
        "reports_with_address",
        "created_at",
        sqlite_where=text("address_key IS NOT NULL"),
        postgresql_where=text("address_key IS NOT NULL"),
    ),
)

sanctions = Table(
    "sanctions",
    metadata,
    Column("number", Seq, primary_key=True),
    Column("kind", Text, nullable=False, comment="mute (a visitor id), name or address"),
    Column("value", LargeBinary, nullable=False, comment="visitor id, name key or address key"),
    Column("shown", Text, comment="of a name: as it was written"),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("until", BigInteger, comment="null: for good"),
    Index("sanctions_by_value", "value", "kind"),
    Index("sanctions_by_end", "until"),
)

word_filters = Table(
    "word_filters",
    metadata,
    Column("word", Text, primary_key=True, comment="in the form of name keys"),
    Column("shown", Text, nullable=False, comment="as the moderator wrote it"),
    sqlite_with_rowid=False,
)

rules = Table(
    "rules",
    metadata,
    Column("scope", Text, primary_key=True, comment="everywhere, room:<celeb>, post:<position>"),
    Column("locked", Boolean, nullable=False),
    Column("slow_seconds", Integer, nullable=False, comment="between comments of one visitor"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("number", Seq, primary_key=True),
    Column("at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
