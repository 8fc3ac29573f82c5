"""Listening to an exchange as any user of RabbitMQ would, with pika; and hearing what a publisher
hears. The pika side blocks: call it before and after, or in a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pika


@contextlib.contextmanager
def channel(url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        connection.close()


def bind_queue(url: str, exchange: str, queue: str) -> None:
    """Declare fanout exchange and queue, both durable, and bind without a routing key."""
    with channel(url) as amqp:
        amqp.exchange_declare(exchange, "fanout", durable=True)
        amqp.queue_declare(queue, durable=True)
        amqp.queue_bind(queue, exchange)


def take_all(url: str, queue: str) -> list[tuple[Any, bytes]]:
    """Every message in the queue: properties and body. The queue is deleted."""
    with channel(url) as amqp:
        messages = []
        for _, properties, body in amqp.consume(queue, auto_ack=True, inactivity_timeout=0.5):
            if body is None:
                break
            messages.append((properties, body))
        amqp.cancel()
        amqp.queue_delete(queue)
    return messages


class Ear:
    """A `Listener` that keeps what it hears."""

    def __init__(self) -> None:
        self.acks: list[tuple[int, bool]] = []
        self.nacks: list[tuple[int, bool]] = []
        self.blocks: list[str | None] = []
        self.losses: list[str] = []
        self.refusals: list[bool] = []

    def acked(self, tag: int, multiple: bool) -> None:
        self.acks.append((tag, multiple))

    def nacked(self, tag: int, multiple: bool) -> None:
        self.nacks.append((tag, multiple))

    def blocked(self, reason: str | None) -> None:
        self.blocks.append(reason)

    def lost(self, reason: str, *, refused: bool = False) -> None:
        self.losses.append(reason)
        self.refusals.append(refused)

    def confirmed(self) -> set[int]:
        """All tags that were acked."""
        singles = {tag for tag, multiple in self.acks if not multiple}
        upper = max((tag for tag, multiple in self.acks if multiple), default=0)
        return singles | set(range(1, upper + 1))
