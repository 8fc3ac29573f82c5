"""A form of ours whose token is not that of the browser's cookie: it stood open for very long, or
the cookies were deleted meanwhile. It is given back with a new token, and nothing is written until
the visitor sends it once more.

Only where the browser says that a page of ours sent it: another site could otherwise send words of
its own, to stand on our page as the visitor's, one click away from being written. Whoever says
nothing of where a form comes from gets an error page. Event loop's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

STALE_FORM = "stale_form"
"""The `reason` that scripts are told, with a token to send the form with again."""

Typed = Sequence[tuple[str, str]]
"""The fields of a form: names and values, in its order."""


class StaleForm(HTTPError):  # noqa: N818  (as `Refused`)
    """403, and `typed` may be given back."""

    def __init__(self, log_message: str, typed: Typed) -> None:
        super().__init__(403, "%s", log_message)
        self.typed = typed


def is_of_own_page(headers: HTTPHeaders, host: str, public_url: str) -> bool:
    """Whether the browser says that a page of this site sent the request to this `host`.

    Fetch Metadata say it, over TLS; else the Origin, which browsers send with forms (Fetch
    Standard); else the Referer, which some without scripts still do.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")  # none: the visitor's own doing, as a reload
    said = headers.get("Origin") or headers.get("Referer", "")
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    return parts.netloc.lower() == host.lower() or (
        f"{parts.scheme}://{parts.netloc}" == public_url
    )
