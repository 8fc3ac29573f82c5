"""HTTP to X's API as tweepy speaks it, made safe: our host, bounds on everything, and a way out.

tweepy asks a `requests.Session` for everything. This one

- asks the server of CELEBWIRE_X_API_BASE in place of the one that tweepy has hard-coded;
- holds the token itself, so that tweepy, which logs headers, never has it;
- follows no redirect: the token goes nowhere else;
- ends a read that hears nothing for the stall limit, a line or a body without end;
- can be ended from another thread whatever it waits for, but for a name look-up (`Sockets.cut`).

Lives in the thread of an `XAttempt`; only `Sockets.cut` is called from the reactor's.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from stream_reader.lines import LineSplitter
from stream_reader.parsing import MAX_LINE
from stream_reader.x_fields import as_object, as_objects

TWEEPYS_HOST = "https://api.twitter.com"
CONNECT_LIMIT = 10.0
"""Seconds for TCP and TLS each."""
STALL_LIMIT = 30.0
"""Seconds without a line. X sends at least an empty one, the heartbeat, every 20 s."""
MAX_BODY = 8 * 1024 * 1024
"""Longest answer that is no stream, in bytes: a thousand rules take one or two millions."""
CHUNK = 16 * 1024
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Sockets:
    """Doubles of the sockets of one attempt.

    Shutting a double down ends whatever another thread does with the socket, in any phase: TLS
    replaces the socket object, but not what lies under it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doubles: list[socket.socket] = []
        self._cut = False
        self.used = False
        """Whether there ever was a connection."""

    def add(self, original: socket.socket) -> None:
        """A socket that has just been connected. Raises `OSError` if all is over."""
        with self._lock:
            if self._cut:
                original.close()
                raise OSError("the source is stopping")
            self._doubles.append(original.dup())
            self.used = True

    def cut(self) -> None:
        """End every connection now, and any that is yet to come."""
        with self._lock:
            self._cut = True
            for double in self._doubles:
                with suppress(OSError):  # the other side was first
                    double.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The attempt is over."""
        with self._lock:
            self._cut = True
            for double in self._doubles:
                double.close()
            self._doubles.clear()


class XSession(requests.Session):
    """See the module. `status`, `reset_at` and `said` are of the last answer, if there was one.

    `status` is HTTP's, `reset_at` the Unix time when the rate limit begins anew, `said` what X says
    about its refusal.
    """

    def __init__(
        self,
        token: str,
        base: str,
        sockets: Sockets,
        too_long: Callable[[bytes], None],
        *,
        stall_limit: float = STALL_LIMIT,
    ) -> None:
        super().__init__()
        self.status: int | None = None
        self.reset_at: float | None = None
        self.said = ""
        self._base = base
        self._stall_limit = stall_limit
        # Also keeps a .netrc from adding a password of its own.
        self.auth = partial(_authorize, token)
        if urlsplit(base).hostname in LOOPBACK:
            self.trust_env = False  # a simulator on this machine is not reached through a proxy
        adapter = XAdapter(sockets, partial(XResponse, too_long=too_long, stall_limit=stall_limit))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """As in requests, for an address as tweepy makes them."""
        path = str(url).removeprefix(TWEEPYS_HOST)
        if not path.startswith("/"):
            raise ValueError("tweepy has changed its host")
        kwargs["timeout"] = (CONNECT_LIMIT, self._stall_limit)
        kwargs["allow_redirects"] = False
        self.status, self.reset_at, self.said = None, None, ""
        response = super().request(method, self._base + path, *args, **kwargs)
        self.status = response.status_code
        with suppress(KeyError, ValueError):
            self.reset_at = float(response.headers["x-rate-limit-reset"])
        if not response.ok:
            self.said = problem_of(response)
        return response


def _authorize(token: str, request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


class XAdapter(HTTPAdapter):
    """Puts our connections and our response in the place of requests' own."""

    def __init__(
        self, sockets: Sockets, response: Callable[[requests.Response], requests.Response]
    ) -> None:
        super().__init__()
        self._sockets = sockets
        self._response = response

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool that makes the connections."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = WatchedHTTPS if pool.scheme == "https" else WatchedHTTP
        pool.ConnectionCls = partial(kind, sockets=self._sockets)
        return pool

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The response to a request."""
        return self._response(super().build_response(req, resp))


class WatchedHTTP(HTTPConnection):
    """A connection whose socket can be shut down by another thread."""

    def __init__(self, *args: Any, sockets: Sockets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sockets = sockets

    def _new_conn(self) -> socket.socket:
        new = super()._new_conn()
        self._sockets.add(new)
        return new


class WatchedHTTPS(HTTPSConnection):
    """The same with TLS."""

    def __init__(self, *args: Any, sockets: Sockets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sockets = sockets

    def _new_conn(self) -> socket.socket:
        new = super()._new_conn()
        self._sockets.add(new)
        return new


class XResponse(requests.Response):
    """A response that cannot grow without bound."""

    def __init__(
        self, response: requests.Response, *, too_long: Callable[[bytes], None], stall_limit: float
    ) -> None:
        super().__init__()
        self.__dict__.update(response.__dict__)
        self._too_long = too_long
        self._stall_limit = stall_limit

    def iter_lines(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """The lines of a stream, each as soon as it has come, the last one perhaps cut off.

        requests' own buffers a line of any length, waits for 512 bytes where the answer is not
        chunked, and takes a byte now and then for a living stream.
        """
        splitter = LineSplitter(MAX_LINE, self._too_long)
        heard = time.monotonic()
        try:
            while data := self.raw.read1(CHUNK, decode_content=True):
                lines = splitter.feed(data)
                for line in lines:
                    yield line.rstrip(b"\r")
                if lines:
                    heard = time.monotonic()  # after whatever time the lines' reader took
                elif time.monotonic() - heard > self._stall_limit:
                    raise requests.Timeout(f"no whole line in {self._stall_limit:g} s")
        except HTTPError:
            yield from splitter.finish()
            raise
        yield from splitter.finish()

    def iter_content(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """The body of an answer that is no stream."""
        size = 0
        for chunk in super().iter_content(*args, **kwargs):
            size += len(chunk)
            if size > MAX_BODY:
                raise requests.ConnectionError(f"an answer of more than {MAX_BODY} bytes")
            yield chunk


def problem_of(response: requests.Response) -> str:
    """What X says about its refusal, as one short line; empty where it says nothing usable."""
    try:
        body = as_object(response.json())
    except (requests.RequestException, ValueError, RecursionError):
        return ""
    error = (as_objects(body.get("errors")) or [body])[0]
    words = [error.get("title"), error.get("detail") or error.get("message")]
    line = ": ".join(word for word in words if isinstance(word, str))
    return " ".join("".join(char if char.isprintable() else " " for char in line).split())[:200]
