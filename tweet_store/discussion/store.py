"""What visitors write, stored: names, comments, tags, and what moderators do about them.

    discussion = DiscussionStore(store)    # on the connections of a TweetStore
    discussion.add_comment(sender, "hello", now, nonce="k3f", post_id="1856…")

Synchronous: the site calls what reads in its readers' threads and what writes in its one writing
thread. Whatever a visitor may not do raises `Refused`, which says why; every method raises
`StoreUnavailable` where the database cannot be used now. Each write is one transaction, with its
events, limits and checks; what can be refused without it is checked before, by reading, so that
who is refused takes nobody's turn to write. `now` is an aware time in UTC.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from tweet_store.discussion import (
    audit,
    comments,
    moderation,
    rate_limits,
    reports,
    rules,
    sanctions,
    stored_comments,
    tagging,
    tags,
    text_forms,
    timeline,
    visitors,
    word_filters,
)
from tweet_store.discussion.model import (
    AuditEntry,
    Report,
    Rule,
    Sanction,
    SanctionKind,
    Sender,
    StoredComment,
    Tag,
    Visitor,
)
from tweet_store.model import Event, StoredTweet
from tweet_store.store import TweetStore

UNTAGGED_AT_ONCE = 200
"""Posts that lose a tag in one transaction, which others wait for."""


class DiscussionStore:
    """See the module. `new_token(n)` gives n random bytes, which nobody can guess."""

    def __init__(
        self, store: TweetStore, new_token: visitors.NewToken = secrets.token_bytes
    ) -> None:
        self._store = store
        self._new_token = new_token

    # Visitors.

    def sign_in(
        self, name: str, address_key: bytes, now: datetime, id_: str | None = None
    ) -> Visitor:
        """A new visitor. `id_` is what the form gives that is sent: a secret, and the same where
        the same form is sent again, which gives the same visitor.

        Refused: bad_name, name_taken, banned, filtered, too_fast.
        """
        name = text_forms.clean_name(name)
        if id_ is not None:
            with self._store.reading() as connection:
                again = visitors.just_signed_in(connection, id_, name, now)
            if again is not None:
                return again
        self._count_attempt("sign-in", address_key, now)
        id_ = id_ or self._new_token(visitors.ID_BYTES).hex()
        with self._store.writing() as connection:
            again = visitors.just_signed_in(connection, id_, name, now)
            return again or visitors.sign_in(connection, id_, name, address_key, now)

    def visitor(self, id_: str) -> Visitor | None:
        """The visitor of this id."""
        with self._store.reading() as connection:
            return visitors.visitor(connection, id_)

    def new_recovery_code(self, sender: Sender, now: datetime) -> tuple[Visitor, str]:
        """The visitor in a new generation, and a code that leads back to them, to be shown once.
        Codes and cookies of before are void.

        Refused: too_fast, gone.
        """
        with self._store.reading() as connection:
            rate_limits.take(connection, "recovery-code", sender, now, counted=False)
        with self._store.writing() as connection:
            return visitors.new_recovery_code(connection, sender, now, self._new_token)

    def recover(self, name: str, code: str, address_key: bytes, now: datetime) -> Visitor:
        """The visitor of a name and its code. Refused: wrong_code, banned, too_fast."""
        self._count_attempt("recover", address_key, now)
        with self._store.reading() as connection:
            return visitors.recover(connection, name, code, address_key, now)

    # Comments.

    def add_comment(
        self,
        sender: Sender,
        text: str,
        now: datetime,
        *,
        nonce: str,
        post_id: str | None = None,
        room: str | None = None,
        parent_id: str | None = None,
    ) -> StoredComment:
        """Write a comment under a post or in a room, in answer to another there or to none.

        The same form sent twice, by its nonce, is the comment that came of it first; with another
        text it is another. Refused: bad_text, banned, muted, locked, filtered, gone, too_fast.
        """
        text = text_forms.clean_text(text)
        comments.check_nonce(nonce)
        form = comments.form_key(nonce, text, post_id, room, parent_id)
        where = (post_id, room, parent_id)
        with self._store.reading() as connection:
            found = comments.check_new(connection, sender, text, now, form, *where)
        if isinstance(found, StoredComment):
            return found
        with self._store.writing() as connection:
            return comments.add(connection, sender, text, now, form, *where)

    def edit_comment(self, sender: Sender, id_: str, text: str, now: datetime) -> StoredComment:
        """Change one's own comment. Refused: not_yours, too_late, gone, and as for a new one."""
        text = text_forms.clean_text(text)
        with self._store.reading() as connection:
            comment = comments.check_edit(connection, sender, id_, text, now)
        if comment.text == text:
            return comment
        with self._store.writing() as connection:
            return comments.edit(connection, sender, id_, text, now)

    def remove_comment(self, sender: Sender, id_: str, now: datetime) -> StoredComment:
        """Take one's own comment back. Refused: not_yours, gone, too_fast."""
        with self._store.reading() as connection:
            comment = comments.check_removal(connection, sender, id_, now)
        if comment.removed_by is not None:
            return comment
        with self._store.writing() as connection:
            return comments.remove_own(connection, sender, id_, now)

    def comment(self, id_: str) -> StoredComment | None:
        """The comment of this id, also when it was removed."""
        with self._store.reading() as connection:
            return stored_comments.comment(connection, id_)

    def thread(
        self, post_id: str, *, after: int = 0, limit: int = 200, up_to: int | None = None
    ) -> list[StoredComment]:
        """Comments under a post, oldest first, past the position `after` and up to `up_to`;
        removed ones only where an answer hangs on them."""
        with self._store.reading() as connection:
            return stored_comments.thread(connection, post_id, after, limit, up_to)

    def position_in_thread(self, post_id: str, number: int) -> int | None:
        """The position of a post's `number`th comment, from 1, of those that `thread` gives."""
        with self._store.reading() as connection:
            return stored_comments.position_in_thread(connection, post_id, number)

    def room(
        self, slug: str, *, before: int | None = None, limit: int = 50, up_to: int | None = None
    ) -> list[StoredComment]:
        """The newest comments in a celeb's room before the position `before`, oldest first."""
        with self._store.reading() as connection:
            return stored_comments.room(connection, slug, before, limit, up_to)

    def comment_counts(self, positions: Collection[int]) -> dict[int, int]:
        """How many comments the posts at these positions have; those without any are left out."""
        with self._store.reading() as connection:
            return stored_comments.counts(connection, positions)

    # Tags.

    def tag_post(self, sender: Sender, post_id: str, text: str, now: datetime) -> Tag:
        """Give a post a tag. Refused: bad_text, gone, banned, muted, locked, filtered, too_fast,
        too_many."""
        with self._store.reading() as connection:
            tagging.check_gift(connection, sender, post_id, text, now)
        with self._store.writing() as connection:
            return tagging.give(connection, sender, post_id, text, now)

    def untag_post(self, sender: Sender, post_id: str, tag: str, now: datetime) -> None:
        """Take back one's own. Refused: bad_text, gone, not_yours, too_fast."""
        with self._store.reading() as connection:
            tagging.check_taking_back(connection, sender, post_id, tag, now)
        with self._store.writing() as connection:
            tagging.take_back(connection, sender, post_id, tag, now)

    def tags_of(self, position: int) -> list[Tag]:
        """The tags of a post, those of the most visitors first."""
        with self._store.reading() as connection:
            return tags.of_post(connection, position)

    def tags_of_each(self, positions: Collection[int], most: int = 3) -> dict[int, list[Tag]]:
        """The same of the posts at these positions, `most` of each; those without are left out."""
        with self._store.reading() as connection:
            return tags.of_each(connection, positions, most)

    def own_tags(self, visitor_id: str, position: int) -> frozenset[str]:
        """Those of them that this visitor gave."""
        with self._store.reading() as connection:
            return frozenset(tags.names_on(connection, position, visitor_id))

    def tag(self, tag: str) -> Tag | None:
        """The tag of this form; None where no post has it."""
        with self._store.reading() as connection:
            return tags.named(connection, tag)

    def tags_of_celeb(self, slug: str, limit: int = 12) -> list[Tag]:
        """Those that most of the celeb's posts have."""
        with self._store.reading() as connection:
            return tags.of_celeb(connection, slug, limit)

    def popular_tags(self, limit: int = 50) -> list[Tag]:
        """Those that most posts have."""
        with self._store.reading() as connection:
            return tags.popular(connection, limit)

    def tags_beginning(self, form: str, limit: int = 8) -> list[Tag]:
        """Tags whose form begins with this one: the first of them, the most used first."""
        with self._store.reading() as connection:
            return tags.beginning(connection, form, limit)

    def tagged(
        self, tag: str, *, before: int | None = None, limit: int = 50, up_to: int | None = None
    ) -> list[StoredTweet]:
        """Posts with the tag, newest first, at positions below `before` and up to `up_to`."""
        with self._store.reading() as connection:
            return tags.tagged(connection, tag, before, limit, up_to)

    # Announcing.

    def unannounced_discussion(self, limit: int) -> list[Event]:
        """The first events of visitors that RabbitMQ has not confirmed, in seq order."""
        with self._store.reading() as connection:
            return timeline.unannounced(connection, limit)

    def announced_discussion(self, seqs: Collection[int]) -> None:
        """RabbitMQ has confirmed these."""
        with self._store.writing() as connection:
            timeline.announced(connection, seqs)

    # Reports.

    def report(
        self,
        target: str,
        reason: str,
        address_key: bytes,
        now: datetime,
        visitor: Visitor | None = None,
    ) -> None:
        """Tell the moderators of a comment, by its id, or of `tag:<tag>`.

        Refused: bad_text, banned, gone, too_fast, too_many.
        """
        reason = text_forms.clean_text(reason)
        with self._store.reading() as connection:
            reports.check(connection, target, address_key, now)
        with self._store.writing() as connection:
            reports.add(connection, target, reason, address_key, now, visitor)

    def open_reports(self, limit: int = 100, after: int = 0) -> list[Report]:
        """Reports that nobody has settled, oldest first, past the number `after`."""
        with self._store.reading() as connection:
            return reports.waiting(connection, limit, after)

    # Moderation.

    def settle_report(self, number: int, now: datetime) -> None:
        """A moderator has seen to it. Refused: gone."""
        with self._store.writing() as connection:
            moderation.settle_report(connection, number, now)

    def moderate_comment(self, id_: str, now: datetime) -> StoredComment:
        """Take a comment away. Refused: gone."""
        with self._store.writing() as connection:
            return moderation.remove_comment(connection, id_, now)

    def moderate_tag(self, tag: str, now: datetime, post_id: str | None = None) -> bool:
        """Take a tag off one post; or off all, some at a time: whether others have it still, and
        this is to be called again. Refused: bad_text, gone."""
        with self._store.writing() as connection:
            if post_id is None:
                return tagging.moderate_some(connection, tag, now, UNTAGGED_AT_ONCE)
            tagging.moderate_post(connection, post_id, tag, now)
            return False

    def sanction(
        self,
        kind: SanctionKind,
        value: str | bytes,
        reason: str,
        now: datetime,
        until: datetime | None = None,
    ) -> int:
        """Mute a visitor's id, or ban a name in any spelling or an address key. Gives its number.

        Refused: bad_name.
        """
        with self._store.writing() as connection:
            return moderation.sanction(connection, kind, value, reason, now, until)

    def sanction_author(
        self,
        comment_id: str,
        kind: SanctionKind,
        reason: str,
        now: datetime,
        until: datetime | None = None,
    ) -> int:
        """The same for who wrote a comment. Refused: gone."""
        with self._store.writing() as connection:
            return moderation.sanction_author(connection, comment_id, kind, reason, now, until)

    def lift(self, number: int, now: datetime) -> None:
        """Take a sanction back. Refused: gone."""
        with self._store.writing() as connection:
            moderation.lift(connection, number, now)

    def sanctions(self, limit: int = 200) -> list[Sanction]:
        """Newest first, those included whose time is over."""
        with self._store.reading() as connection:
            return sanctions.newest(connection, limit)

    def add_word(self, word: str, now: datetime) -> None:
        """Nobody may write this word from now on. Refused: bad_text, too_many."""
        with self._store.writing() as connection:
            moderation.forbid_word(connection, word, now)

    def remove_word(self, word: str, now: datetime) -> None:
        """It may be written again. Refused: gone."""
        with self._store.writing() as connection:
            moderation.allow_word(connection, word, now)

    def words(self) -> list[str]:
        """Words that may not be written, as moderators wrote them."""
        with self._store.reading() as connection:
            return word_filters.words(connection)

    def set_rule(
        self,
        scope: str,
        now: datetime,
        *,
        locked: bool | None = None,
        slow_seconds: int | None = None,
    ) -> None:
        """Lock or slow down a place, or open it again; what is None stays as it is. Raises
        ValueError for what is no rule.

        Refused: gone."""
        with self._store.writing() as connection:
            moderation.set_rule(connection, scope, locked, slow_seconds, now)

    def rule(self, scope: str) -> Rule:
        """What holds in a place by a rule of its own."""
        with self._store.reading() as connection:
            return rules.one(connection, scope)

    def rules(self) -> list[Rule]:
        """All rules, by scope."""
        with self._store.reading() as connection:
            return rules.every(connection)

    def audit_log(self, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
        """What moderators did, newest first, before the number `before`."""
        with self._store.reading() as connection:
            return audit.entries(connection, limit, before)

    def _count_attempt(self, kind: str, address_key: bytes, now: datetime) -> None:
        """In a transaction of its own: attempts count also when they are refused."""
        with self._store.reading() as connection:
            rate_limits.take_by_address(connection, kind, address_key, now, counted=False)
        with self._store.writing() as connection:
            rate_limits.take_by_address(connection, kind, address_key, now)
