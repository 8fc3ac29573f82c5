"""`/<celeb>/status/<id>`: a post, its tags, the celebs' answers to it, and its discussion.

The page outlives the post: where visitors discussed a post that was deleted, a quiet note stands in
its place. Whoever sends one of its forms comes back to it.
"""

from __future__ import annotations

from typing import NamedTuple

from tweet_store.discussion.model import Rule, StoredComment, Tag
from tweet_store.discussion.refusals import Refused
from tweet_store.model import Celeb, StoredTweet, Version
from web_ui.addresses import status_path
from web_ui.discussion.discussion_page import COMMENTS_A_PAGE, DiscussionPage
from web_ui.folding import beginning
from web_ui.pages import LAST_POSITION, Live
from web_ui.people import person_of
from web_ui.tweet_text import to_html, unescape

ANSWERS_A_PAGE = 100
PREVIEWED = 200
"""Characters of a post in a preview."""


class Preview(NamedTuple):
    """What other sites show of a link to the post (the Open Graph protocol)."""

    path: str
    text: str
    picture: str | None


class _Found(NamedTuple):
    """What the store has for the page."""

    post: StoredTweet | None
    ids: tuple[str, ...]
    """All that the post was ever called, as far as is known."""
    deleted: bool
    celeb: Celeb | None
    answers: list[StoredTweet]
    versions: list[Version]
    tags: list[Tag]
    own_tags: frozenset[str]
    comments: list[StoredComment]
    parent: StoredComment | None
    scope: str
    """The discussion, as moderators' rules name it; empty where there is none."""
    rule: Rule


class PostPage(DiscussionPage):
    """See the module."""

    async def get(self, slug: str, id_: str) -> None:
        """Any id of an edit chain shows the current version; a wrong celeb is put right. `?after=`
        is the position that the answers are later than, `?comments_after=` of the comments;
        `?answer=` is the comment that the form answers."""
        await self.show(slug, id_)

    head = get

    async def show(self, slug: str, id_: str, problem: str = "", tag_problem: str = "") -> None:
        """The page, with what is wrong with what was sent."""
        after = self.number("after", lowest=0, highest=LAST_POSITION)
        comments_after = self.number("comments_after", lowest=0, highest=LAST_POSITION)
        cursor = self.current_cursor()
        asked = self.asked()
        visitor = self.who.id if self.who else ""
        places = after or 0, comments_after or 0, cursor.seq
        found = await self.store.ask(lambda: self._find(slug, id_, *places, asked, visitor))
        post = found.post
        if post is not None and post.celeb != slug and self.request.method in ("GET", "HEAD"):
            self.lead_to(status_path(post.celeb, id_))
            return
        if post is None and not (problem or tag_problem):
            self.set_status(410 if found.deleted else 200 if found.answers else 404)
        answers, comments = found.answers[:ANSWERS_A_PAGE], found.comments[:COMMENTS_A_PAGE]
        more = answers[-1].position if len(found.answers) > len(answers) else None
        more_comments = comments[-1].position if len(found.comments) > len(comments) else None
        path = status_path(slug if post is None else post.celeb, id_)
        _ = self.locale.translate
        form = self.write_form(path, _("Your comment"), found.parent, found.rule, problem)
        # What was typed is not lost, whatever came in between.
        writable = bool(problem) or (post is not None and not found.rule.locked)
        channel = f"thread:{found.ids[0]}"
        await self.render(
            "status.html",
            id=id_,
            path=path,
            post=post,
            preview=None if post is None else preview_of(post),
            deleted=found.deleted,
            person=None if found.celeb is None else person_of(found.celeb),
            versions=[(one, version_html(one)) for one in found.versions],
            tags=found.tags,
            own_tags=found.own_tags,
            tag_problem=tag_problem,
            typed_tag=self.get_body_argument("tag", "", strip=False),
            typed_name=form.name,
            replies=answers,
            after=after,
            more=more,
            comments=self.comment_cards.thread(comments, _, self.now()),
            comments_after=comments_after,
            more_comments=more_comments,
            scope=found.scope,
            closed=bool(found.scope) and found.rule.locked,
            form=form if writable else None,
            here_channel=channel,
            here=self.parts.here(channel),
            visitor=self.who,
            # A new answer comes after all the others, and so after those that are not shown.
            live=Live(
                ",".join(f"thread:{i}" for i in found.ids),
                str(cursor),
                "none" if more else "bottom",
            ),
        )

    def _find(
        self,
        slug: str,
        id_: str,
        after: int,
        comments_after: int,
        up_to: int,
        asked: str | None,
        visitor: str,
    ) -> _Found:
        """In a worker."""
        post = self.tweets.tweet(id_)
        ids = (id_,) if post is None else tuple(dict.fromkeys((id_, post.id, *post.edit_ids)))
        # Also those past the cursor: who just wrote one without a script must see it. The script
        # knows each by its id, and puts it there once.
        comments = self.discussion.thread(id_, after=comments_after, limit=COMMENTS_A_PAGE + 1)
        position = post.position if post else comments[0].thread if comments else None
        scope = "" if position is None else f"post:{position}"
        parent = self.answerable(asked)
        answers = self.tweets.replies(ids, ANSWERS_A_PAGE + 1, up_to=up_to, after=after)
        self.look_below(answers)
        return _Found(
            post,
            ids,
            self.tweets.was_deleted(id_),
            self.tweets.celeb(post.celeb if post else slug),
            answers,
            self.tweets.versions(post.position) if post and len(post.edit_ids) > 1 else [],
            self.discussion.tags_of(post.position) if post else [],
            self.discussion.own_tags(visitor, post.position) if post and visitor else frozenset(),
            comments,
            parent if parent and parent.thread == position else None,
            scope,
            self.rule_in(scope),
        )


class PostComments(PostPage):
    """`…/comments`: where the form for a comment goes."""

    async def get(self, slug: str, id_: str) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect(f"{status_path(slug, id_)}#write", status=303)

    head = get

    async def post(self, slug: str, id_: str) -> None:
        """`text`, `nonce`, `parent` where it is an answer, `name` of who has not signed in."""
        try:
            comment = await self.add_comment(post_id=id_)
        except Refused as refused:
            await self.show(slug, id_, problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.tell_comment(comment, 201)
            return
        self.redirect(await self.store.ask(lambda: self.place_of(comment)), status=303)


class PostTags(PostPage):
    """`…/tags`: where the form for a tag goes."""

    async def get(self, slug: str, id_: str) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect(f"{status_path(slug, id_)}#tags", status=303)

    head = get

    async def post(self, slug: str, id_: str) -> None:
        """`tag`, and `name` of who has not signed in."""
        text = self.get_body_argument("tag", "", strip=False)
        try:
            sender = await self.author()
            tag = await self.written(lambda now: self.discussion.tag_post(sender, id_, text, now))
        except Refused as refused:
            await self.show(slug, id_, tag_problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.set_status(201)
            self.finish({"tag": tag.tag, "shown": tag.shown, "name": sender.visitor.name})
            return
        self.redirect(f"{status_path(slug, id_)}#tags", status=303)


class PostTag(PostPage):
    """`…/tags/<tag>/delete`: a visitor takes back a tag."""

    async def get(self, slug: str, id_: str, tag: str = "") -> None:
        """As `PostTags.get`."""
        self.redirect(f"{status_path(slug, id_)}#tags", status=303)

    head = get

    async def post(self, slug: str, id_: str, tag: str) -> None:
        """No fields."""
        sender = self.sender()
        try:
            await self.written(lambda now: self.discussion.untag_post(sender, id_, tag, now))
        except Refused as refused:
            await self.show(slug, id_, tag_problem=self.problem_of(refused))
            return
        if self.wants_json:
            self.finish({"tag": tag})
            return
        self.redirect(f"{status_path(slug, id_)}#tags", status=303)


def preview_of(post: StoredTweet) -> Preview:
    """The beginning of its text, and its first picture."""
    text = beginning(post.text, post.entities, PREVIEWED)
    return Preview(
        status_path(post.celeb, post.id),
        unescape(text) + ("…" if len(text) < len(post.text) else ""),
        next((one.url for one in post.media if one.url.startswith("https://")), None),
    )


def version_html(version: Version) -> str:
    """The text of an earlier version. Of its links the store keeps only the words."""
    return to_html(version.text, (), "")
