"""Where things are: our own pages, posts and people at their networks, pictures. Pure."""

from __future__ import annotations

from urllib.parse import quote

from tornado.httputil import HTTPServerRequest

from tweet_store.model import Author

SLUG = "[A-Za-z0-9_-]{1,64}"
"""A celeb in a path, in whatever case somebody writes it: a pattern."""
POST_ID = "[A-Za-z0-9._~:-]{1,128}"
"""The id of a post in a path: a pattern."""


def absolute(request: HTTPServerRequest, public_url: str, path: str) -> str:
    """The whole address of a path of the site, for whoever reads it elsewhere. Where the operator
    did not set `public_url`, the site is where this request found it."""
    return (public_url or f"{request.protocol}://{request.host}") + path


def celeb_path(celeb: str) -> str:
    """Our page of a celeb."""
    return f"/{quote(celeb, safe='')}"


def status_path(celeb: str, id_: str) -> str:
    """Our page of a post. A wrong celeb is put right there by a redirect."""
    return f"/{quote(celeb, safe='')}/status/{quote(id_, safe=':')}"


def tag_path(tag: str) -> str:
    """Our page of a tag, in the form that tags have in paths and channels."""
    return f"/tag/{quote(tag, safe='')}"


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
