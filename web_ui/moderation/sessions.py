"""The moderator's token, and the cookie of who gave it.

    token = ModeratorToken.of(config, secrets)
    token.matches(typed)

The signed cookie `moderator` lasts for 12 hours and carries a mark of the token: with another token
all sessions are at their end. The token is the setting's, or the one in `var/moderator_token`.
"""

from __future__ import annotations

import hmac
import secrets as random
from pathlib import Path
from typing import Self

from tornado.web import RequestHandler

from settings import SHORTEST_TOKEN, Settings
from web_ui.visitors.secret_file import Secrets, SecretUnusable, secret_file

COOKIE = "moderator"
DAYS = 0.5
TOKEN_BYTES = 24


class ModeratorToken:
    """See the module. `mark` is what the cookie of whoever gave the token says."""

    def __init__(self, token: str, secrets: Secrets) -> None:
        self._token = token.encode()
        key = secrets.cookie_keys[secrets.key_version]
        self.mark = hmac.digest(key, b"moderator:" + self._token, "sha256").hex()

    @classmethod
    def of(cls, config: Settings, secrets: Secrets) -> Self:
        """The token in force, made where there is none. Raises `SecretUnusable`."""
        return cls(
            config.moderator_token.get_secret_value() or _own(config.moderator_token_file), secrets
        )

    def matches(self, typed: str) -> bool:
        """Whether this is the token. Takes the same time whatever is wrong with it."""
        return hmac.compare_digest(typed.strip().encode(), self._token)


def is_moderator(handler: RequestHandler) -> bool:
    """Whether who asks gave the token in force, not long ago."""
    token = token_of(handler)
    said = handler.get_signed_cookie(COOKIE, max_age_days=DAYS)
    return token is not None and said is not None and hmac.compare_digest(said, token.mark.encode())


def token_of(handler: RequestHandler) -> ModeratorToken | None:
    """The token in force on a site; None where nobody moderates."""
    token: ModeratorToken | None = handler.settings["moderator_token"]
    return token


def begin(handler: RequestHandler, token: ModeratorToken) -> None:
    """Whoever asks has given the token."""
    handler.set_signed_cookie(COOKIE, token.mark, expires_days=DAYS, samesite="Strict")


def end(handler: RequestHandler) -> None:
    """No moderator any more, in this browser."""
    handler.clear_cookie(COOKIE)


def _own(path: Path) -> str:
    token = secret_file(path, lambda: random.token_urlsafe(TOKEN_BYTES))
    if len(token) < SHORTEST_TOKEN:
        raise SecretUnusable(f"{path} must have a token of at least {SHORTEST_TOKEN} characters")
    return token
