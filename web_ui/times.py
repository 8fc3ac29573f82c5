"""Times as pages give them: absolute, in UTC. `static/live.js` turns them into 'three minutes ago'.

Pure, and the same whatever the locale of the process.
"""

from __future__ import annotations

from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written(time: datetime) -> str:
    """'21 Nov 2026, 03:04 UTC'."""
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}, {time.hour:02}:{time.minute:02} UTC"


def machine(time: datetime) -> str:
    """RFC 3339, to the second: '2026-11-21T03:04:05Z'."""
    return f"{time.replace(microsecond=0, tzinfo=None).isoformat()}Z"
