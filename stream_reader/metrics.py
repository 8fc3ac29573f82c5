"""What the reader counts. Built in `__main__.py` on a registry of its own, shown at `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class IntakeMetrics:
    """Of posts on their way from a source into the store."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.received = Counter(
            "celebwire_posts_received", "Posts that sources handed over.", registry=registry
        )
        self.events = Counter(
            "celebwire_events_stored",
            "Events that saving made, by kind.",
            ["kind"],
            registry=registry,
        )
        self.retries = Counter(
            "celebwire_store_retries", "Saves that failed and were tried again.", registry=registry
        )
        self.waiting = Gauge(
            "celebwire_intake_waiting_posts", "Posts taken and not yet stored.", registry=registry
        )
        self.save_seconds = Histogram(
            "celebwire_save_seconds",
            "Time to store a batch.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
            registry=registry,
        )


def drops_counter(registry: CollectorRegistry) -> Counter:
    """Of what the reader could not use, for `Drops`."""
    return Counter(
        "celebwire_dropped",
        "Lines and posts that could not be used, by reason.",
        ["reason"],
        registry=registry,
    )
