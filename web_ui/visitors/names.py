"""A visitor's name: choosing one, getting it back with a recovery code, giving it up, and `/me`.

A name is kept by a signed cookie and nothing else: no password. Event loop's thread.
"""

from __future__ import annotations

from tweet_store.discussion import refusals
from tweet_store.discussion.refusals import Refused
from web_ui.handlers.look import own_path
from web_ui.handlers.page import LONGEST_TYPED, PageHandler
from web_ui.visitors import cookies
from web_ui.visitors.follows import followed_people


class NameForm(PageHandler):
    """What has to do with `sign_in.html`."""

    def show(self, problem: str | None = None, *, recovering: bool = False) -> None:
        """The form, with what was wrong and what was typed, but for the code."""
        get = self.request.method in ("GET", "HEAD")
        typed = "" if get else self.get_body_argument("name")[:LONGEST_TYPED]
        to = own_path(self.get_query_argument("next", "/")) if get else self.next_path()
        self.render(
            "sign_in.html", problem=problem, recovering=recovering, typed_name=typed, next_path=to
        )

    def typed_name(self) -> str:
        """The form's `name`. 400 without it. Raises `Refused`: bad_name."""
        name = self.get_body_argument("name")
        if len(name) > LONGEST_TYPED:
            raise Refused("bad_name", refusals.LONG_NAME)
        return name

    def refused(self, refused: Refused, *, recovering: bool = False) -> None:
        """The form again; programs are told as by any other."""
        if self.wants_json:
            super().refuse(refused)
            return
        self.show(self.set_refused(refused), recovering=recovering)

    def done(self) -> None:
        """On to where the visitor wanted to go."""
        if self.wants_json:
            self.finish({"name": None if self._known is None else self._known.name})
        else:
            self.redirect(self.next_path(), status=303)


class SignInPage(NameForm):
    """`/sign-in`"""

    def get(self) -> None:
        """`?next=`: where to go then. Who has a name already is shown it."""
        if self.visitor is None:
            self.show()
        else:
            self.redirect("/me")

    head = get

    async def post(self) -> None:
        """`name`, `next`."""
        await self.sign_in(self.typed_name())
        self.done()

    def refuse(self, refused: Refused) -> None:
        """The form again."""
        self.refused(refused)


class RecoverForm(NameForm):
    """`/sign-in/recover`"""

    def get(self) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect("/sign-in", status=303)

    head = get

    async def post(self) -> None:
        """`name`, `code`, `next`."""
        await self.recover(self.typed_name(), self.get_body_argument("code"))
        self.done()

    def refuse(self, refused: Refused) -> None:
        """The form again."""
        self.refused(refused, recovering=True)


class SignOutForm(NameForm):
    """`/sign-out`"""

    def get(self) -> None:
        """The form stands there."""
        self.redirect("/me", status=303)

    head = get

    def post(self) -> None:
        """`next`."""
        cookies.write_visitor(self, None)
        self._known = None
        self.done()


class MePage(PageHandler):
    """`/me`: one's name, and whom one follows."""

    async def get(self) -> None:
        """The same for who has no name."""
        await self.show(None)

    head = get

    async def show(self, code: str | None) -> None:
        """The page; `code` is a new recovery code."""
        followed, tweets = self.followed, self.parts.tweets
        people = await self.parts.reader.ask(lambda: followed_people(tweets, followed))
        await self.render(
            "me.html",
            code=code,
            people=people,
            follow_link=self.absolute(f"/follow?celebs={','.join(followed)}"),
        )


class RecoveryCodeForm(MePage):
    """`/me/recovery-code`"""

    async def get(self) -> None:
        """A code is shown once: who loads the address again wants the page."""
        self.redirect("/me", status=303)

    head = get

    async def post(self) -> None:
        """A new code, shown once; the one before is of no use any more, nor are this visitor's
        cookies in other browsers."""
        sender = self.sender()
        new_code, now = self.parts.discussion.new_recovery_code, self.now()
        self._known, code = await self.parts.writer.write(lambda: new_code(sender, now))
        cookies.write_visitor(self, self._known)
        self.set_header("Cache-Control", "no-store")
        await self.show(code)
