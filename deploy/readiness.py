"""Asks the processes whether they are ready, and puts what they answer into a line to read."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import msgspec

from deploy.rabbitmq_node import ADDRESS as LOOPBACK
from settings import Settings

# Where a server that listens on every address can be reached from here.
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Process:
    """A process where the settings say that it will listen."""

    def __init__(self, name: str, host: str, port: int, *, called: str = "it") -> None:
        """`name` is its part of the system, `called` what stands for it in a sentence."""
        self._name = name
        self._called = called
        self._host = WILDCARDS.get(host, host)
        self._port = port

    def unready(self) -> dict[str, str] | None:
        """None when all is well, else what is wrong by part: `store`, `broker`, or its own name."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            return {self._name: f"{self._called} does not answer ({error})"}
        finally:
            connection.close()
        if response.status == 200:
            return None
        try:
            parts = msgspec.json.decode(body, type=dict[str, object])
        except msgspec.MsgspecError:
            return {self._name: f"/readyz answers {response.status}"}
        return {
            part: state for part, state in parts.items() if isinstance(state, str) and state != "ok"
        }


class Reader(Process):
    """The reader; once it is ready, there is something on the page."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("reader", settings.reader_http_host, settings.reader_http_port)


class Site(Process):
    """The site: all web processes together, on the port that they share."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("site", settings.http_host, settings.http_port)
        self.processes = [
            Process("site", LOOPBACK, port, called=f"web process {number}")
            for number, port in enumerate(settings.process_ports)
        ]
        """Each web process alone, where there are several."""
        # Of a broker's URL only this: it may hold a password.
        self._other_broker = urlsplit(settings.amqp_url.get_secret_value()).hostname

    def unready(self) -> dict[str, str] | None:
        """None when every web process is ready, else what is wrong with the first that is not."""
        for process in self.processes:
            if (problem := process.unready()) is not None:
                return problem
        return super().unready()

    @property
    def netloc(self) -> str:
        """HOST:PORT at which it is found on this machine."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    @property
    def address(self) -> str:
        """For people: where a browser on this machine finds it."""
        return f"http://{self.netloc}/"

    def advice(self, part: str) -> str:
        """Which setting to look at when `part` is what is wrong: a sentence, or nothing."""
        if part == "store":
            return " CELEBWIRE_STORE_URL and CELEBWIRE_VAR say where the store is."
        if part == "broker" and self._other_broker:
            return f" CELEBWIRE_AMQP_URL names the broker on {self._other_broker}."
        if part == "broker":
            return " CELEBWIRE_BROKER_PORT chooses another port, CELEBWIRE_AMQP_URL another broker."
        return ""
