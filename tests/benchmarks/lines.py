"""Stream lines to measure with: invented, of ordinary length, the same in every run."""

from __future__ import annotations

import msgspec

WORDS = "the lights go out and everybody sings along to a song that nobody wrote".split()
AUTHORS = 1000
FIRST_ID = 1_500_000_000_000_000_000
"""Line n is of the post with this id and n."""


def author_of(number: int) -> int:
    """Which author wrote it."""
    return number * 7919 % AUTHORS


def stream_line(number: int) -> bytes:
    """A line of X's filtered stream, about 600 bytes, with a hashtag and a link."""
    id_ = str(FIRST_ID + number)
    author = author_of(number)
    words = [WORDS[(number + k * k) % len(WORDS)] for k in range(14)]
    text = f"{' '.join(words)} #show https://t.co/{number:010}"
    tag, url = text.index("#"), text.index("https")
    data = {
        "id": id_,
        "text": text,
        "author_id": str(10_000 + author),
        "created_at": "2026-11-21T12:00:00.000Z",
        "lang": "en",
        "conversation_id": id_,
        "edit_history_tweet_ids": [id_],
        "entities": {
            "hashtags": [{"start": tag, "end": tag + 5, "tag": "show"}],
            "urls": [
                {
                    "start": url,
                    "end": len(text),
                    "url": text[url:],
                    "expanded_url": f"https://example.org/{number}",
                    "display_url": f"example.org/{number}",
                }
            ],
        },
    }
    user = {"id": str(10_000 + author), "name": f"Author {author}", "username": f"author{author}"}
    line = {
        "data": data,
        "includes": {"users": [user]},
        "matching_rules": [{"id": "1", "tag": "bench"}],
    }
    return msgspec.json.encode(line) + b"\r\n"
