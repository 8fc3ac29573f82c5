"""Pages and forms over real HTTP, on a real store, without a feed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from tests.new_store import new_store
from tests.web_ui.page_parts import page_application, page_parts
from tests.web_ui.visitors.form_visitor import FormVisitor
from web_ui import pages
from web_ui.discussion.routes import routes as discussion_routes
from web_ui.visitors.routes import routes as visitor_routes


class VisitorsCase(AsyncHTTPTestCase):
    """`settings` are the site's."""

    settings: dict[str, Any] = {}  # noqa: RUF012

    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = new_store(Path(folder.name, "store.db"))
        self.addCleanup(self.store.close)
        self.parts = page_parts(self.store, **self.settings)
        self.addCleanup(self.parts.reader.close)
        self.addCleanup(self.parts.writer.close)
        return page_application(
            self.parts,
            [
                *visitor_routes(self.parts),
                *discussion_routes(self.parts),
                *pages.routes(self.parts),
            ],
        )

    def visitor(self, **headers: str) -> FormVisitor:
        """Somebody's own browser."""
        return FormVisitor(self, **headers)
