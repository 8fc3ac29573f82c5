"""What an `Application` needs for the handlers of the site, and whatever no route takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado.template import Loader
from tornado.web import GZipContentEncoding, HTTPError

from web_ui.addresses import picture_address
from web_ui.handlers.look import LookHandler
from web_ui.handlers.site import OWN_PICTURES, SECURITY_HEADERS
from web_ui.handlers.static_files import StaticFiles
from web_ui.media.addresses import MediaAddresses
from web_ui.moderation.sessions import ModeratorToken
from web_ui.visitors import language
from web_ui.visitors.secret_file import Secrets

_WEB_UI = Path(__file__).parent.parent


def load_templates() -> Loader:
    """The templates of the site. One loader for pages and cards, so each is compiled once."""
    return Loader(str(_WEB_UI / "templates"), whitespace="oneline")


def application_settings(
    loader: Loader,
    secrets: Secrets,
    public_url: str = "",
    *,
    moderator: ModeratorToken | None = None,
    media: MediaAddresses | None = None,
) -> dict[str, Any]:
    """Arguments of the `Application` that the handlers here rely on. Loads the languages.

    Without a `moderator`'s token, nobody is one. With `media`, pictures are shown at our own
    addresses only.
    """
    language.load()
    return {
        "template_loader": loader,
        "static_path": str(_WEB_UI / "static"),
        "static_handler_class": StaticFiles,
        "default_handler_class": ErrorHandler,
        "transforms": [PageCompression],
        "cookie_secret": secrets.cookie_keys,
        "key_version": secrets.key_version,
        "xsrf_cookies": True,
        "xsrf_cookie_kwargs": {"expires_days": 365},
        "cross_origin_protection": True,
        "trusted_origins": [public_url],
        "public_url": public_url,
        "moderator_token": moderator,
        "picture": media.picture if media else picture_address,
        "security_headers": OWN_PICTURES if media else SECURITY_HEADERS,
    }


class PageCompression(GZipContentEncoding):
    """gzip for pages, styles and scripts. Not for JSON: an update is encoded once for all visitors,
    and to compress it once for each would undo that."""

    def _compressible_type(self, ctype: str) -> bool:
        # A compressor for each visitor of a stream would cost 100 KB each, and undo that, too.
        return ctype != "text/event-stream" and super()._compressible_type(ctype)

    CONTENT_TYPES = {"image/svg+xml"}  # noqa: RUF012  (and all of text/, see the base class)


class ErrorHandler(LookHandler):
    """Whatever no route takes."""

    def check_xsrf_cookie(self) -> None:
        """Nothing is written here."""

    def check_trusted_origin(self, origin: str) -> bool:
        """Nor does it matter who asks."""
        return True

    def prepare(self) -> None:
        """404, whatever the method."""
        raise HTTPError(404)
