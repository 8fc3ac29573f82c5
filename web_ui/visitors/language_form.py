"""`/language`: the language that a visitor chose. Event loop's thread."""

from __future__ import annotations

from tornado.web import HTTPError

from web_ui.handlers.page import PageHandler
from web_ui.visitors import cookies, language


class LanguageForm(PageHandler):
    """See the module."""

    def get(self) -> None:
        """The form stands on every page."""
        self.redirect("/", status=303)

    head = get

    def post(self) -> None:
        """`language`, `next`."""
        code = self.get_body_argument("language")
        if code not in language.NAMES:
            raise HTTPError(400)
        self.set_cookie("language", code, expires_days=cookies.DAYS)
        self.redirect(self.next_path(), status=303)
