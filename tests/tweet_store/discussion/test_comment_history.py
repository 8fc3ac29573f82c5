"""Whatever visitors do, the thread is what somebody has who followed the events."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tweet_store.databases import Databases
from tests.tweet_store.discussion.visiting import Visiting
from tests.tweet_store.posts import author, tweet
from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.model import Tombstone
from tweet_store.store import Selection

Step = tuple[str, int, int, int]
STEPS = st.tuples(
    st.sampled_from(
        ["say", "say", "answer", "room", "edit", "remove", "moderate", "tweet", "delete"]
    ),
    st.integers(0, 2),
    st.integers(0, 9),
    st.integers(0, 2),
)
CHANNELS = {
    "thread 1": Selection(threads=["1"]),
    "thread 2": Selection(threads=["2"]),
    "room": Selection(rooms=["ada"]),
}


class Follower:
    """Knows what the events of one channel told."""

    def __init__(self, visiting: Visiting, selection: Selection) -> None:
        self._visiting = visiting
        self._selection = selection
        self._seq = 0
        self.comments: dict[int, StoredComment] = {}

    def follow(self) -> None:
        for stored in self._visiting.tweets.events_after(self._seq, 999, self._selection):
            assert stored.event.seq > self._seq
            self._seq = stored.event.seq
            if stored.comment is not None:
                assert stored.event.id == stored.comment.id
                assert stored.event.celeb == stored.comment.celeb
                assert stored.comment.position in self.comments or stored.event.kind == "comment"
                self.comments[stored.position] = stored.comment

    def shown(self) -> list[StoredComment]:
        """What is there, and what something there hangs on."""
        kept: set[int] = set()
        for comment in self.comments.values():
            position = comment.position if comment.removed_by is None else None
            while position is not None and position not in kept:
                kept.add(position)
                position = self.comments[position].parent
        return [self.comments[position] for position in sorted(kept)]


@settings(max_examples=15)
@given(steps=st.lists(STEPS, max_size=30))
def test_following_the_events_gives_what_the_pages_give(
    databases: Databases, template: str, steps: list[Step]
) -> None:
    visiting = Visiting(databases.copy(template))
    followers = {name: Follower(visiting, selection) for name, selection in CHANNELS.items()}
    for number, step in enumerate(steps):
        _do(visiting, step)
        if number % 3 == 0:
            for follower in followers.values():
                follower.follow()
    for follower in followers.values():
        follower.follow()
    assert followers["thread 1"].shown() == visiting.discussion.thread("1")
    assert followers["thread 2"].shown() == visiting.discussion.thread("2")
    there = [c for c in followers["room"].shown() if c.removed_by is None]
    assert there == visiting.discussion.room("ada")
    waiting = visiting.discussion.unannounced_discussion(999)
    all_events = [e.event for e in visiting.tweets.events_after(0, 999)]
    assert waiting == [e for e in all_events if e.kind.startswith("comment")]
    posts = [e.seq for e in visiting.tweets.unannounced(0, 999)]
    assert sorted([*posts, *(e.seq for e in waiting)]) == [e.seq for e in all_events]
    visiting.close()
    databases.drop(visiting.url)


def _do(visiting: Visiting, step: Step) -> None:
    try:
        _try(visiting, step)
    except Refused as refused:
        if refused.reason not in ("gone", "not_yours", "too_late"):
            raise


def _try(visiting: Visiting, step: Step) -> None:
    kind, who, which, where = step
    name = ("Zoe", "Yan", "Xia")[who]
    post_id = ("1", "2", "2")[where]
    everything = visiting.tweets.events_after(0, 999)
    written = [e.event.id for e in everything if e.event.kind == "comment"]
    comment_id = written[which % len(written)] if written else "c1"
    if kind == "say":
        visiting.say(name, post_id=post_id)
    elif kind == "answer":
        visiting.say(name, post_id=post_id, parent_id=comment_id)
    elif kind == "room":
        visiting.say(name, room="ada")
    elif kind == "edit":
        made = visiting.discussion.comment(comment_id)
        now = visiting.now if made is None else made.created_at + timedelta(minutes=who * 3)
        visiting.discussion.edit_comment(
            visiting.sender(name), comment_id, f"edit {which}{where}", now
        )
    elif kind == "remove":
        visiting.discussion.remove_comment(visiting.sender(name), comment_id, visiting.now)
    elif kind == "moderate":
        visiting.discussion.moderate_comment(comment_id, visiting.now)
    elif kind == "tweet":
        visiting.tweets.save([tweet(f"9{which}", author=author("bob"), reply_to_id="1")])
    else:
        visiting.tweets.save([Tombstone("2" if where else f"9{which}")])
