"""What every answer of the site has in common: security headers, and errors in the site's own look.

`SiteHandler` is for whatever programs read, `PageHandler` for pages; `ErrorHandler` answers unknown
paths, and `StaticFiles` serves `static/`. `application_settings` are what they need of the
`Application`. Event loop's thread.
"""

from __future__ import annotations

import logging
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.template import Loader
from tornado.web import GZipContentEncoding, HTTPError, RequestHandler, StaticFileHandler

from tweet_store.database import StoreUnavailable
from web_ui.answers import RETRY_AFTER

log = logging.getLogger("celebwire.web")

_HERE = Path(__file__).parent

SECURITY_HEADERS = {
    # Nothing from elsewhere but pictures, nothing inline, no forms, no frames.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Pictures of other hosts learn the site at most, links to posts learn nothing.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_SAID = {
    400: ("That address does not work", "Part of it is not what this page understands."),
    404: ("Nothing here", "There is no page at this address, or not any more."),
    405: ("Not that way", "This page can only be read."),
    503: ("Back in a moment", "The posts cannot be reached just now. Try again shortly."),
}
_ELSE_SAID = ("Something went wrong", "It is not your doing, and it has been noted. Try again.")


def load_templates() -> Loader:
    """The templates of the site. One loader for pages and cards, so each is compiled once."""
    return Loader(str(_HERE / "templates"), whitespace="oneline")


def application_settings(loader: Loader) -> dict[str, Any]:
    """Arguments of the `Application` that the handlers here rely on."""
    return {
        "template_loader": loader,
        "static_path": str(_HERE / "static"),
        "static_handler_class": StaticFiles,
        "default_handler_class": ErrorHandler,
        "transforms": [PageCompression],
    }


class PageCompression(GZipContentEncoding):
    """gzip for pages, styles and scripts. Not for JSON: an update is encoded once for all visitors,
    and to compress it once for each would undo that."""

    def _compressible_type(self, ctype: str) -> bool:
        # A compressor for each visitor of a stream would cost 100 KB each, and undo that, too.
        return ctype != "text/event-stream" and super()._compressible_type(ctype)

    CONTENT_TYPES = {"image/svg+xml"}  # noqa: RUF012  (and all of text/, see the base class)


class SiteHandler(RequestHandler):
    """Security headers on every answer, errors included; errors as JSON, never a stack trace."""

    def set_default_headers(self) -> None:
        """Tornado calls this first, and again before it writes an error."""
        self.clear_header("Server")
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """A store that cannot be used now is no fault of the site's: 503, and come back. Nor is a
        visitor who left before the answer was written."""
        error = _error_in(kwargs)
        if isinstance(error, StreamClosedError):
            return  # nobody reads it
        if isinstance(error, StoreUnavailable):
            status_code = 503
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The error's name. The text of an `HTTPError` is for the log, never for the visitor."""
        if status_code == 503:
            self.set_header("Retry-After", str(RETRY_AFTER))
        self.finish({"error": _name(status_code)})

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """One line for a store that cannot be used; it lasts, and others tell of it too."""
        if isinstance(value, StoreUnavailable):
            log.warning("503 %s: %s", self._request_summary(), value)
        elif isinstance(value, StreamClosedError):
            log.debug("the visitor left: %s", self._request_summary())
        else:
            super().log_exception(typ, value, tb)


class PageHandler(SiteHandler):
    """A page, or an error that looks like one."""

    def set_default_headers(self) -> None:
        """A page is kept by the browser, so that 'back' is quick, but asked for anew each time."""
        super().set_default_headers()
        self.set_header("Cache-Control", "private, no-cache")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The error page."""
        if status_code == 503:
            self.set_header("Retry-After", str(RETRY_AFTER))
        title, text = _SAID.get(status_code, _ELSE_SAID)
        name = _name(status_code)
        self.finish(
            self.render_string("error.html", status=status_code, name=name, title=title, text=text)
        )


class ErrorHandler(PageHandler):
    """Whatever no route takes."""

    def prepare(self) -> None:
        """404, whatever the method."""
        raise HTTPError(404)


class StaticFiles(PageHandler, StaticFileHandler):
    """`static/`. An address with a version (`static_url`) never changes its content."""

    def set_extra_headers(self, path: str) -> None:
        """Tornado calls this after it has set its own caching headers."""
        # Of another version than this process has, in the middle of a change of release: no.
        version = self.get_version(self.settings, path)
        versioned = version is not None and self.get_query_argument("v", None) == version
        self.set_header(
            "Cache-Control", "public, max-age=31536000, immutable" if versioned else "no-cache"
        )


def _name(status_code: int) -> str:
    return responses.get(status_code, "Error")


def _error_in(kwargs: dict[str, Any]) -> BaseException | None:
    exc_info = kwargs.get("exc_info")
    return exc_info[1] if exc_info else None
