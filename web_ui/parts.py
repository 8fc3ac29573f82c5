"""What every handler of the site is given: the parts that it is made of. Wired in `site.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from settings import Settings
from tweet_store.discussion.store import DiscussionStore
from tweet_store.store import TweetStore
from web_ui.cards import Cards
from web_ui.client_address import ClientAddresses
from web_ui.cursor import Cursor
from web_ui.discussion.tag_counts import TagCounts
from web_ui.read_limits import ReadLimits
from web_ui.store_reader import StoreReader
from web_ui.store_writer import StoreWriter
from web_ui.visitors.secret_file import Secrets


class Parts(NamedTuple):
    """`tweets` and `discussion` are synchronous: ask them through `reader` and `writer`."""

    config: Settings
    tweets: TweetStore
    discussion: DiscussionStore
    reader: StoreReader
    writer: StoreWriter
    cards: Cards
    current_cursor: Callable[[], Cursor]
    """The cursor up to which everything is in the feed: what a page is rendered at."""
    ring: Callable[[], None]
    """Something was written: fetch and deliver it here now, and tell the other processes."""
    here: Callable[[str], int]
    """How many wait on a channel now, in all web processes."""
    registry: CollectorRegistry
    secrets: Secrets
    addresses: ClientAddresses
    read_limits: ReadLimits
    tag_counts: TagCounts


def parts_of(
    config: Settings,
    tweets: TweetStore,
    reader: StoreReader,
    cards: Cards,
    current_cursor: Callable[[], Cursor],
    *,
    ring: Callable[[], None],
    here: Callable[[str], int],
    registry: CollectorRegistry,
    secrets: Secrets,
    addresses: ClientAddresses,
    reads_refused: Callable[[], None],
    clock: Callable[[], float],
) -> Parts:
    """The parts, those included that only handlers have to do with. Close `reader` and `writer`.

    `reads_refused` is called for each read that came too early; `clock` is the loop's.
    """
    discussion = DiscussionStore(tweets)
    return Parts(
        config,
        tweets,
        discussion,
        reader,
        StoreWriter(registry),
        cards,
        current_cursor,
        ring,
        here,
        registry,
        secrets,
        addresses,
        ReadLimits(config.max_reads_per_minute, addresses.key, reads_refused, clock),
        TagCounts(discussion, reader, clock),
    )
