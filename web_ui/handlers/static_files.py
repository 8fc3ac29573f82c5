"""`static/`: styles and scripts, at addresses that name their version. Event loop's thread."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from tornado.web import StaticFileHandler

from web_ui.handlers.look import LookHandler

_VERSIONED = re.compile(r"v/([0-9a-f]{16})/(.+)")


class StaticFiles(LookHandler, StaticFileHandler):
    """An address with a version, `/static/v/<version>/<file>`, never changes its content.
    The version is that of all files: a module that imports another by a relative address gets the
    one that belongs to it."""

    @classmethod
    def make_static_url(
        cls,
        settings: dict[str, Any],
        path: str,
        include_version: bool = True,  # noqa: ARG003  (Tornado's)
    ) -> str:
        """The address of a file, for templates."""
        return f"/static/v/{static_version(settings['static_path'])}/{path}"

    def parse_url_path(self, url_path: str) -> str:
        """The file that the address names, whatever version it has."""
        versioned = _VERSIONED.fullmatch(url_path)
        return super().parse_url_path(versioned[2] if versioned else url_path)

    def set_extra_headers(self, path: str) -> None:
        """Tornado calls this after it has set its own caching headers."""
        # Of another version than this process has, in the middle of a change of release: no.
        ours = f"/static/v/{static_version(self.settings['static_path'])}/"
        versioned = self.request.path.startswith(ours)
        self.set_header(
            "Cache-Control", "public, max-age=31536000, immutable" if versioned else "no-cache"
        )


@lru_cache(maxsize=4)
def static_version(folder: str) -> str:
    """Says which files these are: 16 hexadecimal digits that change when one of them does."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
