"""Where the AMQP 0-9-1 spec lies that txAMQP loads; its wheel brings none.

spec = txamqp.spec.load(str(SPEC_PATH))
"""

from __future__ import annotations

from pathlib import Path

SPEC_PATH = Path(__file__).with_name("amqp0-9-1.xml")
