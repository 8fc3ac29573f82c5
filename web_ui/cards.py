"""One post as HTML: `templates/card.html`, the same for a page and for a live update.

    cards = Cards(loader)
    cards.render(tweet)                    # '<li class="post" …>', always the same, in 0.05 ms
    cards.render(tweet, translate, now, below)    # for a page: times from now, in its language
    cards.whole(tweet, translate)          # with all of a long text, for the post's own page

An update is in English and its times are absolute, for it is made once for all. Words of ours are
marked (`data-t`), so that the script puts those of an update right.

Keeps X's display rules (X docs: display requirements): the text unaltered, the author's name,
handle and avatar, the time as a link to the post; what the site adds stands below the card.
Nothing else depends on the time of day or on the visitor. Stateless after construction; any thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from tornado.template import BaseLoader

from tweet_store.model import Author, Entity, Media, Reference, StoredTweet
from web_ui.addresses import (
    picture_address,
    post_address,
    profile_address,
    status_path,
    tag_path,
)
from web_ui.below import Below
from web_ui.folding import Folded, fold
from web_ui.people import initials, tint
from web_ui.times import Translate, element
from web_ui.tweet_text import language, to_html

SHOWN_MEDIA = 4
"""As many as X shows; a post has no more."""

MEDIA_NAMES = {"photo": "Photo", "video": "Video", "animated_gif": "GIF"}


class Picture(NamedTuple):
    """A picture that may be shown. `badge`: it is the preview of a `kind`, and says so."""

    url: str
    alt: str
    kind: str
    width: int | None
    height: int | None
    badge: bool


log = logging.getLogger("celebwire.web.cards")


class Post(NamedTuple):
    """What the card shows of a post, its own or a nested one. `text.html`, `rel`, `time`: HTML."""

    author: Author
    initials: str
    tint: int
    avatar: str | None
    profile: str
    text: Folded
    lang: str | None
    pictures: Sequence[Picture]
    href: str
    rel: str
    time: str


PictureAddress = Callable[[str | None], str | None]
"""The address at which a page shows a picture, None where it may not."""
TimeElement = Callable[[datetime], str]
Shown = Callable[[str, Sequence[Entity], str], Folded]
"""Makes HTML of a text, its entities and its network."""

NO_TEXT = Folded("", folded=False, cut=False)


class Cards:
    """Renders cards. `loader` holds the templates; the card's is compiled here, once. `picture`
    says where a picture is shown."""

    def __init__(self, loader: BaseLoader, picture: PictureAddress = picture_address) -> None:
        self._template = loader.load("card.html")
        self._picture = picture

    def render(
        self,
        tweet: StoredTweet,
        translate: Translate = str,
        now: datetime | None = None,
        below: Below | None = None,
    ) -> str:
        """The card of a post, and below it the links to our own pages, as one `<li>`. Without a
        `now` its times are absolute. `below` is what visitors made of the post, None where that is
        not known: then the script keeps what the page has.

        Empty for a post that cannot be shown: the others can, and the log says why.
        """
        return self._card(tweet, fold, translate, now, below)

    def whole(self, tweet: StoredTweet, translate: Translate = str) -> str:
        """The same, with nothing folded, and with the exact time."""
        return self._card(tweet, _unfolded, translate, None, None)

    def _card(
        self,
        tweet: StoredTweet,
        shown: Shown,
        translate: Translate,
        now: datetime | None,
        below: Below | None,
    ) -> str:
        def told(time: datetime) -> str:
            return element(time, translate, now)

        try:
            return self._html(tweet, shown, translate, told, below)
        except Exception:
            log.exception("post %s cannot be rendered", tweet.id)
            return ""

    def _html(
        self,
        tweet: StoredTweet,
        shown: Shown,
        translate: Translate,
        told: TimeElement,
        below: Below | None,
    ) -> str:
        repeated = quoted = answered = None
        missing = None
        for reference in tweet.references:
            if reference.kind == "replied_to":
                answered = reference
            elif reference.author is None or reference.text is None:
                missing = reference
            elif reference.kind == "retweeted":
                repeated = self._nested(reference, reference.author, reference.text, shown, told)
            else:
                quoted = self._nested(reference, reference.author, reference.text, shown, told)
        if answered is None and tweet.reply_to_id is not None:
            answered = Reference("replied_to", tweet.reply_to_id)
        nested = repeated or quoted
        main = self._post(
            tweet.author,
            # The text of a repeat is a shortened copy of the post that stands below it.
            NO_TEXT if repeated else shown(tweet.text, tweet.entities, tweet.author.network),
            language(tweet.lang),
            () if repeated else tweet.media,
            tweet.created_at,
            profile_address(tweet.author, tweet.celeb),
            post_address(tweet.author.network, tweet.author.handle, tweet.id, tweet.celeb),
            told,
        )
        html = self._template.generate(
            tweet=tweet,
            main=main,
            repeats=repeated is not None,
            nested=nested,
            folded=any(post.text.folded for post in (main, nested) if post),
            cut=any(post.text.cut for post in (main, nested) if post),
            missing=missing,
            missing_href=missing
            and post_address(tweet.author.network, "i", missing.id, tweet.celeb),
            answered=answered,
            answered_href=answered and _answered_path(answered, tweet),
            discussion=status_path(tweet.celeb, tweet.id),
            below=below,
            tag_path=tag_path,
            _=translate,
        )
        return html.decode().strip()

    def _post(
        self,
        author: Author,
        text: Folded,
        lang: str | None,
        media: Sequence[Media],
        time: datetime | None,
        profile: str,
        href: str,
        told: TimeElement,
    ) -> Post:
        return Post(
            author=author,
            initials=initials(author.name),
            tint=tint(author.account_id),
            avatar=self._picture(author.avatar_url),
            profile=profile,
            text=text,
            lang=lang,
            pictures=[
                _picture(m, url) for m in media[:SHOWN_MEDIA] if (url := self._picture(m.url))
            ],
            href=href,
            rel="" if href.startswith("/") else ' rel="nofollow noopener"',
            time=told(time) if time else "",
        )

    def _nested(
        self, reference: Reference, author: Author, text: str, shown: Shown, told: TimeElement
    ) -> Post:
        """A quoted or repeated post. Its author need not be a celeb here: we know only the
        handle."""
        slug = author.handle.lower()
        return self._post(
            author,
            shown(text, reference.entities, author.network),
            None,
            reference.media,
            reference.created_at,
            profile_address(author, slug),
            post_address(author.network, author.handle, reference.id, slug),
            told,
        )


def _unfolded(text: str, entities: Sequence[Entity], network: str) -> Folded:
    return Folded(to_html(text, entities, network), folded=False, cut=False)


def _picture(media: Media, url: str) -> Picture:
    sized = bool(media.width and media.height and media.width > 0 and media.height > 0)
    return Picture(
        url=url,
        alt=media.alt or "",
        kind=MEDIA_NAMES[media.kind],
        width=media.width if sized else None,
        height=media.height if sized else None,
        badge=media.kind != "photo",
    )


def _answered_path(answered: Reference, tweet: StoredTweet) -> str:
    """Our page of the post that `tweet` answers: it shows it, or says where else it is."""
    celeb = answered.author.handle.lower() if answered.author else tweet.celeb
    return status_path(celeb, answered.id)
