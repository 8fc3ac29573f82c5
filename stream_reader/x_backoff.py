"""When to connect to X again: its rules for reconnecting, as plain arithmetic. No clock, no I/O.

X docs: filtered stream, handling disconnections; rate limits. tweepy has a schedule of its own,
which sleeps in its thread where nothing can wake it, never gives up on a refused token, and knows
no limit of connects: `x_attempt` keeps it from ever being used.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

TCP_STEP, TCP_MOST = 0.25, 16.0
HTTP_FIRST, HTTP_MOST = 5.0, 320.0
RATE_FIRST, RATE_MOST = 60.0, 900.0
CLOSED_FIRST, CLOSED_MOST = 1.0, 22.0
"""22 s apart it is 41 connects in 15 minutes, below X's 50."""

STABLE = 60.0
"""A connection that stood so long, in seconds, was a good one: the next trouble is a new one."""

CONNECTS = 45
WINDOW = 16 * 60.0
"""At most so many connects in so many seconds. X allows 50 in 15 minutes; the rest of the minute is
because the connect may come that much later than the beginning of its attempt."""

JITTER = 0.25
JITTER_MOST = 10.0
"""A wait is lengthened at random by up to this share of itself, by no more than so many seconds.
Never shortened: the waits above are the least that X asks for."""


class Trouble(Enum):
    """How an attempt ended."""

    UNREACHABLE = "unreachable"
    """No answer: name, network, TCP or TLS."""
    HTTP = "http"
    """An answer, but not a stream."""
    RATE_LIMITED = "rate_limited"
    """429 or 420."""
    REFUSED = "refused"
    """401 or 403: it will not get better before the settings change."""
    CLOSED = "closed"
    """The stream was there, and ended: closed, cut, silent, or with a fault that X reported."""


@dataclass(frozen=True)
class Ended:
    """One attempt's end, told to people by `what` happened and what `mends` it."""

    trouble: Trouble
    what: str
    mends: str
    reset_at: float | None = None
    """When X's rate limit begins anew, as a Unix time."""
    reached: bool = True
    """Whether there was a TCP connection, so that X may have counted a connect."""


class XBackoff:
    """The schedule over attempts. Times are in seconds; `random` gives 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._in_a_row: Counter[Trouble] = Counter()
        self._connects: deque[float] = deque(maxlen=CONNECTS)

    def wait(self, ended: Ended, began: float, now: float, unix_time: float) -> float | None:
        """Seconds to wait after an attempt that lasted from `began` to `now`. None: for ever.

        `unix_time` is now too, on the clock on the wall, by which X gives its resets.
        """
        if ended.trouble is Trouble.REFUSED:
            return None
        if ended.reached:
            self._connects.append(began)
        if ended.trouble is Trouble.CLOSED:
            # It worked, for a while: only its closing can be a row.
            row = 0 if now - began >= STABLE else self._in_a_row[Trouble.CLOSED]
            self._in_a_row.clear()
            self._in_a_row[Trouble.CLOSED] = row
        wait = self._least(ended, self._in_a_row[ended.trouble], unix_time)
        self._in_a_row[ended.trouble] += 1
        wait += self._random() * min(wait * JITTER, JITTER_MOST)
        if len(self._connects) == CONNECTS:
            wait = max(wait, self._connects[0] + WINDOW - now)
        return wait

    def _least(self, ended: Ended, earlier: int, unix_time: float) -> float:
        """The least wait, after so many `earlier` troubles of the kind in a row."""
        if ended.trouble is Trouble.UNREACHABLE:
            return min(TCP_STEP * earlier, TCP_MOST)
        if ended.trouble is Trouble.CLOSED:
            return _doubled(CLOSED_FIRST, earlier, CLOSED_MOST)
        if ended.trouble is Trouble.HTTP:
            return _doubled(HTTP_FIRST, earlier, HTTP_MOST)
        wait = _doubled(RATE_FIRST, earlier, RATE_MOST)
        if ended.reset_at is None:
            return wait
        # X's windows are of 15 minutes: a reset further away is a broken clock, theirs or ours.
        return max(wait, min(ended.reset_at - unix_time, RATE_MOST))


def _doubled(first: float, times: int, most: float) -> float:
    return min(first * 2.0 ** min(times, 60), most)
