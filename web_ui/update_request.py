"""The head of a plain request for updates, read without Tornado. Pure; event loop's thread.

    GET /updates?channel=all&cursor=5f3a9c01.812&wait=25 HTTP/1.1

The front door asks here first. What browsers, EventSource, curl and nginx send for `/updates`,
`/updates/sse` and `/updates/ws` is recognised; all else is None: not wrong, but to be read, and
refused if it must be, by Tornado. So this is strict and never lenient: whatever is recognised,
Tornado would read the same, with no body and with the next request right behind it.

Ten thousand visitors ask for the same few things, so the answers are remembered. A memory that is
full is emptied: that costs microseconds, and keeping order in it would cost them always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from web_ui import channels, cursor
from web_ui.channels import BadChannels
from web_ui.cursor import BadCursor, Cursor
from web_ui.updates_query import UpdatesQuery

Transport = Literal["poll", "sse", "ws"]

LONGEST_LINE, LONGEST_BLOCK = 8192, 8192
"""Bytes of a request line and of all fields that are recognised."""
LINES, CHANNEL_TEXTS, BLOCKS = 4096, 4096, 16_384
"""Lines, channel texts and blocks of fields remembered."""
KEPT_LINE, KEPT_CHANNELS, KEPT_BLOCK = 512, 512, 1024
"""Bytes of the longest line, channel text and block of fields remembered."""

_TRANSPORTS: dict[str | None, Transport] = {None: "poll", "/sse": "sse", "/ws": "ws"}

# No value holds &, so by counting them it is seen whether a parameter comes twice.
_LINE = re.compile(
    r"GET /updates(/sse|/ws)?\?(?:(?:"
    r"channel=([A-Za-z0-9:,._~!*'()%-]+)"
    rf"|cursor={cursor.PATTERN}"
    r"|wait=([0-9]{1,9}(?:\.[0-9]{1,9})?)"
    r"|html=([01])"
    r")(?:&|(?= ))){1,4} HTTP/1\.1"
)
_ESCAPED = re.compile(r"[^%]*(?:%[0-9A-Fa-f]{2}[^%]*)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_BLOCK = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*\r\n)+\r\n")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_GZIP = re.compile(r"(?:^|,) *gzip *(?:,|$)")
_KEY = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")
_EXTENSIONS = re.compile(r"[A-Za-z0-9_=;, -]*")

_USED = (
    "host connection upgrade accept-encoding x-forwarded-for last-event-id origin sec-fetch-site "
    "sec-websocket-key sec-websocket-version sec-websocket-extensions"
).split()
# A body, or an answer that depends on more than is read here.
_NOT_PLAIN = "content-length transfer-encoding expect trailer if-none-match".split()
# Of a block in lower case.
_FIELD = re.compile(rf"\r\n({'|'.join(_USED + _NOT_PLAIN)}):([ -~]*)")


class UpdatesTarget(NamedTuple):
    """What a request line asks for, and over which transport."""

    transport: Transport
    query: UpdatesQuery

    def with_fields(self, fields: RequestFields) -> UpdatesTarget | None:
        """The same with what the fields say of it: an EventSource goes on at its last event.
        None where they do not go together, as a handshake at another address: Tornado's."""
        if (self.transport == "ws") != (fields.upgrade is not None):
            return None
        if self.transport == "sse" and fields.last_event_id is not None:
            last = Cursor.parse(fields.last_event_id)
            return UpdatesTarget("sse", self.query._replace(cursor=last))
        return self


class RequestFields(NamedTuple):
    """What the header fields say. `upgrade`: the Sec-WebSocket-Key of a handshake that is to be
    accepted, of this very origin; None: no handshake. `last_event_id` is a well-formed cursor.
    `forwarded_for`: X-Forwarded-For, empty where it is not given."""

    gzip: bool
    forwarded_for: str
    last_event_id: str | None
    upgrade: bytes | None


class RequestReader:
    """Reads and remembers. `most_channels`: in one request."""

    def __init__(self, most_channels: int) -> None:
        self._most_channels = most_channels
        self._lines: dict[bytes, UpdatesTarget] = {}
        self._channels: dict[str, frozenset[str]] = {}
        self._blocks: dict[bytes, tuple[bytes, RequestFields]] = {}

    def line(self, line: bytes) -> UpdatesTarget | None:
        """A request line without its CRLF. None: not recognised."""
        return self._lines.get(line) or self._new_line(line)

    def fields(self, block: bytes) -> RequestFields | None:
        """The bytes behind the request line's CRLF, up to and with the blank line. None: not
        recognised."""
        known = self._blocks.get(block)
        return known[1] if known else self._new_block(block)

    def shared(self, block: bytes) -> bytes:
        """The same bytes: one object, where it is remembered, for all who send them. To keep and
        compare them then costs next to nothing."""
        known = self._blocks.get(block)
        return known[0] if known else block

    def _new_line(self, line: bytes) -> UpdatesTarget | None:
        if len(line) > LONGEST_LINE:
            return None
        match = _LINE.fullmatch(line.decode("latin-1"))
        if match is None:
            return None
        path, channel, epoch, seq, wait, html = match.groups()
        given = 4 - (channel, epoch, wait, html).count(None)
        if line.count(b"&") != given - 1 or channel is None:
            return None
        names = self._channels.get(channel) or self._new_channels(channel)
        if names is None:
            return None
        query = UpdatesQuery(
            names,
            None if epoch is None else Cursor(epoch, int(seq)),
            None if wait is None else float(wait),
            html != "0",
        )
        target = UpdatesTarget(_TRANSPORTS[path], query)
        if len(line) <= KEPT_LINE:
            if len(self._lines) >= LINES:
                self._lines.clear()
            self._lines[line] = target
        return target

    def _new_channels(self, escaped: str) -> frozenset[str] | None:
        if _ESCAPED.fullmatch(escaped) is None:
            return None
        try:
            text = unquote_to_bytes(escaped).decode()
            if _CONTROL.search(text):
                return None  # Tornado makes spaces of some
            names = channels.parse(text, self._most_channels)
        except (UnicodeDecodeError, BadChannels):
            return None
        if len(escaped) <= KEPT_CHANNELS:
            if len(self._channels) >= CHANNEL_TEXTS:
                self._channels.clear()
            self._channels[escaped] = names
        return names

    def _new_block(self, block: bytes) -> RequestFields | None:
        if len(block) > LONGEST_BLOCK or _BLOCK.fullmatch(block) is None:
            return None
        text = "\r\n" + block.decode("ascii")
        used: dict[str, str] = {}
        for match in _FIELD.finditer(text.lower()):
            name = match[1]
            if name in used:
                return None
            used[name] = text[match.start(2) : match.end(2)].strip(" ")
        return self._judge(block, used) if used.keys().isdisjoint(_NOT_PLAIN) else None

    def _judge(self, block: bytes, used: dict[str, str]) -> RequestFields | None:
        if _HOST.fullmatch(used.get("host", "")) is None:
            return None
        last_event_id = used.get("last-event-id") or None
        if last_event_id is not None:
            try:
                Cursor.parse(last_event_id)
            except BadCursor:
                return None
        upgrade = None
        if "upgrade" in used:
            if not _is_plain_handshake(used):
                return None
            upgrade = used["sec-websocket-key"].encode()
        elif used.get("connection", "keep-alive").lower() != "keep-alive":
            return None
        fields = RequestFields(
            _GZIP.search(used.get("accept-encoding", "")) is not None,
            used.get("x-forwarded-for", ""),
            last_event_id,
            upgrade,
        )
        # The key of a handshake never comes again.
        if upgrade is None and len(block) <= KEPT_BLOCK:
            if len(self._blocks) >= BLOCKS:
                self._blocks.clear()
            self._blocks[block] = block, fields
        return fields


def _is_plain_handshake(used: dict[str, str]) -> bool:
    return (
        handshake_fault(used) is None
        and {"upgrade", "keep-alive"}.issuperset(_options(used))
        and _EXTENSIONS.fullmatch(used.get("sec-websocket-extensions", "")) is not None
    )


def handshake_fault(fields: Mapping[str, str]) -> int | None:
    """The status to answer an HTTP/1.1 request with that is no handshake of a WebSocket (RFC 6455,
    4.2.1) by its header fields (names in lower case): 426, 400, or 403 if it comes from a page of
    another origin. None: it is one."""
    if (
        fields.get("upgrade", "").lower() != "websocket"
        or "upgrade" not in _options(fields)
        or fields.get("sec-websocket-version") != "13"
    ):
        return 426
    if not _is_same_origin(fields):
        return 403
    return None if _KEY.fullmatch(fields.get("sec-websocket-key", "")) else 400


def _options(fields: Mapping[str, str]) -> list[str]:
    return [option.strip(" ") for option in fields.get("connection", "").lower().split(",")]


def _is_same_origin(fields: Mapping[str, str]) -> bool:
    """Whether it comes from a page of ours, or from no page: as Tornado's
    `WebSocketHandler.check_origin` judges it."""
    site = fields.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = fields.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == fields.get("host", "").lower()
    except ValueError:
        return False
