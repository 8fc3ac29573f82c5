"""One attempt at X's filtered stream: rules, connect, read until it ends. Lives in a thread.

Made by `XSource` for each attempt, with a session of its own, and run once. It is tweepy's
`StreamingClient` with every hook saying "disconnect", so that tweepy neither sleeps nor tries
again: when to do that is for the reactor to say (`x_backoff`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import requests
import tweepy
from urllib3.exceptions import HTTPError

from stream_reader.bad_line import StreamError
from stream_reader.source import IntakeClosed
from stream_reader.x_backoff import Ended, Trouble
from stream_reader.x_rules import sync
from stream_reader.x_session import Sockets, XSession

log = logging.getLogger("celebwire.reader.x")

# What the parser needs. X counts and bills posts, not fields; referenced posts are posts.
EXPANSIONS = [
    "author_id",
    "attachments.media_keys",
    "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "referenced_tweets.id.attachments.media_keys",
]
TWEET_FIELDS = [
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "lang",
    "note_tweet",
    "referenced_tweets",
]
USER_FIELDS = ["description", "name", "profile_image_url", "username", "verified"]
MEDIA_FIELDS = ["alt_text", "height", "media_key", "preview_image_url", "type", "url", "width"]

PASSES = "it passes by itself"
_MENDS = {
    400: "X does not understand our request: the version of Celebwire may be too old",
    401: "put a valid CELEBWIRE_X_BEARER_TOKEN and restart the reader",
    402: "the X account has no credit left: buy some",
    403: "the token's app may not use the filtered stream: change that at X, or put another "
    "CELEBWIRE_X_BEARER_TOKEN, and restart the reader",
    404: "see that CELEBWIRE_X_API_BASE is right",
    409: "X has no rules of ours: see CELEBWIRE_FOLLOW",
    429: "it passes by itself; see that nothing else uses the same token",
}
_NETWORK = (requests.RequestException, HTTPError, OSError)


class XAttempt(tweepy.StreamingClient):  # type: ignore[misc]
    """Run it once, in a thread. `interrupt` is for the reactor's thread."""

    def __init__(
        self,
        session: XSession,
        sockets: Sockets,
        rules: Sequence[str],
        read: Callable[[bytes], None],
        connected: Callable[[str | None], None],
    ) -> None:
        """`read` takes each line; it may raise `StreamError` and `IntakeClosed`.

        `connected` is called, in the thread, once the stream stands, with one line on those rules
        that X did not take, if any.
        """
        super().__init__("", return_type=dict, max_retries=0, chunk_size=None)
        self.session = session
        self._sockets = sockets
        self._rules = rules
        self._read = read
        self._connected = connected
        self._interrupted: str | None = None
        self._rules_problem: str | None = None
        self._streaming = False
        self._ended: Ended | None = None

    def interrupt(self, why: str) -> None:
        """End it now, whatever it waits for. No further line is read; one in hand is finished."""
        self._interrupted = why
        self._sockets.cut()

    def run(self) -> Ended:
        """Everything, to the end. Never raises."""
        try:
            self._rules_problem = sync(self, self._rules)
            self.filter(
                expansions=EXPANSIONS,
                tweet_fields=TWEET_FIELDS,
                user_fields=USER_FIELDS,
                media_fields=MEDIA_FIELDS,
            )
        except Exception as error:
            self._failed(error)
        finally:
            self.session.close()
            self._sockets.close()
        if self._interrupted is not None:
            return self._lost(self._interrupted)
        return self._ended or Ended(Trouble.CLOSED, "X closed the stream", PASSES)

    # tweepy calls these.

    def on_connect(self) -> None:
        """The stream stands."""
        self._streaming = True
        if self._interrupted is None:
            self._connected(self._rules_problem)
        else:
            self.disconnect()

    def on_data(self, raw_data: bytes) -> None:
        """A line has come."""
        if self._interrupted is not None:
            self.disconnect()
            return
        try:
            self._read(raw_data)
        except StreamError as error:
            if error.disconnects:
                self._end(Ended(Trouble.CLOSED, f"X says {error.title}", PASSES))
        except IntakeClosed:
            self._end(Ended(Trouble.CLOSED, "the reader is stopping", ""))

    def on_keep_alive(self) -> None:
        """A heartbeat has come; that it did is all."""
        if self._interrupted is not None:
            self.disconnect()

    def on_closed(self, _response: Any) -> None:
        """X has ended the stream in order. tweepy would connect again at once."""
        self.disconnect()

    def on_request_error(self, status_code: int) -> None:
        """X has answered, but not with a stream."""
        self._end(self._by_status(status_code))

    def on_connection_error(self) -> None:
        """The connection is broken, or silent. Called while the exception is handled."""
        self._failed(sys.exception())

    def on_exception(self, exception: Exception) -> None:
        """Whatever else was raised."""
        self._failed(exception)

    def on_disconnect(self) -> None:
        """It is over, for whichever reason."""

    # How it ended.

    def _end(self, ended: Ended) -> None:
        self._ended = self._ended or ended
        self.disconnect()

    def _failed(self, error: BaseException | None) -> None:
        status = self.session.status
        if status is not None and not 200 <= status < 300:
            self._end(self._by_status(status))
        elif isinstance(error, requests.JSONDecodeError):
            self._end(Ended(Trouble.HTTP, "X's answer on the rules is no JSON", _MENDS[404]))
        elif isinstance(error, _NETWORK):
            self._end(self._lost(_root(error)))
        else:
            log.error("X: a fault of our own", exc_info=error)
            self._end(Ended(Trouble.HTTP, "a fault of our own", "see the log"))

    def _lost(self, what: str) -> Ended:
        if self._streaming:
            return Ended(Trouble.CLOSED, f"the stream broke off: {what}", PASSES)
        mends = "see the network and CELEBWIRE_X_API_BASE"
        reached = self._sockets.used
        return Ended(Trouble.UNREACHABLE, f"X cannot be reached: {what}", mends, reached=reached)

    def _by_status(self, status: int) -> Ended:
        said = f" ({self.session.said})" if self.session.said else ""
        mends = _MENDS.get(429 if status == 420 else status, PASSES)
        if status in (401, 403):
            return Ended(Trouble.REFUSED, f"X refuses access: {status}{said}", mends)
        if status in (420, 429):
            what = f"X limits us: {status}{said}"
            return Ended(Trouble.RATE_LIMITED, what, mends, self.session.reset_at)
        if 300 <= status < 400:
            mends = _MENDS[404]
        return Ended(Trouble.HTTP, f"X answers {status}{said}", mends)


def _root(error: BaseException) -> str:
    """The innermost cause in one short line; the outer ones of requests are long and repeat it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
