"""One line of a source, read into posts: the door between bytes from anywhere and our own values.

Second step of a tweet's story: `replay` and `x_lines` bring a line here and hand the posts on to
the intake. Pure, any thread. A line is an X v2 stream line (`x_v2`), a v1.1 status or a v1.1
notice of a deletion (`x_v1`); whatever else it is, `BadLine` says so, and nothing else is raised.
"""

from __future__ import annotations

import re

import msgspec

from stream_reader import x_v1, x_v2
from stream_reader.bad_line import BadLine, StreamError
from stream_reader.x_fields import Json, as_objects
from tweet_store.model import Post

__all__ = ["MAX_LINE", "BadLine", "StreamError", "parse_line"]

MAX_LINE = 1024 * 1024
"""Longest line that is read, in bytes. X's are a few thousand."""

SHOWN = 160
"""Bytes of a bad line that its error shows."""

_decode = msgspec.json.Decoder().decode
_escapes = re.compile(
    rb"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(?P<lone>u[dD][89a-fA-F]\w\w)|.)", re.DOTALL
)


def parse_line(line: bytes) -> list[Post]:
    """The posts in a line, line end or not. A blank line is X's heartbeat: no posts, no error.

    Raises `BadLine`: truncated, not_json, not_an_object, unknown_kind, no_id, bad_id, no_author,
    no_text, bad_time, too_long; and `StreamError` where X reports a fault in its place.
    """
    line = line.strip()
    if not line:
        return []
    if len(line) > MAX_LINE:
        raise BadLine("too_long", f"{len(line)} bytes: {head(line)}")
    try:
        return [_post(*_decoded(line))]
    except StreamError:
        raise
    except BadLine as bad:
        raise BadLine(bad.reason, f"{bad.detail}: {head(line)}") from bad


def head(line: bytes) -> str:
    """The beginning of a line, for a log."""
    return line[:SHOWN].decode("utf-8", "replace")


def _decoded(line: bytes) -> tuple[Json, bytes]:
    """The JSON object of a line, and the line: mended where half an emoji had to be."""
    try:
        value = _decode(line)
    except (ValueError, RecursionError) as error:
        mended = _without_lone_surrogates(line)
        if mended != line:
            return _decoded(mended)
        cut_off = isinstance(error, msgspec.DecodeError) and str(error).endswith("truncated")
        raise BadLine("truncated" if cut_off else "not_json", str(error)) from error
    if not isinstance(value, dict):
        raise BadLine("not_an_object", f"JSON, but {type(value).__name__}")
    return value, line


def _without_lone_surrogates(line: bytes) -> bytes:
    """The line with `\\ufffd` for each half of an escaped surrogate pair that stands alone.

    X used to cut names and bios in the middle of an emoji. Such a half is no character, and
    neither msgspec nor any database takes it.
    """
    return _escapes.sub(lambda found: rb"\ufffd" if found["lone"] else found[0], line)


def _post(value: Json, line: bytes) -> Post:
    if isinstance(value.get("data"), dict):  # also with `errors`: those are about its includes
        return x_v2.parse(value, line)
    if errors := as_objects(value.get("errors")):
        raise _stream_error(errors[0], line)
    if "delete" in value:
        return x_v1.parse_delete(value)
    if not value.keys().isdisjoint(("id", "id_str", "text", "full_text")):
        return x_v1.parse(value, line)
    raise BadLine("unknown_kind", f"keys {sorted(value)[:8]}")


def _stream_error(error: Json, line: bytes) -> StreamError:
    title, kind = str(error.get("title") or "untitled")[:SHOWN], str(error.get("type"))
    words = f"{title} {kind} {error.get('disconnect_type')}".lower()
    # X docs: handling disconnections. `title` and `type` are not always both there.
    disconnects = "disconnect" in words or kind.endswith("/streaming-connection")
    return StreamError(title, head(line), disconnects=disconnects)
