"""The OpenAPI 3.1 document of the API, made from the table and the Structs that the site itself
goes by. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from web_ui.api.answers import Error
from web_ui.api.operations import BASE, OPERATIONS, Operation
from web_ui.api.questions import Asked

ALWAYS = (400, 405, 429, 503)
"""Errors that every operation may answer with."""

_TOLD = {
    400: "A parameter is not what it should be: the answer names it, and says what would do.",
    404: "It is not here.",
    405: "The API can only be read: GET and HEAD.",
    410: "It was here, and its author deleted it.",
    429: "Too many requests from this address.",
    503: "The store cannot be reached just now.",
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Come back after so many seconds.",
        "schema": {"type": "integer"},
    }
}
_REF = "#/components/schemas/{name}"


def document(root: str) -> dict[str, Any]:
    """The document, of which only the address is made anew. `root`: see `web_ui.outward`."""
    return {**_built(), "servers": [{"url": root + BASE}]}


@cache
def _built() -> dict[str, Any]:
    types = [*(operation.answer for operation in OPERATIONS), Error]
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Celebwire",
            "version": "1",
            "summary": "Posts of celebrities, and what visitors say to them.",
            "description": (
                "Read-only, for everybody, from anywhere. Ids are strings, times are RFC 3339 in "
                "UTC. Each answer has an ETag: ask again with If-None-Match. What is deleted at "
                "its source is deleted here: keep no copies for long."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [],
        "paths": {operation.path: _path(operation) for operation in OPERATIONS},
        "components": {"schemas": components},
    }


def parameters(operation: Operation) -> list[dict[str, Any]]:
    """The parameters as OpenAPI has them, from the fields of the question."""
    asked: type[Asked] = operation.asked
    schema = msgspec.json.schema(asked)["$defs"][asked.__name__]
    found = []
    for name, field in schema["properties"].items():
        in_path = name in operation.path_parameters
        found.append(
            {
                "name": name,
                "in": "path" if in_path else "query",
                "required": name in schema["required"],
                "description": field["description"],
                "schema": {key: value for key, value in field.items() if key != "description"},
            }
        )
    return found


def _path(operation: Operation) -> dict[str, Any]:
    said = {"operationId": operation.name, "summary": operation.summary}
    responses = {
        "200": _response("What was asked for.", operation.answer.__name__),
        "304": {"description": "It is what If-None-Match names."},
    }
    for status in sorted((*ALWAYS, *operation.errors)):
        responses[str(status)] = _response(_TOLD[status], Error.__name__)
        if status in (429, 503):
            responses[str(status)]["headers"] = _RETRY_AFTER
    return {
        "parameters": parameters(operation),
        "get": {**said, "responses": responses},
        "head": {
            "operationId": f"{operation.name}_head",
            "summary": "The same, without the body.",
            "responses": {
                status: {"description": response["description"]}
                for status, response in responses.items()
            },
        },
    }


def _response(description: str, name: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=name)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
