"""The base of every handler: security headers, safe cookies, errors as JSON.

Event loop's thread.
"""

from __future__ import annotations

import logging
from http.client import responses
from types import TracebackType
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

from tweet_store.database import StoreUnavailable
from web_ui.answers import RETRY_AFTER

log = logging.getLogger("celebwire.web")

SECURITY_HEADERS = {
    # Nothing from elsewhere but pictures, nothing inline, forms to ourselves only, no frames.
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
OWN_PICTURES = SECURITY_HEADERS | {
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(" https:", "")
}
"""The same where the site serves all pictures itself."""


class SiteHandler(RequestHandler):
    """Security headers on every answer, errors included; errors as JSON, never a stack trace.
    Writes need the token of a form of ours, and must come from a page of ours."""

    def set_default_headers(self) -> None:
        """Tornado calls this first, and again before it writes an error."""
        self.clear_header("Server")
        for name, value in self.settings.get("security_headers", SECURITY_HEADERS).items():
            self.set_header(name, value)

    def set_cookie(self, name: str, value: str | bytes, *args: Any, **kwargs: Any) -> None:
        """Each cookie of the site is for the site alone."""
        safe: dict[str, Any] = {
            "httponly": True,
            "samesite": "Lax",
            "secure": self.request.protocol == "https",
        }
        super().set_cookie(name, value, *args, **(safe | kwargs))

    def get_signed_cookie(
        self,
        name: str,
        value: str | None = None,
        max_age_days: float = 31,
        min_version: int | None = None,
    ) -> bytes | None:
        """Tornado's version 1 has no key versions, and it stumbles over a cookie that claims it."""
        return super().get_signed_cookie(name, value, max_age_days, min_version=2)

    def check_xsrf_cookie(self) -> None:
        """Where nothing can be written, that is what the answer says: 405."""
        if self._takes(str(self.request.method)):
            super().check_xsrf_cookie()

    def _takes(self, method: str) -> bool:
        """Whether the handler has its own way with a method."""
        name = method.lower()
        return getattr(type(self), name) is not getattr(RequestHandler, name)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """A store that cannot be used now is no fault of the site's: 503, and come back. Nor is a
        visitor who left before the answer was written."""
        error = error_in(kwargs)
        if isinstance(error, StreamClosedError):
            return  # nobody reads it
        if isinstance(error, StoreUnavailable):
            status_code = 503
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The error's name. The text of an `HTTPError` is for the log, never for the visitor."""
        self.set_error_headers(status_code)
        self.finish({"error": status_name(status_code)})

    def set_error_headers(self, status_code: int) -> None:
        """What some errors tell in headers: when to come back, what would be taken here."""
        if status_code == 503:
            self.set_header("Retry-After", str(RETRY_AFTER))
        if status_code == 405:
            taken = (method for method in self.SUPPORTED_METHODS if self._takes(method))
            self.set_header("Allow", ", ".join(taken))

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


def status_name(status_code: int) -> str:
    """HTTP's own words for a status."""
    return responses.get(status_code, "Error")


def error_in(kwargs: dict[str, Any]) -> BaseException | None:
    """What `send_error` and `write_error` are told of, if it is an exception."""
    exc_info = kwargs.get("exc_info")
    return exc_info[1] if exc_info else None
