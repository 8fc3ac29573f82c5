"""Who says what next in the demo: scenes of its stories, posts out of nowhere, answers, quotes.

Several scenes are under way at a time, and each goes on line by line with the rest in between. All
state is bounded: the scenes under way, the latest posts, and the order in which phrases come round.
Pure but for the randomness given; the reactor's thread.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from typing import Generic, TypeVar

from stream_reader.demo_posts import PostWriter, Said, stored_id
from stream_reader.demo_script import Celeb, Line, Phrases, Scene, Script, Story
from tweet_store.model import Post, Tombstone

AT_ONCE = 3
"""Scenes under way."""
ANSWERABLE = 40
"""Latest posts that may be answered or quoted by anybody."""

# Shares of what comes next; what is left of 1 are quotes.
SCENES, OWN, ANSWERS = 0.46, 0.32, 0.16

_T = TypeVar("_T")
SLOT = re.compile(r"\{(?:(?P<low>\d+)-(?P<high>\d+)|(?P<name>[a-z]+))\}")


class Rota(Generic[_T]):
    """Things that come round in no fixed order, but each only after half of the others."""

    def __init__(self, things: Iterable[_T], random: Random) -> None:
        self._things = list(things)
        self._random = random
        random.shuffle(self._things)

    def next(self, fits: Callable[[_T], bool] = lambda _: True) -> _T:
        """One of the half that was longest away: one that fits, if any does."""
        half = range((len(self._things) + 1) // 2)
        fitting = [place for place in half if fits(self._things[place])]
        thing = self._things.pop(self._random.choice(fitting or half))
        self._things.append(thing)
        return thing


class Slots:
    """Fills the slots of sentences, equal ones of a language always alike."""

    def __init__(self, phrases: dict[str, Phrases], random: Random) -> None:
        self._phrases = phrases
        self._random = random
        self._filled: dict[tuple[str, str], str] = {}

    def fill(self, text: str, lang: str) -> str:
        """The text with its slots filled, in this language."""
        return SLOT.sub(lambda slot: self._value(slot, lang), text)

    def _value(self, slot: re.Match[str], lang: str) -> str:
        value = self._filled.get((lang, slot[0]))
        if value is None:
            if slot["name"]:
                value = self._random.choice(self._phrases[lang].slots[slot["name"]])
            else:
                value = str(self._random.randint(int(slot["low"]), int(slot["high"])))
            self._filled[lang, slot[0]] = value
        return value


class Performance:
    """A scene under way."""

    def __init__(self, scene: Scene, slots: Slots) -> None:
        self._scene = scene
        self._slots = slots
        self._done = 0
        self._said: dict[int, Said] = {}
        """Posts by the number of their line."""

    @property
    def line(self) -> Line:
        """The line that comes next."""
        return self._scene[self._done]

    @property
    def over(self) -> bool:
        """Whether every line was said."""
        return self._done == len(self._scene)

    def next(self, writer: PostWriter, celeb: Celeb, at: datetime) -> tuple[Post, Said]:
        """The next line, which is `celeb`'s; and the post that was made, changed or deleted."""
        line = self.line
        self._done += 1
        if line.delete:
            gone = self._said[line.delete]
            gone.deleted = True
            return Tombstone(stored_id(gone.id)), gone
        answered = self._scene[line.edit - 1] if line.edit else line
        lang = line.lang or celeb.lang
        tweet, said = writer.write(
            celeb,
            self._slots.fill(line.text, lang),
            at,
            lang=lang,
            answers=self._said.get(answered.re),
            quotes=self._said.get(answered.quote),
            replaces=self._said.get(line.edit),
        )
        self._said[self._done] = said
        return tweet, said


class Director:
    """Decides on each post as it falls due."""

    def __init__(self, script: Script, random: Random) -> None:
        self._script = script
        self._random = random
        self._writer = PostWriter(script.celebs, random)
        self._celebs = list(script.celebs.values())
        self._own = Rota(((celeb, text) for celeb in self._celebs for text in celeb.posts), random)
        phrases = script.phrases.items()
        self._answers = Rota(((lang, text) for lang, p in phrases for text in p.replies), random)
        self._quotes = Rota(((lang, text) for lang, p in phrases for text in p.quotes), random)
        self._performed = [0] * len(script.stories)
        """How many scenes of each story were begun."""
        self._running: dict[int, Performance] = {}
        """The scenes under way, by the number of their story."""
        self._latest: deque[Said] = deque(maxlen=ANSWERABLE)

    def next(self, at: datetime) -> Post:
        """What happens at this time: a post, a new version of one, or that one is deleted."""
        die = self._random.random()
        if die < SCENES:
            return self._scene(at)
        die -= SCENES
        target = self._target()
        if die < OWN or target is None:
            return self._post(at)
        return self._remark(target, at, quote=die - OWN >= ANSWERS)

    def _scene(self, at: datetime) -> Post:
        if len(self._running) < AT_ONCE:
            self._begin()
        number, performance = self._random.choice(list(self._running.items()))
        celeb = self._script.celebs[performance.line.by]
        post, said = performance.next(self._writer, celeb, at)
        if said not in self._latest and not said.deleted:
            self._latest.append(said)
        if performance.over:
            del self._running[number]
        return post

    def _begin(self) -> None:
        """Begin the next scene of the story that has been told the least."""
        idle = [n for n in range(len(self._performed)) if n not in self._running]
        number = min(idle, key=self._share_told)
        scenes = self._script.stories[number].scenes
        scene = scenes[self._performed[number] % len(scenes)]
        self._performed[number] += 1
        self._running[number] = Performance(scene, self._slots())

    def _share_told(self, number: int) -> float:
        story: Story = self._script.stories[number]
        return (self._performed[number] + self._random.random()) / len(story.scenes)

    def _post(self, at: datetime) -> Post:
        celeb, text = self._own.next()
        tweet, said = self._writer.write(celeb, self._slots().fill(text, celeb.lang), at)
        self._latest.append(said)
        return tweet

    def _remark(self, target: Said, at: datetime, *, quote: bool) -> Post:
        """Somebody's answer to a post, or quote of it. Answers are not answered in turn.

        Every other time it is in the author's language, where somebody else speaks that.
        """
        author = target.celeb
        others = [celeb for celeb in self._celebs if celeb is not author]
        alike = any(celeb.lang == author.lang for celeb in others) and self._random.random() < 0.5
        rota = self._quotes if quote else self._answers
        lang, text = rota.next(lambda phrase: (phrase[0] == author.lang) is alike)
        celeb = self._random.choice([celeb for celeb in others if celeb.lang == lang])
        text = self._slots().fill(text, lang)
        if quote:
            tweet, said = self._writer.write(celeb, text, at, quotes=target)
            self._latest.append(said)
        else:
            tweet, _ = self._writer.write(celeb, text, at, answers=target)
        return tweet

    def _target(self) -> Said | None:
        """A post to remark on, rather a late one."""
        there = [said for said in self._latest if not said.deleted]
        return there[-1 - int(len(there) * self._random.random() ** 2)] if there else None

    def _slots(self) -> Slots:
        return Slots(self._script.phrases, self._random)
