"""Every page as anybody may meet it: accessible, light, still, asking nobody else; its picture.

`pytest tests/browser/walks --screenshots docs/screenshots` keeps those that the README shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.browser.walks.pages import DEVICES, SCHEMES, live_in
from tests.browser.walks.wire import Wire

FIRST_PAGE_BYTES = 100_000
"""Over the wire, without media: HTML, styles, scripts and whatever else a first visit needs."""
FIRST_PAGE_REQUESTS = 16
LAYOUT_SHIFT = 0.05
"""Half of what Web Vitals call good (0.1)."""
NARROWEST, WIDEST = (320, 640), (3840, 2160)
WATCH_SHIFTS = """
window.shifted = 0;
window.movers = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shifted += entry.value;
    window.movers.push(...entry.sources.map(({ node }) => node?.className ?? node?.nodeName));
  }
}).observe({ type: "layout-shift", buffered: true });
"""
WIDER_THAN_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def lived_in(wire: Wire, browser: Browser) -> tuple[dict[str, str], Any]:
    """Paths of pages with something on each, and the cookies of whoever put it there."""
    context = browser.new_context(viewport={"width": 390, "height": 760}, locale="en-GB")
    context.set_default_timeout(10_000)
    paths = live_in(context.new_page(), wire)
    state = context.storage_state()
    context.close()
    return paths, state


@pytest.fixture(scope="module")
def long_named(wire: Wire, browser: Browser) -> Any:
    """The cookies of somebody whose name is as long as a name may be."""
    context = browser.new_context(base_url=wire.first)
    page = context.new_page()
    page.goto("/sign-in?next=/me")
    page.locator("main [name=name]").first.fill("Wilhelmina" * 3)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/me")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def paths(lived_in: tuple[dict[str, str], Any]) -> dict[str, str]:
    return lived_in[0]


@pytest.fixture
def look(browser: Browser, wire: Wire, lived_in: tuple[dict[str, str], Any]) -> Iterator[Any]:
    """`look(size)`: a browser of whoever lived in."""
    contexts: list[BrowserContext] = []

    def look(size: tuple[int, int], **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=wire.first,
            **{"locale": "en-GB", "storage_state": lived_in[1], **options},
        )
        contexts.append(context)
        context.add_init_script(WATCH_SHIFTS)
        return context.new_page()

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize("device", DEVICES)
def test_axe_finds_nothing_and_nothing_moves(
    device: str, look: Any, paths: dict[str, str], screenshots: Path | None
) -> None:
    page = look(DEVICES[device])
    found = {}
    for name, path in paths.items():
        page.emulate_media(color_scheme="light")
        page.goto(path, wait_until="load")
        if page.evaluate("shifted") > LAYOUT_SHIFT:
            found[f"{name} moves"] = page.evaluate("[shifted, ...movers]")
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            if screenshots is not None:
                picture = screenshots / f"{name}-{device}-{scheme}.jpg"
                page.screenshot(path=picture, type="jpeg", quality=60)
            results = Axe().run(page, options=rules)
            if results.violations_count:
                found[f"{name}, {scheme}"] = [
                    (v["id"], [node["html"][:200] for node in v["nodes"][:3]])
                    for v in results.response["violations"]
                ]
    assert found == {}


@pytest.mark.parametrize(
    ("size", "named"), [(NARROWEST, False), (NARROWEST, True), (WIDEST, False)]
)
def test_no_page_is_wider_than_its_window(
    size: tuple[int, int], named: bool, look: Any, long_named: Any, paths: dict[str, str]
) -> None:
    page = look(size, storage_state=long_named) if named else look(size)
    wider = []
    for name, path in paths.items():
        page.goto(path)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
            if page.evaluate(WIDER_THAN_WINDOW):
                wider.append((name, direction))
    assert wider == []


@pytest.mark.parametrize("name", ["home", "celeb", "post", "room"])
def test_a_first_visit_is_light_and_asks_nobody_else(
    name: str, browser: Browser, wire: Wire, paths: dict[str, str]
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 760})
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  (builtins will not do)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{wire.first}{paths[name]}", wait_until="load")
    page.locator("[data-live][data-state=live], [data-live][data-state=quiet]").first.wait_for(
        state="attached"
    )
    elsewhere = [
        request.url
        for request in asked
        if not request.url.startswith(wire.first) and request.resource_type != "image"
    ]
    assert elsewhere == []
    assert len([r for r in asked if r.resource_type != "image"]) <= FIRST_PAGE_REQUESTS
    assert sum(sizes) < FIRST_PAGE_BYTES
    context.close()


def test_all_of_it_can_be_read_in_spanish_and_without_scripts(
    look: Any, paths: dict[str, str]
) -> None:
    page = look(DEVICES["phone"], locale="es-MX", java_script_enabled=False)
    for name, path in paths.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500
        assert page.locator("html").get_attribute("lang") == "es", name
        assert page.locator("h1").count() == 1, name
