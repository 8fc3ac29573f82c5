"""The index of posts' words, empty: what is stored is put there in the background. And the forms of
celebs' names: in which people are searched, and by which visitors' names are compared with them."""

import sqlalchemy as sa
from alembic import op

from tweet_store.discussion.text_forms import name_key
from tweet_store.search_words import folded

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search USING fts5(words, author, tokenize = 'ascii', columnsize = 0)",
        # Or the command 'merge' would pass over two segments of which one has deleted words.
        "INSERT INTO search (search, rank) VALUES ('usermerge', 2)",
    ),
    "postgresql": (
        "CREATE TABLE search (position bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX search_by_word ON search USING gin (words)",
        # No query asks for these by what is in them; statistics would keep deleted words.
        *(
            f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0"
            for table, column in (
                ("tweets", "text"),
                ("tweets", "refs"),
                ("versions", "text"),
                ("comments", "text"),
            )
        ),
    ),
}

KEYS = "slug_key", "handle_key", "name_key"


def upgrade() -> None:
    for statement in SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
    for name in ("search_form", *KEYS):
        op.add_column("accounts", sa.Column(name, TEXT, server_default="", nullable=False))
    _fill()
    for name in KEYS:
        op.create_index(f"accounts_by_{name}", "accounts", [name], unique=False)


def _fill() -> None:
    names = "network", "account_id", "celeb", "handle", "name", "search_form", *KEYS
    accounts = sa.table("accounts", *(sa.column(name) for name in names))
    known = accounts.c.network == sa.bindparam("of"), accounts.c.account_id == sa.bindparam("id")
    connection = op.get_bind()
    filled = [
        {
            "of": row.network,
            "id": row.account_id,
            "search_form": folded(f"{row.name} @{row.handle}"),
            "slug_key": name_key(row.celeb),
            "handle_key": name_key(row.handle),
            "name_key": name_key(row.name),
        }
        for row in connection.execute(sa.select(*list(accounts.c)[:5]))
    ]
    if filled:
        connection.execute(sa.update(accounts).where(*known), filled)
