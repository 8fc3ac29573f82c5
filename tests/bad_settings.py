"""What `settings.load` says against settings, for its tests."""

from __future__ import annotations

import pytest

import settings
from settings import BadSettings


def faults(environ: dict[str, str]) -> str:
    """The text for the operator. Fails where there is nothing to say."""
    with pytest.raises(BadSettings) as caught:
        settings.load(environ)
    return str(caught.value)
