from __future__ import annotations

import pytest

from tests.web_ui.stored import stored_tweet
from tweet_store.model import Event, StoredEvent
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


def test_an_event_is_news_for_its_celeb_and_its_threads() -> None:
    stored = StoredEvent(
        event=Event(3, "tweet", "3", "ada"),
        position=3,
        thread_ids=("3", "1"),
        tweet=stored_tweet("3"),
    )
    assert channels.of_event(stored) == ("all", "celeb:ada", "thread:3", "thread:1")


def test_the_store_is_asked_for_the_same() -> None:
    selection = channels.selection(["celeb:ada", "celeb:bob", "thread:7", "tag:x", "room:ada"])
    assert selection.celebs == {"ada", "bob"}
    assert selection.threads == {"7"}
    assert not selection.everything
    assert channels.selection(["all", "celeb:ada"]).everything
