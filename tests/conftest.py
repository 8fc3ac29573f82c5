"""What every test may ask for: a real RabbitMQ, a real PostgreSQL.

`broker`: one node for the whole run, for tests that leave it running; use names of your own in it.
`postgresql`: the same of a PostgreSQL server; make databases of your own in it.
`own_broker`, `own_postgresql`: the test's own, not started yet: it starts, kills and restarts them.

A TestCase takes them through a fixture of its own:

    @pytest.fixture(autouse=True)
    def _broker(self, broker: BrokerNode) -> None:
        self.url = broker.url
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from pathlib import Path
from unittest import TestCase

import pytest
from hypothesis import settings

from tests.broker.node import BrokerNode
from tests.postgresql.server import PostgresServer

# How long an example takes says more of a busy machine than of the code.
settings.register_profile("celebwire", deadline=None)
settings.load_profile("celebwire")


def pytest_collection_finish() -> None:
    """What has been imported stays. Tests that look for forgotten tasks collect all the rest, and
    need not go through it again: that took a quarter of their CPU."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What a TestCase keeps goes with its test. The instance itself is made when tests are
    collected, so it is frozen, and with it stayed a site, a store and all that belongs to them."""
    instance = getattr(item, "instance", None)
    if not isinstance(instance, TestCase):
        return (yield)
    own = vars(instance)
    before = set(own)
    try:
        return (yield)
    finally:
        for name in own.keys() - before:
            del own[name]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerNode]:
    """A RabbitMQ node shared by the whole run. Not to be killed: that is for `own_broker`."""
    node = BrokerNode(tmp_path_factory.mktemp("broker"))
    node.start()
    yield node
    node.kill()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server shared by the whole run, each test with databases of its own in it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the test's own, not started yet."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BrokerNode]:
    """A RabbitMQ node of the test's own, not started yet."""
    node = BrokerNode(tmp_path / "broker")
    yield node
    node.kill()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screenshots FOLDER`: keep pictures of the site's pages there."""
    parser.addoption("--screenshots", type=Path, default=None)


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Path | None:
    """Where to keep pictures; None: they are not kept."""
    folder: Path | None = request.config.getoption("--screenshots")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
