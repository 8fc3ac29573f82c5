"""`GET /here?channel=room:<celeb>`: how many are there now. JSON, for the script."""

from __future__ import annotations

from web_ui import channels
from web_ui.handlers.page import PageHandler


class HereHandler(PageHandler):
    """See the module. 400 for what is no room or thread."""

    def get(self) -> None:
        """`?channel=`: `room:<celeb>` or `thread:<id>`."""
        self.set_header("Cache-Control", "no-store")
        name = self.get_query_argument("channel", "")
        try:
            channels.parse(name, 1)
        except channels.BadChannels:
            name = ""
        if not name.startswith(("room:", "thread:")):
            self.set_status(400)
            self.finish({"error": "channel is room:<celeb> or thread:<tweet id>"})
            return
        self.finish({"here": self.parts.here(name)})

    head = get
