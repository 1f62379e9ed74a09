"""Health, and what the published document says about paths."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.errors import Busy, MethodNotAllowed, NotFound
from common.observability import logger, trace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEALTH_SECONDS = 6.0
_OPENAPI = Path(__file__).with_name("openapi.json")


async def check_health(probes: Mapping[str, Callable[[], Any]]) -> dict[str, str]:
    """Call every probe at once and return `ok` for each.

    Raises:
        Busy: something could not be reached within `HEALTH_SECONDS`; `details.checks` says what.
    """
    answers = await asyncio.gather(*(_probe(name, probe) for name, probe in probes.items()))
    checks = dict(zip(probes, answers, strict=True))
    if set(answers) != {"ok"}:
        raise Busy("Something Meddah stands on cannot be reached", details={"checks": checks})
    return checks


async def _probe(name: str, probe: Callable[[], Any]) -> str:
    try:
        await asyncio.wait_for(asyncio.to_thread(probe), HEALTH_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever it is, the thing cannot be reached
        logger.warning("health probe failed", extra={"probe": name, "trace": trace_of(error)})
        return "unreachable"
    return "ok"


@cache
def openapi_document() -> bytes:
    """Return the published OpenAPI document, merged from all domains by `make openapi`."""
    return _OPENAPI.read_bytes()


@cache
def _published_paths() -> list[tuple[re.Pattern[str], list[str]]]:
    paths: dict[str, dict[str, Any]] = json.loads(openapi_document())["paths"]
    return [
        (re.compile(re.sub(r"\\\{[^}]+\}", "[^/]+", re.escape(path))), sorted(method.upper() for method in operations))
        for path, operations in paths.items()
    ]


def refuse(path: str) -> None:
    """Say what is wrong with a request that no route answered.

    Raises:
        MethodNotAllowed: the path is published, for other methods (`details.allowed`).
        NotFound: it is not.
    """
    matching = [methods for pattern, methods in _published_paths() if pattern.fullmatch(path)]
    allowed = sorted({method for methods in matching for method in methods})
    if allowed:
        raise MethodNotAllowed("This path does not take this method", details={"allowed": allowed})
    raise NotFound("No such path")
