"""`/robots.txt`: what search engines need not read, and where the site map is (RFC 9309)."""

from __future__ import annotations

from web_ui.handlers.program import ProgramHandler

KEPT_OUT = "updates search comments moderation me sign-in sign-out follow here".split()
"""First segments of paths: lists that never end, and what is for one visitor only."""


class RobotsHandler(ProgramHandler):
    """The text. `/me` as a rule would keep them from `/messi`, too: hence three for each; and some
    programs take `/me?` for `/me`."""

    def get(self) -> None:
        """See the class."""
        rules = [f"Disallow: /{word}{end}" for word in KEPT_OUT for end in ("$", "/", "?*")]
        lines = ["User-agent: *", *rules, "", f"Sitemap: {self.root}/sitemap.xml", ""]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("\n".join(lines))

    head = get
