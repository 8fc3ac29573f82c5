"""What a visitor is told, and its bytes on each transport, made once for all who are told the same.

    answer.wire(form)      # b"HTTP/1.1 200 OK\r\n…{…}"  b"id: …\ndata: {…}\n\n"  b"\x81…{…}"

    {"cursor": "…", "verdict": "live" | "gap" | "reset", "events": [{"seq": 7, "kind": "tweet",
     "id": "…", "celeb": "…", "html": "…"}, …]}

Pure but for the time of day in the `Date` of a long poll's answer.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from email.utils import formatdate
from typing import Literal, Protocol

from web_ui import web_socket_frames
from web_ui.cursor import Cursor
from web_ui.feed import Entry

Verdict = Literal["live", "gap", "reset"]

WORTH_COMPRESSING = 1024
"""Bytes of a body from which on gzip saves a packet."""
MOST_COMPRESSED = 64 * 1024
"""Bytes of a body up to which it is compressed: more would keep the event loop for over a ms. For
who has missed so much, nginx may do it."""
RETRY_AFTER = 5
"""Seconds after which those are to come back whom the site cannot serve just now."""
COMPRESSION = 4
"""zlib's level: the best ratio of bytes saved to time on cards, 20 µs for a KB."""

_JSON = (
    b"Content-Type: application/json\r\n"
    b"Cache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)
_KEEP, _CLOSE = b"", b"Connection: close\r\n"
_PAGE = (
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Security-Policy: default-src 'none'\r\n"
    b"Cache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)


class Form(Protocol):
    """In which bytes an answer goes out."""

    html: bool
    """With the cards?"""
    last: bool
    """Does the connection end with it?"""

    def encode(self, answer: Answer) -> bytes:
        """The bytes, as they go to the socket."""


class Answer:
    """What is told to everybody who follows the same channels from the same cursor."""

    __slots__ = ("_bodies", "_wires", "cursor", "entries", "verdict")

    def __init__(self, cursor: Cursor, verdict: Verdict, entries: Sequence[Entry] = ()) -> None:
        self.cursor = cursor
        self.verdict = verdict
        self.entries = entries
        self._bodies: dict[bool, bytes] = {}
        self._wires: dict[Form, bytes] = {}

    def json(self, *, html: bool) -> bytes:
        """The answer as JSON; entries give bytes that were made when they arrived."""
        body = self._bodies.get(html)
        if body is None:
            events = b",".join([entry.full if html else entry.bare for entry in self.entries])
            head = f'{{"cursor":"{self.cursor}","verdict":"{self.verdict}","events":['.encode()
            body = self._bodies[html] = b"%b%b]}" % (head, events)
        return body

    def wire(self, form: Form) -> bytes:
        """The bytes in this form."""
        wire = self._wires.get(form)
        if wire is None:
            wire = self._wires[form] = form.encode(self)
        return wire


class PollForm:
    """A whole HTTP answer. `gzip`: the visitor can read it. `last`: the connection ends with it."""

    def __init__(self, *, html: bool, gzip: bool, last: bool) -> None:
        self.html = html
        self.last = last
        self._gzip = gzip
        self._connection = _CLOSE if last else _KEEP

    def encode(self, answer: Answer) -> bytes:
        """See `Form`."""
        body = answer.json(html=self.html)
        coding = b""
        if self._gzip and WORTH_COMPRESSING <= len(body) <= MOST_COMPRESSED:
            body = gzip.compress(body, COMPRESSION, mtime=0)
            coding = b"Content-Encoding: gzip\r\n"
        return _http(b"200 OK", b"Vary: Accept-Encoding\r\n" + coding + self._connection, body)


class SseForm:
    """An event of `text/event-stream`; its id is the cursor, so a browser resumes by itself."""

    last = False

    def __init__(self, *, html: bool) -> None:
        self.html = html

    def encode(self, answer: Answer) -> bytes:
        """See `Form`."""
        cursor = str(answer.cursor).encode()
        return b"id: %b\ndata: %b\n\n" % (cursor, answer.json(html=self.html))


class SocketForm:
    """A text message of a WebSocket."""

    last = False

    def __init__(self, *, html: bool) -> None:
        self.html = html

    def encode(self, answer: Answer) -> bytes:
        """See `Form`."""
        return web_socket_frames.text_frame(answer.json(html=self.html))


POLL = {
    (html, gzip, last): PollForm(html=html, gzip=gzip, last=last)
    for html in (False, True)
    for gzip in (False, True)
    for last in (False, True)
}
SSE = {html: SseForm(html=html) for html in (False, True)}
SOCKET = {html: SocketForm(html=html) for html in (False, True)}
"""Each form there is, once: who waits for the same in the same form is told with the same bytes."""


def stream_begins() -> bytes:
    """The head of an event stream."""
    return (
        b"HTTP/1.1 200 OK\r\n"
        b"Date: %b\r\n"
        b"Content-Type: text/event-stream\r\n"
        b"Cache-Control: no-store\r\n"
        b"X-Content-Type-Options: nosniff\r\n"
        b"X-Accel-Buffering: no\r\n"  # nginx: pass it on at once
        b"Connection: close\r\n"  # it ends with the connection, for it has no length
        b"\r\n"
    ) % _date()


def refusal(status: bytes, reason: str, retry_after: int | None = None, *, last: bool) -> bytes:
    """`{"error": reason}` under a status like b"503 Service Unavailable"."""
    retry = b"Retry-After: %d\r\n" % retry_after if retry_after is not None else b""
    body = f'{{"error": "{reason}"}}'.encode()
    return _http(status, retry + (_CLOSE if last else _KEEP), body)


def refusal_page(status: bytes, title: str, text: str) -> bytes:
    """The same for people, as a page without the site's look. The connection ends with it."""
    body = f'<!DOCTYPE html><html lang="en"><title>{title}</title><h1>{title}</h1><p>{text}</p>'
    return _http(status, _CLOSE, body.encode(), _PAGE)


def _http(status: bytes, headers: bytes, body: bytes, kind: bytes = _JSON) -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    head = b"HTTP/1.1 %b\r\nDate: %b\r\n%b%b%b\r\n" % (status, _date(), kind, headers, length)
    return head + body


def _date() -> bytes:
    return formatdate(usegmt=True).encode()
