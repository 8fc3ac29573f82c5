"""A store with a post by Ada (1) and one by Bob (2), and visitors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import author, tweet


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store's file, to be copied: that takes less time than to make one."""
    folder = tmp_path_factory.mktemp("template")
    made = Visiting(folder)
    made.tweets.save([tweet("1"), tweet("2", author=author("bob"))])
    made.close()
    return folder / "store.db"


@pytest.fixture
def visiting(template: Path, tmp_path: Path) -> Iterator[Visiting]:
    shutil.copy(template, tmp_path)
    opened = Visiting(tmp_path)
    yield opened
    opened.close()
