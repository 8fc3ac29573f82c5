"""Why a line of a source could not be used: the errors that parsing raises. Pure, any thread."""

from __future__ import annotations


class BadLine(Exception):  # noqa: N818  (reads as what it is)
    """The line holds no post. The caller counts it by `reason`, drops it and reads the next one.

    `reason` is a short snake_case word out of a fixed few (it becomes the label of a counter);
    `detail` shows an operator what was found, and is longer than need be: `Drops` cuts it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class StreamError(BadLine):
    """X reports a fault inside the stream (`{"errors": [...]}` without a post).

    `title` is X's own word for it. Where `disconnects` is true X is about to close or already has:
    the caller ends the connection and makes a new one by the back-off's schedule.
    """

    def __init__(self, title: str, detail: str, *, disconnects: bool) -> None:
        super().__init__("stream_error", detail)
        self.title = title
        self.disconnects = disconnects
