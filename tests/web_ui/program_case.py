"""What programs read, over real HTTP on a real store: feeds and the API, without other pages."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from tests.new_store import new_store
from tests.web_ui.page_parts import page_application, page_parts
from web_ui.api.routes import routes as api_routes
from web_ui.feeds.routes import robots_routes
from web_ui.feeds.routes import routes as feed_routes


class ProgramCase(AsyncHTTPTestCase):
    """`self.store` is empty; `settings` are the site's."""

    settings: dict[str, Any] = {}  # noqa: RUF012

    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = new_store(Path(folder.name, "store.db"))
        self.addCleanup(self.store.close)
        self.parts = page_parts(self.store, **self.settings)
        self.discussion = self.parts.discussion
        self.addCleanup(self.parts.reader.close)
        self.addCleanup(self.parts.writer.close)
        own = [*feed_routes(self.parts), *api_routes(self.parts)]
        application = page_application(self.parts, own)
        application.add_handlers(".*", robots_routes(self.parts))
        return application

    def get(self, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.fetch(
            path,
            method=method,
            headers=named,
            follow_redirects=False,
            allow_nonstandard_methods=True,
        )
