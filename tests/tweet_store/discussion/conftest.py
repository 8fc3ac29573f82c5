"""A store with a post by Ada (1) and one by Bob (2), and visitors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tweet_store.databases import Databases
from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import author, tweet


@pytest.fixture(scope="session")
def template(databases: Databases, empty_store: str) -> str:
    """The store's URL, to be copied."""
    made = Visiting(databases.copy(empty_store))
    made.tweets.save([tweet("1"), tweet("2", author=author("bob"))])
    made.close()
    return made.url


@pytest.fixture
def visiting(databases: Databases, template: str) -> Iterator[Visiting]:
    opened = Visiting(databases.copy(template))
    yield opened
    opened.close()
    databases.drop(opened.url)
