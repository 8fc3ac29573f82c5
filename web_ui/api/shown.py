"""Values of the store as the API shows them. Pure; `root` as in `web_ui.outward`."""

from __future__ import annotations

from tweet_store.discussion.model import StoredComment, Tag
from tweet_store.model import Author, Reference, StoredTweet
from tweet_store.model import Celeb as StoredCeleb
from tweet_store.model import Entity as StoredEntity
from web_ui.addresses import celeb_path, post_address, profile_address, tag_path
from web_ui.api.answers import (
    Account,
    Celeb,
    Comment,
    Entity,
    Media,
    Post,
    TagUse,
)
from web_ui.api.answers import Reference as ShownReference
from web_ui.outward import at_network, html_of, page_of, plain_entities, whole
from web_ui.tweet_text import language, unescape


def account(author: Author, root: str) -> Account:
    """An account."""
    return Account(
        network=author.network,
        account_id=author.account_id,
        handle=author.handle,
        name=author.name,
        url=at_network(profile_address(author, "")),
        avatar_url=whole(author.avatar_url, root),
        bio=author.bio,
        verified=author.verified,
    )


def post(stored: StoredTweet, root: str) -> Post:
    """A post."""
    author = stored.author
    text, entities = plain_entities(stored.text, stored.entities)
    address = post_address(author.network, author.handle, stored.id, stored.celeb)
    return Post(
        id=stored.id,
        edit_ids=list(stored.edit_ids),
        celeb=stored.celeb,
        author=account(author, root),
        text=text,
        html=html_of(stored.text, stored.entities, author.network, root),
        entities=[_entity(one) for one in entities],
        media=[
            Media(one.kind, whole(one.url, root) or "", one.width, one.height, one.alt)
            for one in stored.media
        ],
        references=[_reference(one, root) for one in stored.references],
        created_at=stored.created_at,
        lang=language(stored.lang),
        conversation_id=stored.conversation_id,
        reply_to_id=stored.reply_to_id,
        url=page_of(stored, root),
        source_url=at_network(address),
    )


def _entity(one: StoredEntity) -> Entity:
    return Entity(one.kind, one.start, one.end, one.target, one.display)


def _reference(one: Reference, root: str) -> ShownReference:
    return ShownReference(
        kind=one.kind,
        id=one.id,
        author=None if one.author is None else account(one.author, root),
        text=None if one.text is None else unescape(one.text),
        created_at=one.created_at,
    )


def comment(stored: StoredComment, root: str) -> Comment:
    """A comment. Of who wrote it, the name only; of one that was removed, not even that."""
    return Comment(
        id=stored.id,
        celeb=stored.celeb,
        post_id=stored.post_id,
        parent=None if stored.parent is None else f"c{stored.parent}",
        name="" if stored.removed_by else stored.name,
        text=stored.text,
        created_at=stored.created_at,
        edited_at=stored.edited_at,
        removed=stored.removed_by is not None,
        url=f"{root}/comments/{stored.id}",
    )


def tag(stored: Tag, root: str) -> TagUse:
    """A tag."""
    return TagUse(stored.tag, stored.shown, stored.posts, root + tag_path(stored.tag))


def celeb(stored: StoredCeleb, root: str) -> Celeb:
    """A celeb."""
    return Celeb(
        slug=stored.slug,
        name=stored.name,
        accounts=[account(one, root) for one in stored.accounts],
        post_count=stored.tweet_count,
        last_post_at=stored.last_tweet_at,
        url=root + celeb_path(stored.slug),
        feed_url=f"{root}/feeds{celeb_path(stored.slug)}.json",
    )
