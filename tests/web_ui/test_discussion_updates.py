"""What visitors write, as those are told who wait for it: from memory, from the store, and live."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tornado.testing import gen_test

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.updates_case import REPLAY_LIMIT, UpdatesCase
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.store import DiscussionStore
from tweet_store.model import Reference, StoredEvent, Tombstone
from tweet_store.store import EVERYTHING, TweetStore
from web_ui import channels
from web_ui.feed import Entry, Feed


class Writers:
    """Visitors who write as often as they like: each does so from an address and a time of its
    own, so that no limit stands in the way."""

    def __init__(self, store: TweetStore) -> None:
        self.discussion = DiscussionStore(store)
        self._number = 0
        self.sender = self._somebody()

    def _somebody(self) -> Sender:
        self._number += 1
        key = self._number.to_bytes(8)
        return Sender(self.discussion.sign_in(f"Visitor {self._number}", key, NOON), key)

    def now(self) -> datetime:
        """Ten seconds after the last time."""
        self._number += 1
        return NOON + timedelta(seconds=10 * self._number)

    def comment(self, **where: Any) -> StoredComment:
        nonce = secrets.token_hex(16)
        text = f"comment {nonce}"
        return self.discussion.add_comment(self.sender, text, self.now(), nonce=nonce, **where)


class DiscussionUpdatesTest(UpdatesCase):
    settings = {"feed_size": 200}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        self.writers = Writers(self.store)

    async def arrive_comments(self, count: int, **where: Any) -> list[StoredComment]:
        made = [self.writers.comment(**where) for _ in range(count)]
        await self.site.arrivals.catch_up()
        return made

    async def ask(self, channel: str, seq: int) -> dict[str, Any]:
        visitor = await self.visitor()
        path = f"/updates?channel={channel}&cursor={self.cursor(seq)}&wait=0"
        found: dict[str, Any] = (await visitor.get(path)).json
        return found

    @gen_test
    async def test_what_is_written_here_is_heard_here_without_rabbitmq(self) -> None:
        await self.arrive(tweet("1"))
        visitor = await self.visitor()
        answer = asyncio.ensure_future(
            visitor.get(f"/updates?channel=room:ada&cursor={self.cursor(1)}")
        )
        await self.until(lambda: len(self.room) == 1)
        made = self.writers.comment(room="ada")
        self.site.ring()
        (event,) = (await answer).json["events"]
        assert (event["seq"], event["kind"], event["id"]) == (2, "comment", made.id)
        assert f'id="{made.id}"' in event["html"]
        assert self.count("celebwire_notices_total") == 0

    @gen_test
    async def test_each_is_told_where_it_stands(self) -> None:
        await self.arrive(tweet("1"), tweet("2"))
        under, in_room = [
            (await self.arrive_comments(1, **where))[0]
            for where in ({"post_id": "1"}, {"room": "ada"})
        ]
        self.writers.discussion.tag_post(self.writers.sender, "2", "Jazz", self.writers.now())
        await self.site.arrivals.catch_up()
        expected = {
            "thread:1": [("tweet", "1"), ("comment", under.id)],
            "room:ada": [("comment", in_room.id)],
            "tag:jazz": [("tag", "2")],
            "celeb:ada": [("tweet", "1"), ("tweet", "2"), ("tag", "2")],
            "all": [("tweet", "1"), ("tweet", "2")],
        }
        for channel, events in expected.items():
            answer = await self.ask(channel, 0)
            assert [(one["kind"], one["id"]) for one in answer["events"]] == events, channel

    @gen_test
    async def test_whoever_was_away_is_told_the_rest_from_the_store(self) -> None:
        await self.arrive(tweet("1"))
        made = await self.arrive_comments(3, room="ada")
        self.writers.discussion.remove_comment(self.writers.sender, made[1].id, self.writers.now())
        await self.arrive(*(tweet(str(n)) for n in range(2, 252)))
        assert self.feed.floor > 5
        answer = await self.ask("room:ada", 1)
        assert answer["verdict"] == "live"
        kinds = ["comment", "comment", "comment", "comment_delete"]
        assert [one["kind"] for one in answer["events"]] == kinds
        assert ["data-removed" in one["html"] for one in answer["events"]] == [
            *(False, True, False),
            True,
        ]
        assert (await self.ask("room:ada", 5))["events"] == []
        assert (await self.ask("tag:jazz", 1))["events"] == []

    @gen_test
    async def test_whoever_missed_too_much_of_a_room_is_told_so(self) -> None:
        await self.arrive(tweet("1"))
        await self.arrive_comments(REPLAY_LIMIT + 1, room="ada")
        answer = await self.ask("room:ada", 0)
        assert (answer["verdict"], answer["cursor"]) == ("gap", self.cursor(self.feed.latest))
        answer = await self.ask("thread:1", 0)
        assert [one["id"] for one in answer["events"]] == ["1"]
        visitor = await self.visitor()
        answer = (await visitor.get("/updates?channel=room:ada&cursor=0.7&wait=0")).json
        assert answer["verdict"] == "reset"

    @gen_test
    async def test_the_outbox_of_a_site_without_rabbitmq_is_left_for_later(self) -> None:
        await self.arrive(tweet("1"))
        await self.arrive_comments(2, room="ada")
        self.site.ring()
        await self.until(lambda: not self.site.announcements._bell.is_set())
        left = self.writers.discussion.unannounced_discussion(10)
        assert [event.seq for event in left] == [2, 3]


ACTIONS = ["post", "edit", "delete", *["comment", "change", "tag", "untag"] * 3]
SAME = ("author", "reply_to_id", "references")
"""What an edit leaves as it was."""


def rendered(stored: StoredEvent) -> str:
    """HTML of a sort: all that may differ between an event and a later look at it."""
    if stored.comment is not None:
        return f"{stored.comment.text} {stored.comment.edited_at} {stored.comment.removed_by}"
    return stored.tweet.text if stored.tweet is not None else ""


def told(entry: Entry) -> dict[str, Any]:
    """But for the form of a tag that nobody gives any more: it is forgotten in the store."""
    event: dict[str, Any] = msgspec.json.decode(entry.full)
    return {**event, "shown": None}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TweetStore]:
    opened = TweetStore.open(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", [4, 6, 8])
def test_memory_and_store_tell_the_same(store: TweetStore, seed: int) -> None:
    """Whatever is done, in whatever order, on every channel and from every cursor."""
    chance = random.Random(seed)
    writers = Writers(store)
    discussion, sender = writers.discussion, writers.sender
    store.save([tweet(str(n), author=author(chance.choice(["ada", "bob"]))) for n in (1, 2, 3)])
    feed = Feed(size=10_000, start=0)
    comments: list[StoredComment] = []
    post = iter(range(4, 1000))

    def act() -> None:
        id_ = str(chance.randint(1, 6))
        match chance.choice(ACTIONS):
            case "post":
                answered = {"reply_to_id": id_, "references": (Reference("replied_to", id_),)}
                store.save([tweet(str(next(post)), author=author("bob"), **answered)])
            case "edit":
                if (found := store.tweet(id_)) is not None:
                    ids = (*found.edit_ids, str(next(post)))
                    same = {key: getattr(found, key) for key in SAME}
                    store.save([tweet(ids[-1], text=ids[-1], edit_ids=ids, **same)])
            case "delete":
                if chance.random() < 0.2:
                    store.save([Tombstone(id_)])
            case "comment":
                where = chance.choice([{"room": "ada"}, {"room": "bob"}, {"post_id": id_}])
                comments.append(writers.comment(**where))
            case "change":
                if comments:
                    found_id, now = chance.choice(comments).id, writers.now()
                    if chance.random() < 0.5:
                        discussion.edit_comment(sender, found_id, str(now), now)
                    else:
                        discussion.remove_comment(sender, found_id, now)
            case "tag":
                discussion.tag_post(sender, id_, chance.choice(["Jazz", "Tour"]), writers.now())
            case "untag":
                discussion.untag_post(sender, id_, chance.choice(["jazz", "tour"]), writers.now())

    for _ in range(150):
        try:
            act()
        except Refused:
            continue
        feed.append([Entry(one, rendered(one)) for one in store.events_after(feed.latest, 99)])
    everything = store.events_after(0, 9999, EVERYTHING)
    assert feed.latest == store.latest_seq() > 60
    # A tag that the post has lost again is no longer told by the store; memory tells what undid it.
    standing = {one.event.seq for one in everything}
    void = feed.latest - len(standing)
    assert 0 < void < 30
    assert len({one.event.kind for one in everything}) == 8
    names = {name for one in everything for name in channels.of_event(one)}
    # Pages follow a post by its first id: of an event before an edit memory knows no later one.
    firsts = {f"thread:{one.event.id}" for one in everything if one.event.kind == "tweet"}
    names = {name for name in names if not name.startswith("thread:") or name in firsts}
    for name in sorted(names):
        for seq in range(0, feed.latest, 7):
            selection = channels.selection([name])
            asked = [Entry(one, rendered(one)) for one in store.events_after(seq, 999, selection)]
            kept = [one for one in feed.after({name}, seq, 999) if one.seq in standing]
            if name.startswith("tag:"):
                # Which edits are news of a tag depends on who has it by then.
                asked = [one for one in asked if one.kind != "edit"]
                kept = [one for one in kept if one.kind != "edit"]
            assert [told(one) for one in kept] == [told(one) for one in asked], name
            assert store.count_after(seq, 999, selection) >= len(asked)
