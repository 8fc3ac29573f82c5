"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("network", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("celeb", TEXT, nullable=False),
        sa.Column("handle", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("avatar_url", TEXT, nullable=True),
        sa.Column("bio", TEXT, nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("network", "account_id"),
    )
    op.create_index("accounts_by_celeb", "accounts", ["celeb"], unique=False)
    op.create_table(
        "celebs",
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("tweet_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_position", SEQ, nullable=True),
        sa.Column("last_tweet_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_index("celebs_by_activity", "celebs", ["last_position"], unique=False)
    op.create_table(
        "events",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("post_id", TEXT, nullable=False),
        sa.Column("celeb", TEXT, nullable=False),
        sa.Column("position", SEQ, nullable=False),
        sa.Column("thread_ids", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("events_by_celeb", "events", ["celeb", "seq"], unique=False)
    op.create_index(
        "later_events_by_position",
        "events",
        ["position"],
        unique=False,
        sqlite_where=sa.text("kind <> 'tweet'"),
        postgresql_where=sa.text("kind <> 'tweet'"),
    )
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "post_ids",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("position", SEQ, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tweet_refs",
        sa.Column("ref_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("position", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("ref_id", "kind", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tweets",
        sa.Column("position", SEQ, autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("celeb", TEXT, nullable=False),
        sa.Column("network", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("lang", TEXT, nullable=True),
        sa.Column("conversation_id", TEXT, nullable=True),
        sa.Column("reply_to_id", TEXT, nullable=True),
        sa.Column("edit_ids", TEXT, nullable=True),
        sa.Column("entities", TEXT, nullable=True),
        sa.Column("media", TEXT, nullable=True),
        sa.Column("refs", TEXT, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("tweets_by_celeb", "tweets", ["celeb", "position"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("position", SEQ, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("versions_by_position", "versions", ["position"], unique=False)
