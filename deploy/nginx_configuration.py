"""`python -m deploy nginx [ADDRESS:PORT]`: writes var/nginx.conf, for nginx in front of the site.

From the template nginx.conf, because most of its figures follow from settings: the ports, and
limits and time-outs that only work when they fit those of the web processes. The operator starts
nginx.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from deploy.preflight import CannotRun, UnusableSetting, make_folders
from deploy.rabbitmq_node import ADDRESS as LOOPBACK
from deploy.readiness import Site
from settings import HIGHEST_PORT, Settings

TEMPLATE = Path(__file__).with_name("nginx.conf")
LISTEN = "127.0.0.1:8000"
QUIET = 15.0
"""Seconds after which web_ui says something on a stream or a WebSocket that has no news."""
SLACK = 30.0
"""Seconds that nginx waits for longer than the web process should take."""
MOST_LIMIT = 65_535
"""The most that nginx takes for limit_conn."""
OTHER_FILES = 512
"""Files of an nginx worker that are no connections, and connections that are no visitor's."""


class NginxTemplate(Template):
    """`@name`: nginx's own variables begin with the dollar."""

    delimiter = "@"


def write(settings: Settings, listen: str = LISTEN) -> str:
    """Write the file; what to tell the operator.

    Raises `CannotRun` where `listen` is no ADDRESS:PORT or the folder cannot be written.
    """
    address, _, port = listen.rpartition(":")
    if not re.fullmatch(r"\*|[\d.]+|\[[\da-fA-F:.]+\]", address, re.ASCII) or not (
        re.fullmatch(r"\d{1,5}", port, re.ASCII) and 1 <= int(port) <= HIGHEST_PORT
    ):
        raise UnusableSetting(f"{listen}: must look like {LISTEN}, *:80 or [::]:80.")
    var = settings.var
    make_folders(var)
    path, old = var / "nginx.conf", var / "nginx.conf.old"
    notes = []
    try:
        content = text(settings, listen).encode()
        if path.exists() and path.read_bytes() != content:
            path.replace(old)  # somebody may have written certificates and names into it
            notes.append(f"What was there before is now {old.name}.")
        path.write_bytes(content)
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {error.strerror}.") from error
    few, wanted = _most_files(), _files(settings)
    if few < wanted:
        notes.append(
            f"It is for {few} open files a worker, the most that are allowed here (ulimit -Hn); "
            f"CELEBWIRE_MAX_CONNECTIONS = {settings.max_connections} would take {wanted}."
        )
    if (own := _not_trusted(settings)) is not None:
        notes.append(
            f"CELEBWIRE_TRUSTED_PROXIES does not name {own}, from where nginx asks: all visitors "
            f"count as one address, with {settings.max_connections_per_address} connections."
        )
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if nginx is None:
        notes.append("nginx is missing here: deploy/install_packages.sh nginx")
    start = f"Start it: {nginx or 'nginx'} -p {var.absolute()} -c nginx.conf"
    return "\n".join([f"Wrote {path}. {start}", *notes])


def text(settings: Settings, listen: str = LISTEN) -> str:
    """The whole file."""
    files = min(_files(settings), _most_files())
    connections = max(files - OTHER_FILES, files // 2)
    values = {
        "user": _user(),
        "listen": listen,
        "servers": "\n        ".join(f"server {one} max_fails=0;" for one in _servers(settings)),
        "worker_files": files,
        "worker_connections": connections,
        "upstream_idle": connections // 2,  # a visitor takes one, and one of nginx's own
        "upstream_keepalive": _ms(settings.idle_timeout * 0.8),
        "header_timeout": _ms(settings.header_timeout),
        "header_buffer": settings.max_header_bytes // 2,
        "max_body_bytes": settings.max_body_bytes,
        "body_buffer": min(settings.max_body_bytes, 65_536),
        "idle_timeout": _ms(settings.idle_timeout),
        "slow_timeout": _ms(settings.slow_timeout),
        "max_connections_per_address": min(settings.max_connections_per_address, MOST_LIMIT),
        "read_timeout": _ms(max(settings.poll_wait, 2 * QUIET) + SLACK),
    }
    template = NginxTemplate(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(values)


def _servers(settings: Settings) -> list[str]:
    """HOST:PORT of each web process."""
    return [f"{LOOPBACK}:{port}" for port in settings.process_ports] or [Site(settings).netloc]


def _not_trusted(settings: Settings) -> str | None:
    """The address that the web processes see nginx at, if they do not believe it."""
    # To reach an address of its own machine, nginx asks from that same address.
    host = urlsplit(f"//{_servers(settings)[0]}").hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return None  # a name
    trusted = any(address in ip_network(network) for network in settings.trusted_proxies)
    return None if trusted else host


def _files(settings: Settings) -> int:
    """Files that an nginx worker needs. There is one worker a core, and they share the visitors."""
    share = math.ceil(settings.web_processes / (os.cpu_count() or 1)) * settings.max_connections
    return 2 * share + 2 * OTHER_FILES


def _most_files() -> int:
    """Above it nginx would be left with the usual 1024."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def _user() -> str:
    if os.getuid() == 0:
        # nginx's own choice, nobody, may not enter the folder var, which is its owner's alone.
        return "user root;"
    return (
        "# Started by root, for ports 80 and 443: user www-data; and behind -p a folder of "
        "nginx's own\n# with log/ and run/ in it, for www-data may not enter the site's."
    )


def _ms(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
