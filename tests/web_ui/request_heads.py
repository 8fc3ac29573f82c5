"""Heads of requests for updates as programs send them, for tests: recorded from Chromium 156, curl,
wget, requests and websockets, directly and through nginx; Firefox's and Safari's written after
theirs. The host is changed to HOST throughout.
"""

from __future__ import annotations

HOST = "celebs.example:8080"

_LONG = (
    "/updates?channel=celeb%3Aada_l%2Cthread%3Ademo%3A17%2Ctag%3A%C3%BCn%C3%AF"
    "&cursor=5f3a9c01.812&wait=25"
)
_SHORT = "/updates?channel=all&cursor=5f3a9c01.812"
_SSE = "/updates/sse?channel=all&cursor=5f3a9c01.812"
_WS = "/updates/ws?channel=all&cursor=5f3a9c01.812"

_CHROMIUM = f"""\
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, \
like Gecko) Chrome/156.0.0.0 Safari/537.36
sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"
sec-ch-ua-mobile: ?0
Accept: */*
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: http://{HOST}/ada_l?before=17
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
"""
_CHROMIUM_WS = f"""\
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, \
like Gecko) Chrome/156.0.0.0 Safari/537.36
Origin: http://{HOST}
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Cookie: a=b; c="d e"
Sec-WebSocket-Key: 5R/YXhqOzsBRYNePCdOGtg==
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
"""
_FIREFOX = f"""\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0
Accept: */*
Accept-Language: de,en-US;q=0.7,en;q=0.3
Accept-Encoding: gzip, deflate, br, zstd
Referer: http://{HOST}/
Connection: keep-alive
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: cors
Sec-Fetch-Site: same-origin
Priority: u=4
Pragma: no-cache
Cache-Control: no-cache
"""
_FIREFOX_WS = f"""\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0
Accept: */*
Accept-Language: de,en-US;q=0.7,en;q=0.3
Accept-Encoding: gzip, deflate, br, zstd
Sec-WebSocket-Version: 13
Origin: http://{HOST}
Sec-WebSocket-Extensions: permessage-deflate
Sec-WebSocket-Key: kpvXcIVDKCXzT31ynxPq0w==
Connection: keep-alive, Upgrade
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: websocket
Sec-Fetch-Site: same-origin
Pragma: no-cache
Cache-Control: no-cache
Upgrade: websocket
"""
_SAFARI = f"""\
Accept: */*
Sec-Fetch-Site: same-origin
Referer: http://{HOST}/
Sec-Fetch-Dest: empty
Accept-Language: en-GB,en;q=0.9
Sec-Fetch-Mode: cors
User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
like Gecko) Version/18.5 Mobile/15E148 Safari/604.1
Accept-Encoding: gzip, deflate
Connection: keep-alive
"""
_SAFARI_WS = f"""\
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
Origin: http://{HOST}
Sec-WebSocket-Version: 13
Sec-WebSocket-Extensions: permessage-deflate
User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
like Gecko) Version/18.5 Safari/605.1.15
"""
_NGINX = """\
X-Forwarded-For: 203.0.113.7
X-Forwarded-Proto: https
"""


def _head(target: str, *fields: str) -> bytes:
    lines = f"GET {target} HTTP/1.1\nHost: {HOST}\n" + "".join(fields) + "\n"
    return lines.replace("\n", "\r\n").encode()


RECOGNISED = {
    "Chromium polls": _head(_LONG, "Connection: keep-alive\n", _CHROMIUM),
    "Chromium's EventSource": _head(_SSE, "Connection: keep-alive\n", _CHROMIUM),
    "Chromium's EventSource comes back": _head(
        _SSE, "Connection: keep-alive\n", _CHROMIUM, "Last-Event-ID: 5f3a9c01.813\n"
    ),
    "Chromium's WebSocket": _head(
        _WS, "Connection: Upgrade\n", "Upgrade: websocket\n", _CHROMIUM_WS
    ),
    "Firefox polls": _head(_LONG, _FIREFOX),
    "Firefox's EventSource": _head(_SSE, _FIREFOX, "Last-Event-ID: 5f3a9c01.813\n"),
    "Firefox's WebSocket": _head(_WS, _FIREFOX_WS),
    "Safari polls": _head(_LONG, _SAFARI),
    "Safari's EventSource": _head(_SSE, _SAFARI),
    "Safari's WebSocket": _head(_WS, _SAFARI_WS),
    "nginx for Chromium": _head(_LONG, _NGINX, _CHROMIUM),
    "nginx for Firefox over HTTP/2": _head(
        _LONG, _NGINX, _FIREFOX.replace("Connection: keep-alive\n", ""), "te: trailers\n"
    ),
    "nginx for an EventSource": _head(_SSE, _NGINX, _CHROMIUM, "Last-Event-ID: 5f3a9c01.813\n"),
    "nginx for a WebSocket": _head(
        _WS, _NGINX, "Upgrade: websocket\n", "Connection: upgrade\n", _CHROMIUM_WS
    ),
    "curl": _head(_SHORT, "User-Agent: curl/7.88.1\nAccept: */*\n"),
    "curl --compressed": _head(
        _SHORT,
        "User-Agent: curl/7.88.1\nAccept: */*\nAccept-Encoding: deflate, gzip, br, zstd\n",
    ),
    "wget": _head(
        _SHORT,
        "User-Agent: Wget/1.21.3\nAccept: */*\nAccept-Encoding: identity\nConnection: Keep-Alive\n",
    ),
    "requests": _head(
        _SHORT,
        "User-Agent: python-requests/2.34.2\nAccept-Encoding: gzip, deflate\nAccept: */*\n",
        "Connection: keep-alive\n",
    ),
    "http.client": _head("/updates?channel=all", "Accept-Encoding: identity\n"),
    "websockets": _head(
        _WS,
        "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: woO6fGVdBC1M2Cjk2p8ccg==\n",
        "Sec-WebSocket-Version: 13\n",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\n",
        "User-Agent: Python/3.11 websockets/17.4\n",
    ),
}
