"""The site's look: language, what the signed cookies say of a visitor, and error pages.

Needs no store, so that errors look the same whatever is away. Event loop's thread.
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from tornado.locale import Locale
from tornado.web import HTTPError

from tweet_store.discussion.model import Visitor
from web_ui import times
from web_ui.addresses import absolute
from web_ui.handlers.site import SiteHandler, error_in, status_name
from web_ui.handlers.stale_form import STALE_FORM, StaleForm, Typed, is_of_own_page
from web_ui.moderation import sessions
from web_ui.visitors import cookies, language

_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}")
_SECRETS = ("code", "token")
"""Fields that no page repeats: they come back empty."""


class TooLong(HTTPError):  # noqa: N818  (as `Refused`)
    """400 for more than `most` characters in a field of a form; the page says so."""

    def __init__(self, most: int) -> None:
        super().__init__(400)
        self.most = most


class LookHandler(SiteHandler):
    """A page of the site's look, or an error that looks like one. Needs no store: who the visitor
    is stands in signed cookies."""

    def set_default_headers(self) -> None:
        """A page is kept by the browser, so that 'back' is quick, but asked for anew each time."""
        super().set_default_headers()
        self.set_header("Cache-Control", "private, no-cache")

    @property
    def visitor(self) -> Visitor | None:
        """Who signed in here, as the signed cookie says it."""
        return cookies.read_visitor(self)

    @property
    def followed(self) -> tuple[str, ...]:
        """The slugs of the celebs that this browser follows, in the order of following."""
        return cookies.read_follows(self)

    @property
    def is_moderator(self) -> bool:
        """Whether the moderator's token, the one in force, was given here within 12 hours."""
        return sessions.is_moderator(self)

    @property
    def wants_json(self) -> bool:
        """Whether a program asks, rather than a browser for a page."""
        return "application/json" in self.request.headers.get("Accept", "")

    def get_user_locale(self) -> Locale | None:
        """The language that was chosen; Tornado goes by Accept-Language where none was."""
        return language.named(self.get_cookie("language"))

    def get_browser_locale(self, default: str = language.ENGLISH) -> Locale:
        """The one of our languages that the browser asks for most."""
        return super().get_browser_locale(default)

    def absolute(self, path: str) -> str:
        """The whole address of a path of the site, for whoever reads it elsewhere."""
        return absolute(self.request, self.settings["public_url"], path)

    def own_address(self) -> str:
        """The page that the visitor sees: this one, or of a form's answer the one it stood on."""
        if self.request.method in ("GET", "HEAD"):
            return own_path(str(self.request.uri))
        return self.page_before()

    def page_before(self) -> str:
        """The page of this site that the form stood on, as far as the browser tells."""
        try:
            referer = urlsplit(self.request.headers.get("Referer", ""))
        except ValueError:
            return "/"
        if referer.netloc != self.request.host:
            return "/"
        return own_path(f"{referer.path}?{referer.query}" if referer.query else referer.path)

    def check_xsrf_cookie(self) -> None:
        """A form of ours that has grown stale may be sent again."""
        try:
            super().check_xsrf_cookie()
        except HTTPError as error:
            asked = self.request
            if not is_of_own_page(asked.headers, asked.host, self.settings["public_url"]):
                raise
            raise StaleForm(str(error.log_message), self.typed()) from error

    def typed(self) -> Typed:
        """The fields of the form that was sent, but for secrets. 400 for what is no text."""
        return [
            (name, "" if name in _SECRETS else value)
            for name in self.request.body_arguments
            if name != "_xsrf"
            for value in self.get_body_arguments(name, strip=False)
        ]

    def give_back(self, problem: str, typed: Typed) -> None:
        """A page with what was typed, to be sent again: `problem` says why it was not taken."""
        self.finish(
            self.render_string(
                "refused.html", problem=problem, typed=typed, back=self.page_before()
            )
        )

    def get_template_namespace(self) -> dict[str, Any]:
        """What every template may use."""
        code = self.locale.code
        return super().get_template_namespace() | {
            "lang": code.replace("_", "-"),
            "dir": language.direction(code),
            "languages": language.NAMES,
            "script_words": language.script_words(self.locale),
            "grouped": lambda number: language.grouped(number, code),
            "written": lambda time: times.written(time, self.locale.translate),
            "machine": times.machine,
            "lasting": lambda seconds: times.lasting(seconds, self.locale.translate),
            "picture": self.settings["picture"],
            "absolute": self.absolute,
            "visitor": self.visitor,
            "is_moderator": self.is_moderator,
            "followed": self.followed,
            "address": self.own_address(),
            "new_nonce": lambda: secrets.token_urlsafe(12),
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The error page, or JSON for who asked for it."""
        error, _ = error_in(kwargs), self.locale.translate
        if isinstance(error, StaleForm):
            self.tell_stale(
                _(
                    "The page that this came from had been open for very long, or the cookies of "
                    "this site were deleted in the meantime. Nothing was written. Send it again "
                    "if you still want to. Cookies must be allowed."
                ),
                error.typed,
            )
            return
        if self.wants_json:
            super().write_error(status_code, **kwargs)
            return
        self.set_error_headers(status_code)
        title, text = self._said(status_code)
        if isinstance(error, TooLong):
            title = _("That is too long")
            text = _("Up to %(count)s characters are possible.") % {"count": error.most}
        self.show_error(status_code, title, text)

    def tell_stale(self, problem: str, typed: Typed) -> None:
        """The form again; a script still has its text, and is given the token that it lacks."""
        if self.wants_json:
            token = self.xsrf_token.decode()
            self.finish({"error": problem, "reason": STALE_FORM, "token": token})
        else:
            self.give_back(problem, typed)

    def show_error(self, status_code: int, title: str, text: str) -> None:
        """The error page, in these words."""
        name = status_name(status_code)
        self.finish(
            self.render_string("error.html", status=status_code, name=name, title=title, text=text)
        )

    def _said(self, status_code: int) -> tuple[str, str]:
        """What an error page says, in the visitor's language."""
        _ = self.locale.translate
        if status_code == 400:
            return (
                _("That address does not work"),
                _("Part of it is not what this page understands."),
            )
        if status_code == 403:
            return (
                _("That was not accepted"),
                _(
                    "The form did not come from a page of this site, or that page was too old. "
                    "Go back, load it again, and send the form once more. Cookies must be allowed."
                ),
            )
        if status_code == 404:
            return _("Nothing here"), _("There is no page at this address, or not any more.")
        if status_code == 405:
            return _("Not that way"), _("This address cannot be used like that.")
        if status_code == 503:
            return (
                _("Back in a moment"),
                _("The posts cannot be reached just now. Try again shortly."),
            )
        return (
            _("Something went wrong"),
            _("It is not your doing, and it has been noted. Try again."),
        )


def own_path(text: str) -> str:
    """The text if it is a path of this site, else `/`. Browsers take a backslash for a slash, and
    drop tabs and line breaks: `//` and `/\\` lead to another host."""
    return text if _OWN_PATH.fullmatch(text) else "/"
