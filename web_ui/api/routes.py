"""The routes of the API."""

from __future__ import annotations

from tornado.routing import URLSpec

from web_ui.api.handlers import ApiPage, DocumentHandler, OperationHandler
from web_ui.api.operations import BASE, DOCUMENT, OPERATIONS
from web_ui.handlers.program import NothingHere
from web_ui.parts import Parts


def routes(parts: Parts) -> list[URLSpec]:
    """They come before those that take any word for a celeb."""
    given = {"parts": parts}
    return [
        URLSpec("/api", ApiPage, given),
        URLSpec(DOCUMENT, DocumentHandler, given),
        *(
            URLSpec(operation.pattern, OperationHandler, {**given, "operation": operation})
            for operation in OPERATIONS
        ),
        URLSpec(f"{BASE}(?:/.*)?", NothingHere, given),
    ]
