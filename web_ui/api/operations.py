"""All that can be asked of the API: the one table from which the routes, the OpenAPI document and
the page `/api` are made. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct

from web_ui.api import answers, questions, reading
from web_ui.api.questions import Asked
from web_ui.api.reading import Source

BASE = "/api/v1"
DOCUMENT = f"{BASE}/openapi.json"

_IN_PATH = re.compile(r"\{(\w+)\}")


class Operation(NamedTuple):
    """A path that can be read. `asked` has its parameters; those in braces are parts of the path.
    `errors`: the statuses that it may answer with besides those that all may."""

    path: str
    summary: str
    asked: type[Asked]
    answer: type[Struct]
    read: Callable[[Source, Any], Struct]
    errors: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Of the function that reads it: the operation's name in programs."""
        return self.read.__name__

    @property
    def path_parameters(self) -> list[str]:
        """The parameters that are parts of the path, in their order."""
        return _IN_PATH.findall(self.path)

    @property
    def pattern(self) -> str:
        """The whole path as a regular expression, a group for each parameter."""
        return BASE + _IN_PATH.sub("([^/]+)", self.path)


OPERATIONS = (
    Operation(
        "/posts",
        "Posts, newest first: all, or those of celebs, or those with a tag.",
        questions.ListOfPosts,
        answers.Posts,
        reading.list_posts,
    ),
    Operation(
        "/posts/{id}",
        "A post, its earlier versions and its tags.",
        questions.OnePost,
        answers.PostDetail,
        reading.one_post,
        (404, 410),
    ),
    Operation(
        "/posts/{id}/answers",
        "The celebs' answers to a post, oldest first.",
        questions.BelowPost,
        answers.Posts,
        reading.answers_to,
        (404, 410),
    ),
    Operation(
        "/posts/{id}/comments",
        "What visitors wrote under a post, oldest first.",
        questions.BelowPost,
        answers.Comments,
        reading.comments_on,
        (404, 410),
    ),
    Operation(
        "/search",
        "Posts that have the words, newest first.",
        questions.SearchedPosts,
        answers.Posts,
        reading.search,
    ),
    Operation(
        "/celebs",
        "The celebs, those who wrote last first.",
        questions.Directory,
        answers.Celebs,
        reading.directory,
    ),
    Operation(
        "/celebs/{celeb}",
        "A celeb, with the tags that visitors gave most.",
        questions.OneCeleb,
        answers.CelebDetail,
        reading.one_celeb,
        (404,),
    ),
    Operation(
        "/rooms/{celeb}/comments",
        "What visitors wrote in a celeb's room: the newest, oldest of them first.",
        questions.RoomComments,
        answers.Comments,
        reading.room_comments,
        (404,),
    ),
    Operation(
        "/tags",
        "The tags that most posts have.",
        questions.PopularTags,
        answers.Tags,
        reading.popular_tags,
    ),
    Operation(
        "/tags/{tag}",
        "A tag.",
        questions.OneTag,
        answers.TagUse,
        reading.one_tag,
        (404,),
    ),
    Operation(
        "/cursor",
        "Where the timeline is now: from there on, /updates tells what is new.",
        questions.Asked,
        answers.Now,
        reading.now,
    ),
)
