from __future__ import annotations

import re
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from amqp_specs.notices import CELEB_PATTERN
from tests.tweet_store.posts import author
from tweet_store import slugs


def test_by_default_the_handle_in_lower_case() -> None:
    assert next(slugs.candidates(author("Ada_Lovelace1"))) == "ada_lovelace1"


def test_a_path_of_the_site_is_never_a_slug() -> None:
    for word in slugs.RESERVED:
        assert not slugs.RESERVED.intersection(islice(slugs.candidates(author(word)), 20))


@given(st.text(), st.text(min_size=1), st.sampled_from(["x", "demo", "mastodon"]))
def test_whatever_the_handle_slugs_are_fit_for_paths_and_differ(
    handle: str, account_id: str, network: str
) -> None:
    who = author(handle, account_id=account_id, network=network)
    found = list(islice(slugs.candidates(who), 30))
    assert len(set(found)) == 30
    for slug in found:
        assert re.search(CELEB_PATTERN, slug)
        assert slug[0] != "-"
