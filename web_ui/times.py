"""Times as pages give them: from now, as far as that says more, with the absolute time at hand.

    element(post.created_at, translate, now)    # '<time datetime="…" title="…">3 min ago</time>'
    element(post.created_at)                    # the text absolute, in UTC: made once for all

`static/page.js` goes on telling them while the page is open, in the same words: a page that says
them itself does not move when the script comes. Pure, and the same whatever the process' locale.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 7 * 86_400

Translate = Callable[[str], str]


def element(time: datetime, translate: Translate = str, now: datetime | None = None) -> str:
    """The time as HTML. Without a `now` its text is absolute."""
    absolute = escape(written(time, translate))
    text = absolute if now is None else escape(ago(time, now, translate))
    return f'<time datetime="{machine(time)}" title="{absolute}">{text}</time>'


def ago(time: datetime, now: datetime, translate: Translate = str) -> str:
    """'3 min ago'; of what is a week old the day. As `ago` of `static/page.js`."""
    seconds = (now - time.replace(microsecond=0)).total_seconds()
    if seconds < MINUTE:
        return translate("just now")
    if seconds < HOUR:
        return translate("%(count)s min ago") % {"count": int(seconds // MINUTE)}
    if seconds < DAY:
        return translate("%(count)s hr ago") % {"count": int(seconds // HOUR)}
    if seconds < 2 * DAY:
        return translate("1 day ago")
    if seconds < WEEK:
        return translate("%(count)s days ago") % {"count": int(seconds // DAY)}
    return day(time, translate)


def day(time: datetime, translate: Translate = str) -> str:
    """'21 Nov 2026', in the language that `translate` translates to."""
    return f"{time.day} {translate(MONTHS[time.month - 1])} {time.year}"


def written(time: datetime, translate: Translate = str) -> str:
    """'21 Nov 2026, 03:04 UTC'."""
    return f"{day(time, translate)}, {time.hour:02}:{time.minute:02} UTC"


def lasting(seconds: int, translate: Translate = str) -> str:
    """'30 s', '5 min', '2 hr': a time of so many seconds, in the largest unit that fits."""
    if seconds % HOUR == 0:
        return translate("%(count)s hr") % {"count": seconds // HOUR}
    if seconds % MINUTE == 0:
        return translate("%(count)s min") % {"count": seconds // MINUTE}
    return translate("%(count)s s") % {"count": seconds}


def machine(time: datetime) -> str:
    """RFC 3339, to the second: '2026-11-21T03:04:05Z'."""
    return f"{time.replace(microsecond=0, tzinfo=None).isoformat()}Z"
