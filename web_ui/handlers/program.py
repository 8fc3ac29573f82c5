"""The base of what programs read: feeds, the API, oEmbed, the site map. Event loop's thread.

Read by anybody from anywhere (CORS), without cookies; errors are JSON and say what would do.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from web_ui.addresses import absolute
from web_ui.handlers.site import SiteHandler, error_in
from web_ui.parts import Parts

METHODS = "GET, HEAD"


class Refusal(HTTPError):  # noqa: N818
    """An answer that is an error, and the words for whoever wrote the program."""

    def __init__(self, status: int, said: str, retry_after: int | None = None) -> None:
        super().__init__(status)
        self.said = said
        self.retry_after = retry_after


class ProgramHandler(SiteHandler):
    """See the module. Only GET and HEAD."""

    def initialize(self, parts: Parts) -> None:
        """Tornado hands over here what the routes were given."""
        self.parts = parts

    def set_default_headers(self) -> None:
        """Whoever keeps a copy asks whether it still holds: a deleted post must go from there."""
        super().set_default_headers()
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Access-Control-Expose-Headers", "ETag, Retry-After")
        self.set_header("Cache-Control", "no-cache")

    @property
    def root(self) -> str:
        """The address of the site, without a slash at its end."""
        return absolute(self.request, self.parts.config.public_url, "")

    def limit_reads(self, tokens: float = 1.0) -> None:
        """Count this request. Raises `Refusal` (429) for an address that asks too often."""
        seconds = self.parts.read_limits.take(str(self.request.remote_ip), tokens)
        if seconds:
            said = f"too many requests from this address: ask again in {seconds} s"
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, said, seconds)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """`{"error": "…"}`, with what may be done about it."""
        error = error_in(kwargs)
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", METHODS)
        if isinstance(error, Refusal):
            if error.retry_after is not None:
                self.set_header("Retry-After", str(error.retry_after))
            self.finish({"error": error.said})
        else:
            super().write_error(status_code, **kwargs)


class NothingHere(ProgramHandler):
    """A path below one of ours that leads nowhere."""

    def get(self, *path: str) -> None:
        """404."""
        raise Refusal(HTTPStatus.NOT_FOUND, "there is nothing at this address; see /api")

    head = get
