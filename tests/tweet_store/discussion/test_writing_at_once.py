"""Several processes and threads that write at the same moment: one order, nothing twice."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import NOON, tweet
from tweet_store.database import StoreUnavailable
from tweet_store.discussion.model import Sender
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.store import DiscussionStore
from tweet_store.store import TweetStore

# Writes comments, as another web process would: each nonce twice.
WRITER = """
import sys
from datetime import timedelta
from tests.tweet_store.discussion.test_writing_at_once import in_the_end
from tests.tweet_store.posts import NOON
from tweet_store.discussion.model import Sender, Visitor
from tweet_store.discussion.store import DiscussionStore
from tweet_store.store import TweetStore

url, id_, name = sys.argv[1:]
store = TweetStore.open(url)
discussion = DiscussionStore(store)
sender = Sender(Visitor(id_, name), name.encode())
for n in range(40):
    for nonce in (f"n{n // 2}", f"n{n // 2}"):
        in_the_end(
            lambda: discussion.add_comment(
                sender, f"text {n // 2 * 2}", NOON + timedelta(minutes=n), nonce=nonce, room="ada"
            )
        )
store.close()
"""


def in_the_end(action: Callable[[], object]) -> object:
    """Try again where another was faster, as the site tells its visitors to."""
    for _ in range(20):
        try:
            return action()
        except StoreUnavailable:
            continue
    raise AssertionError("never its turn")


def test_two_processes_that_comment_while_posts_come_in_share_one_order(url: str) -> None:
    visiting = Visiting(url)
    visiting.tweets.save([tweet("1")])
    visitors = [visiting.sender(name).visitor for name in ("Zoe", "Yan")]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, visitor.id, visitor.name])
        for visitor in visitors
    ]
    seen: list[tuple[int, str]] = []
    deadline = time.monotonic() + 60
    posts = 1
    running = True
    while running and time.monotonic() < deadline:
        running = any(writer.poll() is None for writer in writers)
        if posts < 60:
            posts += 1
            in_the_end(partial(visiting.tweets.save, [tweet(str(posts))]))
        after = seen[-1][0] if seen else 0
        seen += [(e.event.seq, e.event.kind) for e in visiting.tweets.events_after(after, 999)]
    assert [writer.wait(10) for writer in writers] == [0, 0]
    seqs = [seq for seq, _ in seen]
    assert seqs == list(range(1, len(seen) + 1))
    assert [kind for _, kind in seen].count("comment") == 40
    room = visiting.discussion.room("ada", limit=200)
    for visitor in visitors:
        own = [comment.text for comment in room if comment.visitor == visitor.id]
        assert own == [f"text {n}" for n in range(0, 40, 2)]
    waiting = visiting.discussion.unannounced_discussion(200)
    assert [event.id for event in waiting] == [comment.id for comment in room]
    assert [e.seq for e in visiting.tweets.unannounced(0, 999)] == [
        seq for seq, kind in seen if kind == "tweet"
    ]
    visiting.close()


def test_one_form_sent_by_many_threads_at_once_is_one_comment(url: str) -> None:
    visiting = Visiting(url)
    visiting.tweets.save([tweet("1")])
    zoe = visiting.sender("Zoe")
    stores = [TweetStore.open(url) for _ in range(4)]
    ids: list[str] = []
    start = threading.Barrier(4)

    def send(store: TweetStore) -> None:
        discussion = DiscussionStore(store)
        start.wait(10)
        comment = discussion.add_comment(zoe, "once", NOON, nonce="n", post_id="1")
        ids.append(comment.id)

    threads = [threading.Thread(target=send, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ids == ["c2"] * 4
    assert visiting.events(1) == [("comment", "c2")]
    for store in (*stores, visiting.tweets):
        store.close()


def test_one_name_wanted_by_many_at_once_has_one_bearer(url: str) -> None:
    visiting = Visiting(url)
    stores = [TweetStore.open(url) for _ in range(4)]
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def sign_in(store: TweetStore, name: str) -> None:
        discussion = DiscussionStore(store)
        start.wait(10)
        try:
            sender = Sender(discussion.sign_in(name, name.encode(), NOON), b"")
        except Refused as refused:
            outcomes.append(refused.reason)
        else:
            outcomes.append("signed in")
            assert visiting.discussion.visitor(sender.visitor.id) == sender.visitor

    names = ("Zoe", "ZOE", "Zoë", "z0e")
    threads = [
        threading.Thread(target=sign_in, args=(store, name))
        for store, name in zip(stores, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["name_taken"] * 3 + ["signed in"]
    for store in (*stores, visiting.tweets):
        store.close()
