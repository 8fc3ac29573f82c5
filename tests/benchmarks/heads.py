"""What a visitor's browser says to the server: the heads of requests, recorded from Chromium.

fetch(), EventSource and WebSocket of a page of the same origin, on Linux, without cookies. Servers
read what they are sent, and browsers send much: with four short lines instead (`minimal`), every
server is quicker.
"""

from __future__ import annotations

from typing import Literal

Transport = Literal["poll", "sse", "ws"]
TRANSPORTS: tuple[Transport, ...] = ("poll", "sse", "ws")

AGENT = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)
BRAND = 'sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"'
FETCH = [
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    "Referer: http://{host}/",
]
PACKED = "Accept-Encoding: gzip, deflate, br, zstd"
ACCEPTED = [PACKED, "Accept-Language: en-US,en;q=0.9"]
PLATFORM = 'sec-ch-ua-platform: "Linux"'
NO_CACHE = ["Pragma: no-cache", "Cache-Control: no-cache"]
UPGRADE = [
    "Upgrade: websocket",
    "Origin: http://{host}",
    "Sec-WebSocket-Version: 13",
]
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
"""RFC 6455's example: the floor server knows the answer to this one only."""

BROWSER: dict[Transport, list[str]] = {
    "poll": [
        "Connection: keep-alive",
        PLATFORM,
        AGENT,
        BRAND,
        "sec-ch-ua-mobile: ?0",
        "Accept: */*",
        *FETCH,
        *ACCEPTED,
    ],
    "sse": [
        "Connection: keep-alive",
        *NO_CACHE,
        PLATFORM,
        AGENT,
        "Accept: text/event-stream",
        BRAND,
        "sec-ch-ua-mobile: ?0",
        *FETCH,
        *ACCEPTED,
    ],
    "ws": [
        "Connection: Upgrade",
        *NO_CACHE,
        AGENT,
        *UPGRADE,
        *ACCEPTED,
        KEY,
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ],
}
MINIMAL: dict[Transport, list[str]] = {
    "poll": [],
    "sse": ["Accept: text/event-stream"],
    "ws": ["Connection: Upgrade", *UPGRADE, KEY],
}


def head(
    transport: Transport,
    host: str,
    target: str,
    *,
    minimal: bool = False,
    identity: bool = False,
    more: str = "",
) -> bytes:
    """A GET's head. `identity`: answers are to come unpacked. `more`: nothing, or whole lines."""
    lines = (MINIMAL if minimal else BROWSER)[transport]
    if identity:
        lines = [line for line in lines if line != PACKED]
    text = "".join(f"{line.format(host=host)}\r\n" for line in lines)
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{text}{more}\r\n".encode()
