"""What the API answers to each question: one function for each. Synchronous, for a reader's thread.

They raise `NotFound` and `Gone`, whose text is for who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from msgspec import UnsetType

from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.store import DiscussionStore
from tweet_store.model import StoredTweet
from tweet_store.store import TweetStore
from web_ui.api import answers, questions, shown
from web_ui.api.questions import BadQuestion
from web_ui.cursor import Cursor
from web_ui.tweet_text import unescape

T = TypeVar("T", StoredTweet, StoredComment)

TAGS_OF_CELEB = 12


class NotFound(Exception):  # noqa: N818
    """What was asked for is not here. Answer 404."""


class Gone(NotFound):
    """It was, and its author deleted it. Answer 410."""


class Source(NamedTuple):
    """What answers are made of. `root`: see `web_ui.outward`."""

    tweets: TweetStore
    discussion: DiscussionStore
    cursor: Cursor
    most_celebs: int
    root: str


def list_posts(source: Source, asked: questions.ListOfPosts) -> answers.Posts:
    """Posts of all, of celebs, with a tag, newest first."""
    celebs = list(dict.fromkeys(asked.celeb.split(","))) if asked.celeb else None
    if celebs is not None and len(celebs) > source.most_celebs:
        raise BadQuestion(f"celeb: at most {source.most_celebs} at once")
    before = _position(asked.before)
    if asked.tag:
        found = source.discussion.tagged(asked.tag, before=before, limit=asked.limit + 1)
        page, next_ = _page(found, asked.limit)
        chosen = [post for post in page if celebs is None or post.celeb in celebs]
        return _posts(chosen, next_, source)
    found = source.tweets.timeline(celebs=celebs, before=before, limit=asked.limit + 1)
    return _posts(*_page(found, asked.limit), source)


def search(source: Source, asked: questions.SearchedPosts) -> answers.Posts:
    """Posts with these words, newest first."""
    found = source.tweets.search(
        asked.q,
        celeb=asked.celeb or None,
        before=_position(asked.before),
        limit=asked.limit + 1,
    )
    return _posts(*_page(found, asked.limit), source)


def one_post(source: Source, asked: questions.OnePost) -> answers.PostDetail:
    """A post with its versions and tags."""
    post = source.tweets.tweet(asked.id)
    if post is None:
        raise _absent(source, asked.id)
    position = post.position
    earlier = source.tweets.versions(position) if len(post.edit_ids) > 1 else []
    return answers.PostDetail(
        post=shown.post(post, source.root),
        versions=[answers.Version(one.id, unescape(one.text), one.created_at) for one in earlier],
        tags=[shown.tag(tag, source.root) for tag in source.discussion.tags_of(position)],
        comment_count=source.discussion.comment_counts([position]).get(position, 0),
    )


def answers_to(source: Source, asked: questions.BelowPost) -> answers.Posts:
    """The celebs' answers to a post, oldest first."""
    post = source.tweets.tweet(asked.id)
    ids = (asked.id,) if post is None else tuple(dict.fromkeys((asked.id, *post.edit_ids)))
    found = source.tweets.replies(ids, asked.limit + 1, after=_position(asked.after))
    if post is None and not found:
        raise _absent(source, asked.id)
    return _posts(*_page(found, asked.limit), source)


def comments_on(source: Source, asked: questions.BelowPost) -> answers.Comments:
    """What visitors wrote under a post, oldest first."""
    after = _position(asked.after) or 0
    found = source.discussion.thread(asked.id, after=after, limit=asked.limit + 1)
    if not found and source.tweets.tweet(asked.id) is None:
        raise _absent(source, asked.id)
    page, next_ = _page(found, asked.limit)
    return _comments(page, next_, source)


def room_comments(source: Source, asked: questions.RoomComments) -> answers.Comments:
    """The newest comments of a celeb's room, oldest first; `next` leads to older ones."""
    before = _position(asked.before)
    found = source.discussion.room(asked.celeb, before=before, limit=asked.limit + 1)
    if not found and source.tweets.celeb(asked.celeb) is None:
        raise _no_celeb(asked.celeb)
    page = found[-asked.limit :]
    next_ = str(page[0].position) if len(found) > len(page) else None
    return _comments(page, next_, source)


def directory(source: Source, asked: questions.Directory) -> answers.Celebs:
    """The celebs who wrote last come first; of those who are looked for, the best match."""
    limit, offset = asked.limit + 1, (asked.page - 1) * asked.limit
    if asked.q:
        found = source.tweets.find_celebs(asked.q, limit=limit, offset=offset)
    else:
        found = source.tweets.celebs(limit=limit, offset=offset)
    more = len(found) > asked.limit and asked.page < questions.MOST_PAGES
    return answers.Celebs(
        [shown.celeb(one, source.root) for one in found[: asked.limit]],
        asked.page + 1 if more else None,
    )


def one_celeb(source: Source, asked: questions.OneCeleb) -> answers.CelebDetail:
    """A celeb."""
    found = source.tweets.celeb(asked.celeb)
    if found is None:
        raise _no_celeb(asked.celeb)
    tags = source.discussion.tags_of_celeb(asked.celeb, TAGS_OF_CELEB)
    return answers.CelebDetail(
        shown.celeb(found, source.root), [shown.tag(tag, source.root) for tag in tags]
    )


def popular_tags(source: Source, asked: questions.PopularTags) -> answers.Tags:
    """The tags that most posts have."""
    found = source.discussion.popular_tags(asked.limit)
    return answers.Tags([shown.tag(tag, source.root) for tag in found])


def one_tag(source: Source, asked: questions.OneTag) -> answers.TagUse:
    """A tag."""
    found = source.discussion.tag(asked.tag)
    if found is None:
        raise NotFound(f"no post has the tag {asked.tag}")
    return shown.tag(found, source.root)


def now(source: Source, _asked: questions.Asked) -> answers.Now:
    """The cursor of what is known now."""
    cursor = str(source.cursor)
    return answers.Now(cursor, f"{source.root}/updates?channel=all&cursor={cursor}")


def _page(found: Sequence[T], limit: int) -> tuple[Sequence[T], str | None]:
    """Of one more than asked for: those asked for, and where the list goes on."""
    page = found[:limit]
    return page, str(page[-1].position) if len(found) > limit else None


def _position(text: str | UnsetType) -> int | None:
    return int(text) if text else None


def _absent(source: Source, id_: str) -> NotFound:
    if source.tweets.was_deleted(id_):
        return Gone(f"the post {id_} was deleted by its author")
    return NotFound(f"there is no post {id_}")


def _no_celeb(slug: str) -> NotFound:
    return NotFound(f"there is no celeb {slug}; /api/v1/celebs lists them")


def _posts(found: Sequence[StoredTweet], next_: str | None, source: Source) -> answers.Posts:
    return answers.Posts([shown.post(post, source.root) for post in found], next_)


def _comments(
    found: Sequence[StoredComment], next_: str | None, source: Source
) -> answers.Comments:
    return answers.Comments([shown.comment(one, source.root) for one in found], next_)
