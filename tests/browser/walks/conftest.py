"""One site of two processes, and visitors of it, for each module of walks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.broker.node import BrokerNode
from tests.browser.walks.wire import Wire

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def wire(broker: BrokerNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with Wire(tmp_path_factory.mktemp("wire"), broker.url) as wire:
        yield wire


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """`visit(url, **context)`: somebody's own browser, looking at a page. No script may fail."""
    faults: list[str] = []
    contexts = []

    def visit(url: str, **options: object) -> Page:
        settings = {"viewport": {"width": 390, "height": 760}, "locale": "en-GB", **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []
