"""Every setting of Celebwire: its name, type, default and meaning, and where it is read from.

One TOML file, `celebwire.toml` (its path in CELEBWIRE_CONFIG), and an environment variable for each
key, CELEBWIRE_ and the key in capitals, which wins over the file. Lists are comma-separated there.

    settings = load(os.environ)      # raises BadSettings, which names every fault

Both processes and `make run` read this and nothing else. `setting_values.py` has the types and
their checks, `setting_faults.py` the words for what is wrong. Nothing here touches the network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from setting_faults import bounds, contradictions, fault
from setting_values import (
    HIGHEST_PORT,
    SHORTEST_TOKEN,
    AmqpUrl,
    Handles,
    Host,
    HttpUrl,
    ModeratorToken,
    Networks,
    Port,
    PublicUrl,
    Sources,
    StoreUrl,
    replay_parts,
)

__all__ = [
    "HIGHEST_PORT",
    "LOG_FORMAT",
    "SHORTEST_TOKEN",
    "BadSettings",
    "Settings",
    "load",
    "replay_parts",
    "shown_default",
    "shown_meaning",
]

PREFIX = "CELEBWIRE_"
DEFAULT_FILE = Path("celebwire.toml")
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class BadSettings(Exception):  # noqa: N818  (reads as what it is)
    """At least one setting is wrong. The text names each fault: key, value, what would do."""


class Settings(BaseModel):
    """All settings, checked. An empty default that depends on `var` is filled in by a property."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    var: Path = Field(
        Path("var"), description="Folder for state: store, broker data, logs, generated secrets."
    )
    amqp_url: AmqpUrl = Field(
        SecretStr(""),
        description="The RabbitMQ to use, as amqp://user:password@host:5672/vhost. Empty: "
        "`make run` starts a private node on broker_port.",
    )
    broker_port: Port = Field(
        5673,
        description="Port of the private RabbitMQ node, on loopback. It also takes those 10,000 "
        "and 20,000 above it (below it from 45536 on). Unused with amqp_url.",
    )
    store_url: StoreUrl = Field(
        SecretStr(""),
        description="The store, as sqlite:////absolute/path.db or "
        "postgresql://user:password@host/database. Empty: celebwire.db in the folder `var`.",
    )
    http_host: Host = Field("127.0.0.1", description="Address the site listens on. 0.0.0.0: all.")
    http_port: Port = Field(8080, description="Port the site listens on.")
    web_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Web processes that share http_port. One a core is enough."
    )
    process_port: Port = Field(
        8100,
        description="Each web process is also alone at this port plus its number (from 0), on "
        "loopback: for nginx and Prometheus. Unused with one process.",
    )
    public_url: PublicUrl = Field(
        "",
        description="Address that visitors know the site by, as https://host, for links that are "
        "read elsewhere. Empty: what each request says.",
    )
    trusted_proxies: Networks = Field(
        ("127.0.0.1", "::1"),
        description="Addresses and networks whose X-Forwarded-For is believed. Empty: nobody's.",
    )
    max_connections: Annotated[int, Field(ge=10, le=1_000_000)] = Field(
        20_000, description="Connections that a web process holds at once."
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        500,
        description="The same for one address, which may be many phones behind a carrier's NAT. "
        "A trusted proxy's own connections are not held to it; the requests for updates that it "
        "brings count for the visitor it names.",
    )
    max_channels: Annotated[int, Field(ge=1, le=1000)] = Field(
        50, description="Channels that one visitor follows over one connection."
    )
    max_reads_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        300,
        description="Searches, feeds, lists of tags, and requests to the API or for oEmbed and "
        "site maps, that one address may make in a minute, of each web process. A search counts "
        "as ten.",
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
    max_unsent_bytes: Annotated[int, Field(ge=1024**2, le=2**40)] = Field(
        256 * 1024**2,
        description="Bytes kept in all for visitors who have not read them yet; past it those "
        "who would be kept more are let go. Those who are kept the same are each counted.",
    )
    drain_time: Annotated[float, Field(ge=0, le=3)] = Field(
        2.5, description="Seconds over which a stopping web process sends its visitors away."
    )
    reader_http_host: Host = Field(
        "127.0.0.1", description="Address of the reader's health and metrics."
    )
    reader_http_port: Port = Field(8081, description="Port of the reader's health and metrics.")
    sources: Sources = Field(
        ("demo",), description="Where posts come from: demo, x, replay:PATH[@SPEED]."
    )
    follow: Handles = Field(
        (), description="Handles to follow on X. The source x needs at least one."
    )
    x_bearer_token: SecretStr = Field(SecretStr(""), description="X's app-only bearer token.")
    x_api_base: HttpUrl = Field(
        "https://api.twitter.com", description="Base address of X's API; a simulator may stand in."
    )
    x_consumer_key: SecretStr = Field(
        SecretStr(""), description="X's user context, which the stream of deletes will need."
    )
    x_consumer_secret: SecretStr = Field(SecretStr(""), description="The same.")
    x_access_token: SecretStr = Field(SecretStr(""), description="The same.")
    x_access_token_secret: SecretStr = Field(SecretStr(""), description="The same.")
    moderator_token: ModeratorToken = Field(
        SecretStr(""),
        description="What opens /moderation, at least 16 characters. Empty: the one in the file "
        "moderator_token in the folder `var`, made at the first start.",
    )
    media_proxy: bool = Field(
        False,
        description="Whether the site itself serves the pictures of posts, so that their hosts "
        "learn of no visitor.",
    )
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
        """The store's address in force: the one set, or the SQLite file in `var`. It may hold a
        password."""
        of_var = f"sqlite:///{self.var.absolute() / 'celebwire.db'}"
        return self.store_url.get_secret_value() or of_var

    @property
    def moderator_token_file(self) -> Path:
        """Where the moderator's token lies that the site made for itself."""
        return self.var / "moderator_token"

    @property
    def store_file(self) -> Path | None:
        """The SQLite file in force; None with PostgreSQL."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme == "sqlite" else None


def load(environ: Mapping[str, str]) -> Settings:
    """Read the file and the environment into `Settings`.

    Raises `BadSettings` naming every fault at once; the caller prints it and exits with status 2.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    unknown: set[str] = set()  # keys whose value nobody can tell
    path = Path(environ.get(PREFIX + "CONFIG", DEFAULT_FILE))
    if path.exists() or PREFIX + "CONFIG" in environ:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            faults.append(f"  {path}: cannot be read: {error}")
            unknown = set(Settings.model_fields)
        origin = {key: f"{key} in {path}" for key in values}
    for name, value in environ.items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and key != "config":
            values[key] = value
            origin[key] = name
            unknown.discard(key)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        for item in error.errors():
            key = str(item["loc"][0])
            unknown.add(key)
            field = Settings.model_fields.get(key)
            faults.append(fault(item, field, origin.get(key, key), values.get(key)))
        # What the others have against each other is told at once, too.
        settings = Settings(**{key: value for key, value in values.items() if key not in unknown})
    faults += [found.text for found in contradictions(settings) if not found.keys & unknown]
    if faults:
        raise BadSettings("\n".join(["Bad settings, nothing was started:", *faults]))
    return settings


def shown_default(key: str) -> str:
    """The default of a setting, as the README's table shows it."""
    default = Settings.model_fields[key].default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ", ".join(default)
    if isinstance(default, bool):
        default = str(default).lower()  # as TOML writes it
    return f"`{default}`" if str(default) else "empty"


def shown_meaning(key: str) -> str:
    """What a setting means and the numbers that it may be, as the README's table shows it."""
    field = Settings.model_fields[key]
    numbers = "" if key.endswith("_port") else bounds(field)
    return f"{field.description} {numbers[:1].upper()}{numbers[1:]}{'.' if numbers else ''}".strip()
