"""A post as others are told of it: with whole addresses, and as plain text. Pure.

`root` is the address of the site without a slash at its end: `https://celebs.example`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tweet_store.model import Entity, StoredTweet
from web_ui.addresses import status_path
from web_ui.tweet_text import escape, to_html, unescape


def page_of(post: StoredTweet, root: str) -> str:
    """Our page of a post."""
    return root + status_path(post.celeb, post.id)


def whole(address: str | None, root: str) -> str | None:
    """The address, which may be a path of ours."""
    return root + address if address is not None and address.startswith("/") else address


def at_network(address: str) -> str | None:
    """An address of `web_ui.addresses` if it is the network's own, rather than our page instead."""
    return None if address.startswith("/") else address


def html_of(text: str, entities: Sequence[Entity], network: str, root: str) -> str:
    """The text as HTML with whole addresses; newlines are `<br>`, for who has no stylesheet."""
    html = to_html(text, entities, network)
    # Quotes of the text are escaped, so that this is an attribute of ours.
    return html.replace('href="/', f'href="{escape(root)}/').replace("\n", "<br>\n")


def plain_entities(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """The text without X's escapes, and the entities at their places in that. Those that cannot be
    in it, as an end before the beginning or in the middle of an escape, are left out."""
    size = len(text)
    sound = [one for one in entities if 0 <= one.start < one.end <= size]
    if "&" not in text:
        return text, sound
    plain = unescape(text)
    moved = []
    for one in sound:
        start = len(unescape(text[: one.start]))
        end = start + len(unescape(text[one.start : one.end]))
        if end + len(unescape(text[one.end :])) == len(plain):
            moved.append(Entity(one.kind, start, end, one.target, one.display))
    return plain, moved
