"""The API over real HTTP, on a real store."""

from __future__ import annotations

import json
from typing import Any

from tests.web_ui.program_case import ProgramCase


class ApiCase(ProgramCase):
    """See the module."""

    def told(self, path: str, status: int = 200) -> Any:
        """What the answer says, which must have this status."""
        found = self.get(f"/api/v1{path}")
        assert found.code == status, (found.code, found.body)
        assert found.headers["Content-Type"].startswith("application/json")
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        return json.loads(found.body)

    def error(self, path: str, status: int) -> str:
        """What the answer says was wrong."""
        told = self.told(path, status)
        assert list(told) == ["error"]
        return str(told["error"])
