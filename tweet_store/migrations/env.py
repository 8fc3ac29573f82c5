"""Run by Alembic, on the connection that `store.py` hands over: inside its transaction."""

from alembic import context

from tweet_store.discussion import schema as _discussion  # noqa: F401  (adds its tables)
from tweet_store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
