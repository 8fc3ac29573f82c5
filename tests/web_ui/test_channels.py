from __future__ import annotations

from typing import Any

import pytest

from tests.web_ui.stored import stored_comment
from tweet_store.model import Event, EventKind, StoredEvent
from web_ui import channels
from web_ui.channels import BadChannels, TooManyChannels


def test_all_five_kinds_and_several_at_once() -> None:
    text = "all,celeb:ada_l,thread:demo:17,tag:ünï,room:bob-x"
    assert channels.parse(text, 5) == frozenset(text.split(","))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "all,",
        "everything",
        "celeb:",
        "celeb:Ada",
        "celeb:a b",
        "thread:<",
        "tag:a b",
        "all\n",
    ],
)
def test_what_is_no_channel(text: str) -> None:
    with pytest.raises(BadChannels):
        channels.parse(text, 5)


@pytest.mark.parametrize("kind", ["celeb", "room"])
def test_a_handle_as_its_owner_writes_it_is_put_right(kind: str) -> None:
    with pytest.raises(BadChannels, match=f"in lower case: {kind}:nasa_2$"):
        channels.parse(f"all,{kind}:NASA_2", 5)
    # Lower case alone does not help these.
    for text in (f"{kind}:Ada Byron", f"{kind}:İ", "Celeb:nasa", "tag:A b"):
        with pytest.raises(BadChannels, match="a channel is all"):
            channels.parse(text, 5)


def test_there_is_a_limit_and_it_is_told_apart() -> None:
    text = ",".join(f"celeb:c{n}" for n in range(6))
    assert len(channels.parse(text, 6)) == 6
    assert len(channels.parse(f"{text},{text}", 6)) == 6
    with pytest.raises(TooManyChannels, match="at most 5"):
        channels.parse(text, 5)
    with pytest.raises(BadChannels) as raised:
        channels.parse(f"{text},nothing", 7)
    assert not isinstance(raised.value, TooManyChannels)


def of(kind: EventKind, **values: Any) -> tuple[str, ...]:
    stored = StoredEvent(event=Event(3, kind, "3", "ada"), position=3, tweet=None, **values)
    return channels.of_event(stored)


def test_a_post_is_news_for_all_its_celeb_and_its_threads() -> None:
    assert of("tweet", thread_ids=("3", "1")) == ("all", "celeb:ada", "thread:3", "thread:1")


def test_a_post_that_answers_itself_is_news_once() -> None:
    assert of("tweet", thread_ids=("3", "3")) == ("all", "celeb:ada", "thread:3")


def test_an_edit_is_news_for_those_who_read_its_tags_too() -> None:
    found = of("edit", thread_ids=("3",), tags=("jazz", "tour"))
    assert found == ("all", "celeb:ada", "thread:3", "tag:jazz", "tag:tour")


@pytest.mark.parametrize("kind", ["tag", "untag"])
def test_a_tag_is_news_for_the_celeb_the_post_and_the_tag(kind: EventKind) -> None:
    found = of(kind, thread_ids=("3", "5"), tag="jazz")
    assert found == ("celeb:ada", "thread:3", "thread:5", "tag:jazz")


@pytest.mark.parametrize("kind", ["comment", "comment_edit", "comment_delete"])
def test_a_comment_is_news_where_it_stands_and_nowhere_else(kind: EventKind) -> None:
    under = of(kind, thread_ids=("1", "2"), comment=stored_comment(3, thread=1))
    assert under == ("thread:1", "thread:2")
    assert of(kind, thread_ids=(), comment=stored_comment(3, room="ada")) == ("room:ada",)


def test_the_store_is_asked_for_the_same() -> None:
    selection = channels.selection(
        ["celeb:ada", "celeb:bob", "thread:demo:7", "tag:x", "room:ada", "room:eve"]
    )
    assert selection.celebs == {"ada", "bob"}
    assert selection.threads == {"demo:7"}
    assert selection.tags == {"x"}
    assert selection.rooms == {"ada", "eve"}
    assert not selection.posts
    assert channels.selection(["all", "celeb:ada"]).posts
    assert not channels.selection(["all"]).everything
