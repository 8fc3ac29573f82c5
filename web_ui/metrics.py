"""What a web process counts. Built in `site.py` on the process's registry, shown at `/metrics`."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class ArrivalMetrics:
    """Of what comes in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.notices = Counter(
            "celebwire_notices", "Ids that RabbitMQ delivered.", registry=registry
        )
        self.slow_rings = Counter(
            "celebwire_slow_rings",
            "Times the slow timer looked into the store because no notice came.",
            registry=registry,
        )
        self.events = Counter(
            "celebwire_events_loaded", "Events put into the feed.", registry=registry
        )


class QueueMetrics:
    """Of the connection to RabbitMQ."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connects = Counter(
            "celebwire_broker_connects", "Connections that reached consuming.", registry=registry
        )
        self.missed = Counter(
            "celebwire_notices_missed",
            "Ids that came very late or not at all, told by gaps in seq.",
            registry=registry,
        )
        self.bad_notices = Counter(
            "celebwire_bad_notices", "Messages that were no notices: dropped.", registry=registry
        )


class AnnouncementMetrics:
    """Of what visitors write here, on its way to RabbitMQ."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.announced = Counter(
            "celebwire_discussion_announced",
            "Events of comments and tags that RabbitMQ confirmed.",
            registry=registry,
        )
        self.unconfirmed = Counter(
            "celebwire_discussion_unconfirmed",
            "Events of comments and tags that RabbitMQ refused, or did not confirm before a "
            "connection ended: they are announced again.",
            registry=registry,
        )
        self.unannounceable = Counter(
            "celebwire_discussion_unannounceable",
            "Events of comments and tags passed over because they do not fit in a notice.",
            registry=registry,
        )


class UpdateMetrics:
    """Of what goes out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        answers = Counter(
            "celebwire_answers", "Answers given, by verdict.", ["verdict"], registry=registry
        )
        self._answers = {name: answers.labels(name) for name in ("live", "gap", "reset")}
        self._delivered = Counter(
            "celebwire_events_delivered", "Events sent to visitors.", registry=registry
        )
        self.slow = Counter(
            "celebwire_slow_visitors",
            "Visitors of a stream let go because they did not read.",
            registry=registry,
        )
        self.put_off = Counter(
            "celebwire_catch_ups_put_off",
            "Visitors told to come back because too many were catching up from the store.",
            registry=registry,
        )
        self.shortened = Counter(
            "celebwire_waits_shortened",
            "Polls that asked for a longer wait than poll_wait.",
            registry=registry,
        )
        self.rejected = Counter(
            "celebwire_polls_rejected", "Requests for updates answered with 400.", registry=registry
        )

    def count(self, verdict: str, events: int, visitors: int = 1) -> None:
        """An answer with so many events goes out to so many visitors."""
        self._answers[verdict].inc(visitors)
        self._delivered.inc(events * visitors)


class DoorMetrics:
    """Of connections and requests."""

    def __init__(
        self,
        registry: CollectorRegistry,
        connections: Callable[[], float],
        waiting: Callable[[], float],
    ) -> None:
        self.refused = Counter(
            "celebwire_refused",
            "Connections and requests past a bound, by the setting that says so; `open_files`, and "
            "`body_length` for a body without one.",
            ["bound"],
            registry=registry,
        )
        self.slow = Counter(
            "celebwire_slow_requests",
            "Connections closed because an answer was not read.",
            registry=registry,
        )
        self.handed_over = Counter(
            "celebwire_requests_to_tornado",
            "Requests that Tornado read: pages, and updates asked for in an unusual way.",
            registry=registry,
        )
        Gauge(
            "celebwire_connections", "Connections to this web process.", registry=registry
        ).set_function(connections)
        Gauge("celebwire_waiting", "Visitors waiting for news.", registry=registry).set_function(
            waiting
        )
