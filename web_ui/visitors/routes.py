"""The routes of this folder."""

from __future__ import annotations

from tornado.routing import URLSpec

from web_ui.parts import Parts
from web_ui.visitors.follows import FollowAllForm, FollowingPage, FollowPage
from web_ui.visitors.language_form import LanguageForm
from web_ui.visitors.names import (
    MePage,
    RecoverForm,
    RecoveryCodeForm,
    SignInPage,
    SignOutForm,
)


def routes(parts: Parts) -> list[URLSpec]:
    """They come before those that take any word for a celeb."""
    given = {"parts": parts}
    return [
        URLSpec("/sign-in", SignInPage, given),
        URLSpec("/sign-in/recover", RecoverForm, given),
        URLSpec("/sign-out", SignOutForm, given),
        URLSpec("/me", MePage, given),
        URLSpec("/me/recovery-code", RecoveryCodeForm, given),
        URLSpec("/follow", FollowPage, given),
        URLSpec("/follow/all", FollowAllForm, given),
        URLSpec("/following", FollowingPage, given),
        URLSpec("/language", LanguageForm, given),
    ]
