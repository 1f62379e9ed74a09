"""What a webhook has already told about an order, so that fal need not be asked again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from common.providers.fal.client import Output
from common.providers.fal.errors import of_payload

if TYPE_CHECKING:
    from collections.abc import Mapping


def told(output: Mapping[str, Any] | None, part: str) -> Output | None:
    """Return a webhook's payload as the result if it holds `part`, None if the result has to be fetched.

    Raises:
        ProviderError: the payload tells why there is none.
    """
    if output is None:
        return None
    if part in output:
        return Output(dict(output))
    if "detail" in output or "error_type" in output:
        raise of_payload(output)
    return None


def number(body: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number of a result, None if it holds none of this name."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None
