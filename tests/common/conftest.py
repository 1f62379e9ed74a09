from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from common.observability import logger

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What has been logged so far, as CloudWatch would have it: one JSON object a line."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
