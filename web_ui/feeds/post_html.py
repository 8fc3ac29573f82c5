"""A post for who sees it without our stylesheet, in a feed reader or on another site: as HTML of
plain elements, and as a title. Pure; `root` as in `web_ui.outward`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tweet_store.model import Media, Reference, StoredTweet
from web_ui.addresses import picture_address, post_address
from web_ui.outward import html_of, whole
from web_ui.tweet_text import escape, link, unescape

LONGEST_TITLE = 100


def content_of(post: StoredTweet, root: str) -> str:
    """The text, the pictures, and what the post quotes or repeats."""
    nested = next((one for one in post.references if one.kind != "replied_to"), None)
    parts = []
    if nested is None or nested.kind != "retweeted" or nested.text is None:
        # The text of a repeat is a shortened copy of the post that stands below it.
        parts.append(f"<p>{html_of(post.text, post.entities, post.author.network, root)}</p>")
        parts += _pictures(post.media, root)
    if nested is not None:
        parts.append(_nested(nested, post, root))
    return "\n".join(parts)


def title_of(post: StoredTweet) -> str:
    """The beginning of the text on one line; of a repeat, whose post it is."""
    text = " ".join(unescape(post.text).split())
    repeated = next((one for one in post.references if one.kind == "retweeted"), None)
    if repeated is not None and repeated.author is not None and repeated.text is not None:
        text = f"@{repeated.author.handle}: {' '.join(unescape(repeated.text).split())}"
    if len(text) > LONGEST_TITLE:
        text = text[:LONGEST_TITLE].rpartition(" ")[0] or text[:LONGEST_TITLE]
        text += "…"
    return text or post.author.name


def _nested(reference: Reference, post: StoredTweet, root: str) -> str:
    author = reference.author
    handle, celeb = (author.handle, author.handle.lower()) if author else ("i", post.celeb)
    address = post_address(post.author.network, handle, reference.id, celeb)
    kind = "original" if reference.kind == "retweeted" else "quoted"
    label = f"{author.name} (@{author.handle})" if author else f"The {kind} post"
    source = f"<p>{link(whole(address, root) or '', escape(label))}</p>"
    if author is None or reference.text is None:
        return source
    text = html_of(reference.text, reference.entities, author.network, root)
    pictures = "".join(_pictures(reference.media, root))
    return f"<blockquote>{source}<p>{text}</p>{pictures}</blockquote>"


def _pictures(media: Sequence[Media], root: str) -> list[str]:
    return [
        f'<p><img src="{escape(whole(one.url, root) or "")}" alt="{escape(one.alt or "")}"'
        f"{_size(one)}></p>"
        for one in media
        if picture_address(one.url)
    ]


def _size(media: Media) -> str:
    sized = media.width and media.height and media.width > 0 and media.height > 0
    return f' width="{media.width}" height="{media.height}"' if sized else ""
