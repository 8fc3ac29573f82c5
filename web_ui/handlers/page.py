"""The base of all pages and forms: with the parts of the site, who writes, and refusals.

Event loop's thread; the store answers from threads of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

from tornado.web import Finish, HTTPError

from tweet_store.discussion import refusals
from tweet_store.discussion.model import Sender, Visitor
from tweet_store.discussion.refusals import Reason, Refused, TooFast
from web_ui import times
from web_ui.handlers.look import LookHandler, own_path
from web_ui.handlers.site import error_in
from web_ui.parts import Parts
from web_ui.visitors import cookies
from web_ui.visitors.secret_file import visitor_id

LONGEST_TYPED = 200
"""Characters of a name or code that are looked at; both are far shorter."""

T = TypeVar("T")


class PageHandler(LookHandler):
    """A page, or the form on it: with the parts of the site, and what forms need."""

    def initialize(self, parts: Parts) -> None:
        """Tornado hands over here what the routes were given."""
        self.parts = parts
        self._known: Visitor | None = None

    async def prepare(self) -> None:
        """A write needs a visitor whom the store knows; a page goes by the cookie."""
        cookies.renew(self)
        if self.request.method not in ("GET", "HEAD"):
            for name in self.request.body_arguments:
                self.get_body_arguments(name)  # 400 for what is no text, before it is half done
            await self.load_visitor()

    async def load_visitor(self) -> Visitor | None:
        """The visitor as the store has it. A cookie of somebody who is not in it, or of before a
        new recovery code was made, is taken away."""
        claimed = self.visitor
        if claimed is not None:
            find = self.parts.discussion.visitor
            known = await self.parts.reader.ask(lambda: find(claimed.id))
            if known is None or known.generation != claimed.generation:
                cookies.write_visitor(self, None)
            else:
                self._known = known
        return self._known

    async def written(self, change: Callable[[datetime], T]) -> T:
        """What a change of the store gives. It is told to everybody at once. Raises `Refused`."""
        made = await self.parts.writer.write(lambda: change(self.now()))
        self.parts.ring()
        return made

    async def sign_in(self, name: str) -> Visitor:
        """Take the name, for this browser and for the rest of this request. The same form sent
        twice, by its field `nonce`, gives the same visitor. Raises `Refused`."""
        take, key, now = self.parts.discussion.sign_in, self.address_key(), self.now()
        nonce, id_ = self.get_body_argument("nonce", ""), None
        if nonce:
            id_ = visitor_id(self.parts.secrets, nonce, name)
        self._known = await self.parts.writer.write(lambda: take(name, key, now, id_))
        cookies.write_visitor(self, self._known)
        return self._known

    async def recover(self, name: str, code: str) -> None:
        """Take the name back that has this recovery code, for this browser and for the rest of this
        request. Raises `Refused`."""
        take_back, key, now = self.parts.discussion.recover, self.address_key(), self.now()
        name, code = name[:LONGEST_TYPED], code[:LONGEST_TYPED]
        self._known = await self.parts.writer.write(lambda: take_back(name, code, key, now))
        cookies.write_visitor(self, self._known)

    def sender(self) -> Sender:
        """Who writes, in a POST. Who has not signed in is asked to, and the request ends here."""
        if self._known is not None:
            return Sender(self._known, self.address_key())
        if self.wants_json:
            self.set_status(401)
            self.finish({"error": self.locale.translate(refusals.NO_NAME), "reason": "sign_in"})
        else:
            self.redirect(f"/sign-in?next={quote(self.page_before(), safe='/')}", status=303)
        raise Finish

    def address_key(self) -> bytes:
        """A keyed hash of the visitor's address; of IPv6, of the /64 that one customer has."""
        counted_by = self.parts.addresses.key(str(self.request.remote_ip))
        return hmac.digest(self.parts.secrets.address_key, counted_by.encode(), "sha256")

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def get_template_namespace(self) -> dict[str, Any]:
        """Also `told(time)`: HTML in the page's language, counted from now."""
        translate, now = self.locale.translate, self.now()
        return super().get_template_namespace() | {
            "told": lambda time: times.element(time, translate, now),
        }

    def next_path(self) -> str:
        """Where the form's field `next` wants to lead, which must be a path of this site."""
        return own_path(self.get_body_argument("next", "/"))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """What the store refused to write is told in its own words."""
        error = error_in(kwargs)
        if not isinstance(error, Refused):
            super().send_error(status_code, **kwargs)
            return
        try:
            self.refuse(error)
        except Exception as fault:  # nobody would answer: Tornado has handled its exception
            self.log_exception(type(fault), fault, fault.__traceback__)
            super().send_error(_REFUSED[error.reason])

    def compute_etag(self) -> None:
        """None: the token of the forms is masked anew in each answer, so no two are the same."""

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """A refusal is no fault."""
        if not isinstance(value, Refused):
            super().log_exception(typ, value, tb)

    def refuse(self, refused: Refused) -> None:
        """Say why it was not written, and give back what was typed, to be sent again. Handlers may
        just let a `Refused` go by: it comes here. Who only read is to wait."""
        text = self.set_refused(refused)
        if self.wants_json:
            retry_after = refused.retry_after if isinstance(refused, TooFast) else None
            self.finish({"error": text, "reason": refused.reason, "retry_after": retry_after})
            return
        if self.request.method in ("GET", "HEAD"):
            self.show_error(self.get_status(), self.locale.translate("Not so fast"), text)
            return
        self.give_back(text, self.typed())

    def set_refused(self, refused: Refused) -> str:
        """Set the status and headers of a refusal; what to tell the visitor, in their language."""
        self.set_status(_REFUSED[refused.reason])
        if isinstance(refused, TooFast):
            self.set_header("Retry-After", str(refused.retry_after))
        return self.locale.translate(str(refused))

    def limit_reads(self, tokens: float = 1.0) -> None:
        """Count this request. Raises `TooFast` for an address that asks too often."""
        seconds = self.parts.read_limits.take(str(self.request.remote_ip), tokens)
        if seconds:
            raise TooFast(seconds)

    def number(self, name: str, *, lowest: int, highest: int) -> int | None:
        """A query argument, None where it is not given. 400 for anything but a number in range."""
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 19):
            raise HTTPError(400)
        value = int(text)
        if not lowest <= value <= highest:
            raise HTTPError(400)
        return value

    def lead_to(self, path: str, *, permanent: bool = False) -> None:
        """The same page is at another address: go there, with the same query."""
        query = self.request.query
        self.redirect(f"{path}?{query}" if query else path, permanent=permanent)


_REFUSED: dict[Reason, int] = {
    "too_fast": 429,
    "banned": 403,
    "muted": 403,
    "locked": 403,
    "not_yours": 403,
    "wrong_code": 403,
    "too_late": 409,
    "name_taken": 409,
    "too_many": 409,
    "gone": 410,
    "filtered": 422,
    "bad_text": 422,
    "bad_name": 422,
}
"""The status of each reason."""
