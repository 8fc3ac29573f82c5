"""The tables, as the queries see them. How they came to be is in `migrations/`.

A post that was edited is one row of `tweets`: the current version, in the place of the first. Every
id that ever named it, or will, stands in `post_ids`, deleted posts included; so 'is this new?' and
'which post is this?' are the same look-up.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    text,
)
from sqlalchemy import Text as AnyText

metadata = MetaData()

OF_COMMENTS = text("kind BETWEEN 'comment' AND 'comment_edit'")
"""Of events. A query must say it in these words for their index to serve it. Every insert looks at
it: written with IN, that took saving a twelfth more time."""

# PostgreSQL then compares byte by byte, as SQLite does. An index in a language's order would be
# broken by the next release of the system that knows that order better.
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")

# SQLite gives a rowid's speed to INTEGER PRIMARY KEY only.
Seq = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True, comment="epoch, announced_seq, and NOTES of others"),
    Column("value", Text, nullable=False),
)

celebs = Table(
    "celebs",
    metadata,
    Column("slug", Text, primary_key=True, comment="names the person in paths and notices"),
    Column("name", Text, nullable=False),
    Column("tweet_count", Integer, nullable=False, server_default="0"),
    Column("last_position", Seq, comment="newest post: the order of the directory"),
    Column("last_tweet_at", BigInteger, comment="its time, ms since 1970 UTC"),
    Index("celebs_by_activity", "last_position"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("network", Text, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("celeb", Text, nullable=False, comment="slug of the person"),
    Column("handle", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("avatar_url", Text),
    Column("bio", Text),
    Column("verified", Boolean, nullable=False),
    Column(
        "search_form", Text, nullable=False, server_default="", comment="name and handle, folded"
    ),
    # Of the slug, the handle and the name: a visitor's name that looks like one of them is refused.
    Column("slug_key", Text, nullable=False, server_default="", comment="text_forms.name_key"),
    Column("handle_key", Text, nullable=False, server_default=""),
    Column("name_key", Text, nullable=False, server_default=""),
    Index("accounts_by_celeb", "celeb"),
    Index("accounts_by_slug_key", "slug_key"),
    Index("accounts_by_handle_key", "handle_key"),
    Index("accounts_by_name_key", "name_key"),
)

post_ids = Table(
    "post_ids",
    metadata,
    Column("id", Text, primary_key=True, comment="an id that names a post, in any version"),
    Column("position", Seq, comment="of its chain; null: deleted before it was seen"),
    sqlite_with_rowid=False,
)

tweets = Table(
    "tweets",
    metadata,
    Column("position", Seq, primary_key=True, autoincrement=False, comment="seq of first event"),
    Column("id", Text, nullable=False, comment="of the current version"),
    Column("celeb", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, comment="ms since 1970 UTC"),
    Column("lang", Text),
    Column("conversation_id", Text),
    Column("reply_to_id", Text),
    Column("edit_ids", Text, comment="JSON list, oldest first; null: never edited"),
    Column("entities", Text, comment="JSON, model.Entity"),
    Column("media", Text, comment="JSON, model.Media"),
    Column("refs", Text, comment="JSON, model.Reference"),
    Column("raw", LargeBinary, nullable=False, comment="the JSON it was read from"),
    Index("tweets_by_celeb", "celeb", "position"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True, comment="of a version that a later one replaced"),
    Column("position", Seq, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("versions_by_position", "position"),
)

tweet_refs = Table(
    "tweet_refs",
    metadata,
    Column("ref_id", Text, primary_key=True, comment="the post answered, quoted or repeated"),
    Column("kind", Text, primary_key=True, comment="model.ReferenceKind"),
    Column("position", Seq, primary_key=True, comment="of the post that does so"),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="model.EventKind"),
    Column("post_id", Text, nullable=False, comment="or the comment's"),
    Column("celeb", Text, nullable=False),
    Column("position", Seq, nullable=False, comment="of the row in tweets, or in comments"),
    Column("thread_ids", Text, comment="JSON list; null: just post_id. See StoredEvent"),
    Column("tag", Text, comment="of a tag or untag"),
    Index("events_by_celeb", "celeb", "seq"),
    Index(
        "events_by_tag",
        "tag",
        "seq",
        sqlite_where=text("tag IS NOT NULL"),
        postgresql_where=text("tag IS NOT NULL"),
    ),
    Index(
        "comment_events_by_celeb",
        "celeb",
        "seq",
        sqlite_where=OF_COMMENTS,
        postgresql_where=OF_COMMENTS,
    ),
    Index(
        "later_events_by_position",
        "position",
        sqlite_where=text("kind <> 'tweet'"),
        postgresql_where=text("kind <> 'tweet'"),
    ),
)
