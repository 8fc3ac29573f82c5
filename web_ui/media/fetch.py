"""Fetches one picture from another host that may be slow, endless, wrong or hostile.

    picture = await fetch.picture("https://pbs.twimg.com/a.jpg")    # Picture, or NoPicture: why

https only, to public addresses only (`public_addresses.py`), through two redirects at most, each
checked in the same way. The head of an answer decides whether its body is read at all; the body is
cut off at MOST_BYTES, whatever length it claimed, and all of it at TIME_LIMIT. The host learns that
the site asks, and nothing of the visitor. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import sys
from typing import Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import Resolver
from tornado.tcpclient import TCPClient

from web_ui.media.addresses import may_be_fetched

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
"""No SVG: it is a document with scripts."""
MOST_BYTES = 8 * 1024**2
MOST_HEAD_BYTES = 16 * 1024
TIME_LIMIT = 15.0
"""Seconds for all of it, redirects included."""
MOST_REDIRECTS = 2

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')

Reason = Literal["address", "unreachable", "redirects", "status", "type", "size", "time", "busy"]


class Picture(NamedTuple):
    """A picture as its host gave it."""

    type: str
    body: bytes
    etag: str | None


class NoPicture(NamedTuple):
    """There is none to be had, and why."""

    reason: Reason


class _Moved(NamedTuple):
    to: str


class MediaFetch:
    """See the module. `resolver` gives the addresses that may be connected to; `tls` says whose
    certificates are believed."""

    def __init__(
        self, resolver: Resolver, tls: ssl.SSLContext, time_limit: float = TIME_LIMIT
    ) -> None:
        self._tls = tls
        self._time_limit = time_limit
        self._client = TCPClient(resolver=resolver)

    async def picture(self, address: str) -> Picture | NoPicture:
        """Fetch it. Raises nothing of its own."""
        try:
            async with asyncio.timeout(self._time_limit):
                for _ in range(MOST_REDIRECTS + 1):
                    if not may_be_fetched(address):
                        return NoPicture("address")
                    found = await self._ask(address)
                    if not isinstance(found, _Moved):
                        return found
                    address = urljoin(address, found.to)
        except TimeoutError:
            return NoPicture("time")
        except (OSError, ValueError):
            # ValueError: a name that is none, or a redirect to no address at all.
            return NoPicture("unreachable")
        return NoPicture("redirects")

    async def _ask(self, address: str) -> Picture | NoPicture | _Moved:
        parts = urlsplit(address)
        stream = await self._client.connect(
            parts.hostname or "",
            parts.port or 443,
            ssl_options=self._tls,
            max_buffer_size=MOST_BYTES,
            timeout=self._time_limit,
        )
        try:
            connection = HTTP1Connection(
                stream,
                is_client=True,
                params=HTTP1ConnectionParameters(
                    no_keep_alive=True,
                    max_header_size=MOST_HEAD_BYTES,
                    max_body_size=sys.maxsize,  # _Answer knows what is too much, and says so
                ),
            )
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.write_headers(
                RequestStartLine("GET", path, "HTTP/1.1"),
                HTTPHeaders(
                    {
                        "Host": parts.netloc,
                        "Accept": ", ".join(sorted(TYPES)),
                        "Accept-Encoding": "identity",
                        "User-Agent": "Celebwire",
                        "Connection": "close",
                    }
                ),
            )
            connection.finish()
            answer = _Answer(stream)
            with contextlib.suppress(StreamClosedError):  # by the host, or by `answer`
                await connection.read_response(answer)
            return answer.outcome()
        finally:
            stream.close()


class _Answer(HTTPMessageDelegate):
    """Reads what the host says, and hangs up as soon as it is not a picture."""

    def __init__(self, stream: IOStream) -> None:
        self._stream = stream
        self._type = ""
        self._etag: str | None = None
        self._body = bytearray()
        self._whole = False
        self._verdict: NoPicture | _Moved | None = None

    def outcome(self) -> Picture | NoPicture | _Moved:
        """What came of it, once the connection is closed."""
        if self._verdict is not None:
            return self._verdict
        if not self._whole:
            return NoPicture("unreachable")
        return Picture(self._type, bytes(self._body), self._etag)

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        self._verdict = self._judge(start_line, headers)
        if self._verdict is not None:
            self._stream.close()

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > MOST_BYTES:
            self._verdict = NoPicture("size")
            self._stream.close()

    def finish(self) -> None:
        self._whole = True

    def _judge(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> NoPicture | _Moved | None:
        status = start_line.code if isinstance(start_line, ResponseStartLine) else 0
        if 100 <= status < 200:
            return None  # the answer is still to come
        if status in _REDIRECTS and "Location" in headers:
            return _Moved(headers["Location"])
        if status != 200:
            return NoPicture("status")
        self._type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self._type not in TYPES or headers.get("Content-Encoding", "identity") != "identity":
            return NoPicture("type")
        length = headers.get("Content-Length", "")
        if length.isascii() and length.isdecimal() and int(length[:20]) > MOST_BYTES:
            return NoPicture("size")
        etag = headers.get("ETag", "")
        self._etag = etag if _ETAG.fullmatch(etag) else None
        return None
