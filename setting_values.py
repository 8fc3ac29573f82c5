"""What single settings may be: checks of one value each, and the types that are made of them.

`settings.py` is the only one to import this. A check gives the value back as it shall be used, or
raises `ValueError` with words that go on where `KEY = VALUE: ` ends. None of them touches the
network; a file to be replayed must be there.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

LONGEST_VHOST = 255
"""Bytes of a virtual host's name. AMQP 0-9-1: a short string."""
HIGHEST_PORT = 65_535
SHORTEST_TOKEN = 16
"""Characters of a moderator's token: nobody shall find it by trying."""

_ENCODE = "the port must be a number; percent-encode / # ? @ in the password"


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _amqp_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    parts = _url_parts(url)
    if url and (parts.scheme != "amqp" or not parts.hostname):
        raise ValueError("must look like amqp://user:password@host:5672/vhost")
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError(_ENCODE)  # amqp://user:12/34@host has the host user and the port 12
    if parts.query or parts.fragment:
        raise ValueError("must end with the virtual host; percent-encode / # ? @ in the password")
    if len(unquote(parts.path[1:].partition("/")[0]).encode()) > LONGEST_VHOST:
        raise ValueError(f"the virtual host's name must have at most {LONGEST_VHOST} bytes")
    return secret


def _url_parts(url: str) -> SplitResult:
    """The URL in parts. What Python says against it may hold a password, so it is not repeated."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        raise ValueError(_ENCODE) from None
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must look like https://host")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("must be https://, or the token would travel for all to read")
    return url.rstrip("/")


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    wrong = "must look like https://host, with a port if need be and no path"
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(wrong) from None
    bare = f"{parts.scheme}://{parts.netloc}"
    if url and (
        parts.scheme not in ("http", "https")
        or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc)
        or url.rstrip("/") != bare
    ):
        raise ValueError(wrong)
    return url.rstrip("/")


def _moderator_token(secret: SecretStr) -> SecretStr:
    token = secret.get_secret_value()
    if token and not (len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable()):
        raise ValueError(f"must have at least {SHORTEST_TOKEN} characters of ASCII, or be empty")
    return secret


def _store_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    # The reader and the site would each take a relative path, or :memory:, for a place of its own.
    if not url or re.fullmatch(r"sqlite:////[^/?][^?]*", url):
        return secret
    if not url.startswith("postgresql://"):
        raise ValueError(
            "must look like sqlite:////absolute/path.db or postgresql://user:password@host/database"
        )
    parts = _url_parts(url)
    if "@" in parts.path + parts.query or parts.netloc.count("@") > 1 or parts.fragment:
        raise ValueError(_ENCODE)
    if "password" in parts.query:
        raise ValueError("must have the password before the host, where it is not shown")
    if not re.fullmatch("/[^/]+", parts.path):
        raise ValueError("must end with the database: postgresql://user:password@host/database")
    return secret


def replay_parts(source: str) -> tuple[str, float]:
    """PATH and SPEED of `replay:PATH[@SPEED]`: 1 where none is given, infinity for max.

    Raises `ValueError` for a speed that is none.
    """
    path, at, speed = source.removeprefix("replay:").rpartition("@")
    if not at:
        path, speed = speed, "1"
    if not path:
        raise ValueError("must be replay:PATH[@SPEED]")
    if speed == "max":
        return path, float("inf")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", speed, re.ASCII):
        raise ValueError("the speed behind @ must be a number or max")
    if float(speed) <= 0:
        raise ValueError("the speed behind @ must be above 0")
    return path, float(speed)


def _source(text: str) -> str:
    if text in ("demo", "x"):
        return text
    if not text.startswith("replay:"):
        raise ValueError("must be demo, x or replay:PATH[@SPEED]")
    path, _ = replay_parts(text)
    if path != "-" and not Path(path).exists():
        raise ValueError(f"there is no file {path}")
    return text


def _handle(text: str) -> str:
    handle = text.removeprefix("@")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,15}", handle):
        raise ValueError("must be a handle of X: up to 15 letters, digits or _")
    return handle


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{error}: must be addresses, or networks like 10.0.0.0/8") from None
    return text


Port = Annotated[int, Field(ge=1, le=HIGHEST_PORT)]
Host = Annotated[str, Field(min_length=1)]
AmqpUrl = Annotated[SecretStr, AfterValidator(_amqp_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
ModeratorToken = Annotated[SecretStr, AfterValidator(_moderator_token)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store_url)]
CommaList = BeforeValidator(_split)
Sources = Annotated[
    tuple[Annotated[str, AfterValidator(_source)], ...], CommaList, Field(min_length=1)
]
Handles = Annotated[tuple[Annotated[str, AfterValidator(_handle)], ...], CommaList]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], CommaList]
