"""Where things are: our own pages, posts and people at their networks, pictures. Pure."""

from __future__ import annotations

from urllib.parse import quote

from tweet_store.model import Author


def celeb_path(celeb: str) -> str:
    """Our page of a celeb."""
    return f"/{quote(celeb, safe='')}"


def status_path(celeb: str, id_: str) -> str:
    """Our page of a post. A wrong celeb is put right there by a redirect."""
    return f"/{quote(celeb, safe='')}/status/{quote(id_, safe=':')}"


def post_address(network: str, handle: str, id_: str, celeb: str) -> str:
    """The post at its network, where we know its addresses, else our own page of it."""
    if network == "x":
        return f"https://x.com/{quote(handle, safe='')}/status/{quote(id_, safe='')}"
    return status_path(celeb, id_)


def profile_address(author: Author, celeb: str) -> str:
    """The author at their network, where we know its addresses, else our own page of them."""
    if author.network == "x":
        return f"https://x.com/{quote(author.handle, safe='')}"
    return celeb_path(celeb)


def picture_address(url: str | None) -> str | None:
    """The address of a picture if a page may show it: https, or a file of the site."""
    return url if url is not None and url.startswith(("https://", "/static/")) else None
