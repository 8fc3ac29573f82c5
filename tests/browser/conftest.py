"""A headless Chromium, one for each module of tests; a site and a visitor for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.live_site import LiveSite

QUIET = Path(__file__).with_name("quiet_chromium.sh")
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str:
    """Fails the test where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail("there is no Chromium: `make test` installs it, or apt-get install chromium")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole run: while it lives, no other event loop can run in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=QUIET, args=ARGUMENTS, env={**os.environ, "CHROMIUM": chromium_path()}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LiveSite]:
    site = LiveSite(tmp_path)
    site.start()
    yield site
    site.close()


@pytest.fixture
def page(browser: Browser, site: LiveSite) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 700}, base_url=site.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.on("request", lambda request: faults.append(request.url))
    yield page
    context.close()
    # The site's own requests, and the browser's remarks on answers that a test asked for.
    expected = (f"{site.url}/", "Failed to load resource:", "WebSocket connection to")
    assert [fault for fault in faults if not fault.startswith(expected)] == []
