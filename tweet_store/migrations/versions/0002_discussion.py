"""What visitors write: names, comments, tags, and what moderators do about them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "audit",
        sa.Column("number", SEQ, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "comments",
        sa.Column("position", SEQ, autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("celeb", TEXT, nullable=False),
        sa.Column("thread", SEQ, nullable=True),
        sa.Column("room", TEXT, nullable=True),
        sa.Column("parent", SEQ, nullable=True),
        sa.Column("visitor", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", TEXT, nullable=True),
        sa.Column("address_key", sa.LargeBinary(), nullable=True),
        sa.Column("form", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index(
        "comments_by_parent",
        "comments",
        ["parent", "removed_at"],
        unique=False,
        sqlite_where=sa.text("parent IS NOT NULL"),
        postgresql_where=sa.text("parent IS NOT NULL"),
    )
    op.create_index("comments_by_room", "comments", ["room", "position"], unique=False)
    op.create_index(
        "comments_by_thread", "comments", ["thread", "position", "removed_at"], unique=False
    )
    op.create_index("comments_by_visitor", "comments", ["visitor", "form"], unique=True)
    op.create_index(
        "comments_removed",
        "comments",
        ["thread"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index(
        "comments_with_address",
        "comments",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("address_key IS NOT NULL"),
        postgresql_where=sa.text("address_key IS NOT NULL"),
    )
    op.create_table(
        "post_tags",
        sa.Column("tag", TEXT, nullable=False),
        sa.Column("position", SEQ, autoincrement=False, nullable=False),
        sa.Column("visitor", TEXT, nullable=False),
        sa.Column("celeb", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tag", "position", "visitor"),
        sqlite_with_rowid=False,
    )
    op.create_index("post_tags_by_celeb", "post_tags", ["celeb", "tag"], unique=False)
    op.create_index("post_tags_by_position", "post_tags", ["position"], unique=False)
    op.create_table(
        "reports",
        sa.Column("number", SEQ, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("visitor", TEXT, nullable=True),
        sa.Column("address_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("reports_by_state", "reports", ["settled_at", "number"], unique=False)
    op.create_index("reports_by_target", "reports", ["target"], unique=False)
    op.create_index(
        "reports_with_address",
        "reports",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("address_key IS NOT NULL"),
        postgresql_where=sa.text("address_key IS NOT NULL"),
    )
    op.create_table(
        "rules",
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("slow_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions",
        sa.Column("number", SEQ, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("shown", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("sanctions_by_end", "sanctions", ["until"], unique=False)
    op.create_index("sanctions_by_value", "sanctions", ["value", "kind"], unique=False)
    op.create_table(
        "tags",
        sa.Column("tag", TEXT, nullable=False),
        sa.Column("shown", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visitors",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_key", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("recovery_hash", sa.LargeBinary(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("visitors_by_name", "visitors", ["name_key"], unique=True)
    op.create_table(
        "word_filters",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("shown", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("word"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "writes",
        sa.Column("number", SEQ, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("visitor", TEXT, nullable=True),
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("writes_by_address", "writes", ["address_key", "kind", "at"], unique=False)
    op.create_index("writes_by_time", "writes", ["at"], unique=False)
    op.create_index("writes_by_visitor", "writes", ["visitor", "kind", "at"], unique=False)
    op.add_column("events", sa.Column("tag", TEXT, nullable=True))
    op.create_index(
        "events_by_tag",
        "events",
        ["tag", "seq"],
        unique=False,
        sqlite_where=sa.text("tag IS NOT NULL"),
        postgresql_where=sa.text("tag IS NOT NULL"),
    )
    op.create_index(
        "comment_events_by_celeb",
        "events",
        ["celeb", "seq"],
        unique=False,
        sqlite_where=sa.text("kind BETWEEN 'comment' AND 'comment_edit'"),
        postgresql_where=sa.text("kind BETWEEN 'comment' AND 'comment_edit'"),
    )
