"""Lines of X's stream, handed to the intake as posts of the accounts that are followed.

Lives in the thread of an `XAttempt`, one at a time; what it learns lasts from attempt to attempt.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from stream_reader.drops import Drops
from stream_reader.parsing import BadLine, StreamError, parse_line
from stream_reader.source import Sink
from stream_reader.x_rules import matched
from tweet_store.model import Author, Post, Tweet


class XLines:
    """Reads one line after the other. What cannot be used is counted and dropped."""

    def __init__(self, follow: Iterable[str], drops: Drops, sink: Sink) -> None:
        self._follow = frozenset(handle.lower() for handle in follow)
        self._drops = drops
        self._sink = sink
        self._known: dict[str, Author] = {}
        """Followed accounts by id, as last seen. Bounded by the number of those followed."""

    def read(self, line: bytes) -> None:
        """Take a line. Raises `StreamError` if the stream is to be left, and `IntakeClosed`."""
        try:
            posts = parse_line(line)
        except StreamError as error:
            self._drops.count(error.reason, error.detail)
            if error.disconnects:
                raise
            return
        except BadLine as bad:
            self._drops.count(bad.reason, bad.detail)
            return
        wanted = [post for each in posts if (post := self._followed(each))]
        if wanted:
            self._sink.put_from_thread(wanted)

    def too_long(self, beginning: bytes) -> None:
        """A line that was not kept, of which this is the beginning."""
        self._drops.count("too_long", beginning.decode("utf-8", "replace"))

    def _followed(self, post: Post) -> Post | None:
        """The post if its author is followed. Another rule of the same X app may match others.

        Where X leaves out the author's data, the id must do, or the rule that matched.
        """
        if not isinstance(post, Tweet):
            return post
        author = post.author
        if author.handle.lower() in self._follow:
            if len(self._known) >= 2 * len(self._follow):
                self._known.clear()  # accounts that took over a handle from others
            self._known[author.account_id] = author
            return post
        if not author.known:
            if known := self._known.get(author.account_id):
                return msgspec.structs.replace(post, author=known)
            if matched(post.raw):
                return post
        self._drops.count("not_followed", f"post {post.id} of @{author.handle}")
        return None
