"""Every setting of Celebwire: its name, type, default and meaning, and where it is read from.

One TOML file, `celebwire.toml` (its path in CELEBWIRE_CONFIG), and an environment variable for each
key, CELEBWIRE_ and the key in capitals, which wins over the file. Lists are comma-separated there.

    settings = load(os.environ)      # raises BadSettings, which names every fault

Both processes and `make run` read this and nothing else. Nothing here touches the network.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

PREFIX = "CELEBWIRE_"
DEFAULT_FILE = Path("celebwire.toml")
LONGEST_VHOST = 255
"""Bytes of a virtual host's name. AMQP 0-9-1: a short string."""
HIGHEST_PORT = 65_535
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class BadSettings(Exception):  # noqa: N818  (reads as what it is)
    """At least one setting is wrong. The text names each fault: key, value, what would do."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _amqp_url(url: str) -> str:
    parts = _url_parts(url)
    if url and (parts.scheme != "amqp" or not parts.hostname):
        raise ValueError("must look like amqp://user:password@host:5672/vhost")
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError(_ENCODE)  # amqp://user:12/34@host has the host user and the port 12
    if parts.query or parts.fragment:
        raise ValueError("must end with the virtual host; percent-encode / # ? @ in the password")
    if len(unquote(parts.path[1:].partition("/")[0]).encode()) > LONGEST_VHOST:
        raise ValueError(f"the virtual host's name must have at most {LONGEST_VHOST} bytes")
    return url


_ENCODE = "the port must be a number; percent-encode / # ? @ in the password"


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


def _store_url(url: str) -> str:
    # The reader and the site would each take a relative path, or :memory:, for a place of its own.
    if url and not re.fullmatch(r"sqlite:////[^/].*", url):
        raise ValueError("must look like sqlite:////absolute/path.db")
    return url


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
Network = Annotated[str, AfterValidator(_network)]
CommaList = BeforeValidator(_split)


class Settings(BaseModel):
    """All settings, checked. An empty default that depends on `var` is filled in by a property."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    var: Path = Field(
        Path("var"), description="Folder for state: store, broker data, logs, generated secrets."
    )
    amqp_url: Annotated[
        SecretStr, AfterValidator(lambda s: SecretStr(_amqp_url(s.get_secret_value())))
    ] = Field(
        SecretStr(""),
        description="The RabbitMQ to use. Empty: `make run` starts a private node on broker_port.",
    )
    broker_port: Port = Field(
        5673, description="Port of the private RabbitMQ node, on loopback. Unused with amqp_url."
    )
    store_url: Annotated[str, AfterValidator(_store_url)] = Field(
        "", description="The store. Empty: SQLite in the folder `var`."
    )
    http_host: str = Field(
        "127.0.0.1", min_length=1, description="Address the site listens on. 0.0.0.0: all."
    )
    http_port: Port = Field(8080, description="Port the site listens on.")
    web_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Web processes that share http_port. One a core is enough."
    )
    process_port: Port = Field(
        8100,
        description="Each web process is also alone at this port plus its number (from 0), on "
        "loopback: for nginx and Prometheus. Unused with one process.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], CommaList] = Field(
        ("127.0.0.1", "::1"),
        description="Addresses and networks whose X-Forwarded-For is believed. Empty: nobody's.",
    )
    max_connections: Annotated[int, Field(ge=10, le=1_000_000)] = Field(
        20_000, description="Connections that a web process holds at once."
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        500,
        description="The same for one address, which may be many phones behind a carrier's NAT. "
        "A trusted proxy is not held to it.",
    )
    max_channels: Annotated[int, Field(ge=1, le=1000)] = Field(
        50, description="Channels that one visitor follows over one connection."
    )
    max_header_bytes: Annotated[int, Field(ge=1024, le=65_536)] = Field(
        16_384, description="Largest head of a request: its first line and headers, in bytes."
    )
    max_body_bytes: Annotated[int, Field(ge=1024, le=16 * 1024**2)] = Field(
        65_536, description="Largest body of a request, in bytes."
    )
    header_timeout: Annotated[float, Field(gt=0, le=120)] = Field(
        10.0, description="Seconds in which a request must have come, once it has begun."
    )
    idle_timeout: Annotated[float, Field(ge=1, le=3600)] = Field(
        75.0, description="Seconds that a connection may rest between two requests (keep-alive)."
    )
    slow_timeout: Annotated[float, Field(ge=1, le=300)] = Field(
        30.0, description="Seconds in which a visitor must take an answer; then it is let go."
    )
    drain_time: Annotated[float, Field(ge=0, le=4)] = Field(
        2.5, description="Seconds over which a stopping web process sends its visitors away."
    )
    reader_http_host: str = Field(
        "127.0.0.1", min_length=1, description="Address of the reader's health and metrics."
    )
    reader_http_port: Port = Field(8081, description="Port of the reader's health and metrics.")
    sources: Annotated[
        tuple[Annotated[str, AfterValidator(_source)], ...], CommaList, Field(min_length=1)
    ] = Field(("demo",), description="Where posts come from: demo, x, replay:PATH[@SPEED].")
    follow: Annotated[tuple[Annotated[str, AfterValidator(_handle)], ...], CommaList] = Field(
        (), description="Handles to follow on X. The source x needs at least one."
    )
    x_bearer_token: SecretStr = Field(SecretStr(""), description="X's app-only bearer token.")
    x_api_base: Annotated[str, AfterValidator(_http_url)] = Field(
        "https://api.twitter.com", description="Base address of X's API; a simulator may stand in."
    )
    x_consumer_key: SecretStr = Field(
        SecretStr(""), description="X's user context, which the stream of deletes will need."
    )
    x_consumer_secret: SecretStr = Field(SecretStr(""), description="The same.")
    x_access_token: SecretStr = Field(SecretStr(""), description="The same.")
    x_access_token_secret: SecretStr = Field(SecretStr(""), description="The same.")
    replay_limit: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        20_000, description="Events that a returning visitor is given one by one; past it, a gap."
    )
    feed_size: Annotated[int, Field(ge=200, le=1_000_000)] = Field(
        10_000, description="Newest events that a web process keeps ready in memory."
    )
    poll_wait: Annotated[float, Field(gt=0, le=120)] = Field(
        25.0, description="Longest wait of a long poll, in seconds. Below any proxy's own limit."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much the processes log."
    )

    @property
    def broker_url(self) -> str:
        """The AMQP address in force: the one set, or the private node's (guest, loopback only)."""
        return (
            self.amqp_url.get_secret_value()
            or f"amqp://guest:guest@127.0.0.1:{self.broker_port}/%2F"
        )

    @property
    def process_ports(self) -> range:
        """The port of each web process alone, on loopback. Empty where there is only one."""
        count = self.web_processes if self.web_processes > 1 else 0
        return range(self.process_port, self.process_port + count)

    @property
    def database_url(self) -> str:
        """The store's address in force: the one set, or the SQLite file in `var`."""
        return self.store_url or f"sqlite:///{self.var.absolute() / 'celebwire.db'}"


def load(environ: Mapping[str, str]) -> Settings:
    """Read the file and the environment into `Settings`.

    Raises `BadSettings` naming every fault at once; the caller prints it and exits with status 2.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    path = Path(environ.get(PREFIX + "CONFIG", DEFAULT_FILE))
    if path.exists() or PREFIX + "CONFIG" in environ:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            faults.append(f"{path}: cannot be read: {error}")
        origin = {key: f"{key} in {path}" for key in values}
    for name, value in environ.items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and key != "config":
            values[key] = value
            origin[key] = name
    settings = None
    try:
        settings = Settings(**values)
    except ValidationError as error:
        faults += [_fault(item, values, origin) for item in error.errors()]
    if settings is not None:
        faults += _contradictions(settings)
    if faults or settings is None:
        raise BadSettings("\n".join(["Bad settings, nothing was started:", *faults]))
    return settings


def shown_default(key: str) -> str:
    """The default of a setting, as the README's table shows it."""
    default = Settings.model_fields[key].default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ", ".join(default)
    return f"`{default}`" if str(default) else "empty"


def _fault(item: Any, values: Mapping[str, Any], origin: Mapping[str, str]) -> str:
    key = str(item["loc"][0])
    name = origin.get(key, key)
    if item["type"] == "extra_forbidden":
        return f"  {name}: there is no such setting"
    secret = Settings.model_fields[key].annotation is SecretStr or "url" in key
    shown = "(not shown)" if secret else repr(values.get(key))
    message = item["msg"].removeprefix("Value error, ")
    return f"  {name} = {shown}: {message[0].lower()}{message[1:]}"


def _contradictions(settings: Settings) -> list[str]:
    faults = []
    twice = sorted({text for text in settings.sources if settings.sources.count(text) > 1})
    faults += [f"  sources: {text} stands there more than once" for text in twice]
    if "x" in settings.sources and not settings.x_bearer_token.get_secret_value():
        faults.append("  CELEBWIRE_X_BEARER_TOKEN = '': the source x needs X's bearer token")
    if "x" in settings.sources and not settings.follow:
        faults.append("  CELEBWIRE_FOLLOW = '': the source x needs handles to follow")
    return faults + _port_faults(settings)


def _port_faults(settings: Settings) -> list[str]:
    ports = [("http_port", settings.http_port), ("reader_http_port", settings.reader_http_port)]
    if not settings.amqp_url.get_secret_value():
        ports.append(("broker_port", settings.broker_port))
    own = settings.process_ports
    faults = []
    if own and own[-1] > HIGHEST_PORT:
        faults.append(
            f"  process_port = {own[0]}: with {len(own)} web processes it ends at {own[-1]}, "
            f"past {HIGHEST_PORT}"
        )
    taken: dict[int, str] = {}
    for key, port in ports:
        if port in taken:
            faults.append(f"  {key} = {port}: the same port as {taken[port]}")
        if port in own:
            faults.append(
                f"  {key} = {port}: one of the web processes' own, "
                f"{own[0]} to {own[-1]} (process_port)"
            )
        taken.setdefault(port, key)
    return faults
