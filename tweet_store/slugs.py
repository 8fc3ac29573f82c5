"""The short name of a celeb in paths, channels and notices. Pure.

By default the handle in lower case. A slug never equals one of the site's own paths (a test holds
RESERVED against the routes of web_ui), and never another person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tweet_store.model import Author

LONGEST = 40

RESERVED = frozenset(
    """
    about admin all api celeb celebs comment comments embed favicon feeds follow following healthz
    help here language login logout me media metrics moderation notifications oembed ping privacy
    readyz robots room rooms search settings sign-in sign-out sitemap static status tag tags terms
    thread updates well-known ws
    """.split()
)
"""First segments of paths that are the site's own, now or by plan. X handles have no hyphen, so
`celebs-x` can never be somebody else's handle."""


def candidates(author: Author) -> Iterator[str]:
    """Slugs for this author, best first, without end; take the first that nobody has."""
    base = re.sub(r"[^a-z0-9_-]+", "-", author.handle.lower()).strip("-")[:LONGEST]
    if not re.search(r"[a-z0-9]", base):
        base = re.sub(r"[^a-z0-9]+", "-", f"user-{author.account_id.lower()}")[:LONGEST].strip("-")
    if base not in RESERVED:
        yield base
    base = f"{base[: LONGEST - 12]}-{author.network}"
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
