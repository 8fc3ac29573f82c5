"""The parts of an AMQP URL. Pure. Reads it as pika does on the other side, so that both meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORT = 5672
LONGEST_NAME = 255
"""Bytes of a virtual host's name. AMQP 0-9-1: a short string."""

_FORM = "an AMQP URL must look like amqp://user:password@host:5672/vhost"


@dataclass(frozen=True)
class BrokerAddress:
    """Where RabbitMQ is and who we are there. Neither `str` nor `repr` shows the password."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    virtual_host: str

    @classmethod
    def parse(cls, url: str) -> BrokerAddress:
        """From `amqp://user:password@host:5672/vhost`; user, password and vhost percent-encoded.

        What is not given is guest, guest, 5672 and /. Raises ValueError, without the URL in it.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            # Its text would show what stands there: of `user:12/34@host` the half of the password.
            raise ValueError(_FORM) from None
        if parts.scheme != "amqp" or not parts.hostname or port == 0:
            raise ValueError(_FORM)
        virtual_host = unquote(parts.path.split("/")[1]) if len(parts.path) > 1 else "/"
        if len(virtual_host.encode()) > LONGEST_NAME:
            raise ValueError(f"a virtual host's name has at most {LONGEST_NAME} bytes")
        return cls(
            host=parts.hostname,
            port=PORT if port is None else port,
            user="guest" if parts.username is None else unquote(parts.username),
            password="guest" if parts.password is None else unquote(parts.password),
            virtual_host=virtual_host,
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
