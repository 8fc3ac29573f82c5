"""Secrets that the site makes for itself at its first start, and keeps in files of mode 0600.

    web_secrets(config.var)    # the same for every web process that shares the folder

`web_secret` holds one key a line, the newest last. That one signs; the others still verify, so a
new key is a line more, and an old one is dropped by deleting its line once its cookies are no
longer wanted. Several processes may start at once: one of them makes the file, whole from its first
moment, and all read it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

KEY_BYTES = 32

_KEY = re.compile(r"[0-9a-f]{64,256}")


class SecretUnusable(Exception):  # noqa: N818
    """A file of secrets cannot be made, read or trusted. The text says which and why."""


class Secrets(NamedTuple):
    """What the site signs and hashes with. No key serves two purposes."""

    cookie_keys: dict[int, bytes]
    """By version, as Tornado has it. A version follows from its key, and so never changes."""
    key_version: int
    """Of the key that signs."""
    address_key: bytes
    """For hashing visitors' addresses. Of the oldest key: bans outlast a new one."""
    media_key: bytes
    """For signing the addresses of proxied media."""
    visitor_key: bytes
    """For the ids of new visitors."""


def web_secrets(folder: Path) -> Secrets:
    """The site's secrets, made where there are none. Raises `SecretUnusable`."""
    path = folder / "web_secret"
    lines = secret_file(path, lambda: secrets.token_hex(KEY_BYTES)).split()
    if not lines or not all(_KEY.fullmatch(line) for line in lines):
        raise SecretUnusable(f"{path} must have keys of 64 hexadecimal digits or more, one a line")
    return secrets_of([bytes.fromhex(line[: len(line) // 2 * 2]) for line in lines])


def secrets_of(keys: list[bytes]) -> Secrets:
    """The secrets that follow from these keys, the newest last."""
    by_version = {_version(key): _derived(key, "cookies") for key in keys}
    return Secrets(
        by_version,
        _version(keys[-1]),
        _derived(keys[0], "addresses"),
        _derived(keys[-1], "media"),
        _derived(keys[-1], "visitors"),
    )


def visitor_id(secrets: Secrets, nonce: str, name: str) -> str:
    """Of somebody who takes a name with the form of this nonce: nobody who lacks the key guesses
    it, and the same form gives it again."""
    form = f"{nonce}\n{name}".encode(errors="replace")
    return hmac.digest(secrets.visitor_key, form, "sha256")[:16].hex()


def secret_file(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that only its owner can read, made first where there is none.

    Raises `SecretUnusable`, also where others may read it.
    """
    try:
        if not path.exists():
            _create(path, make())
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SecretUnusable(f"{path} may be read by others (mode {mode:o}): chmod 600 {path}")
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise SecretUnusable(f"{path}: {error}") from error


def _create(path: Path, text: str) -> None:
    """A link appears at once, whole, and fails where another process was faster: it is the one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # O_EXCL, 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), "sha256")


def _version(key: bytes) -> int:
    return int.from_bytes(hashlib.sha256(key).digest()[:4])
