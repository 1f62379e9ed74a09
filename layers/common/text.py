"""Field types that requests of several domains share; their limits refuse bad input at the edge."""

from __future__ import annotations

import json
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.outbound.address import MAX_URL, public_address

FREE_FORM_BYTES = 32 * 1024
FREE_FORM_DEPTH = 12


class Request(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _text(limit: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


Label = Annotated[str, _text(80)]
"""A name, a role, a mood: 1–80 characters."""
Phrase = Annotated[str, _text(300)]
"""A line: 1–300 characters."""
Paragraph = Annotated[str, _text(2_000)]
"""What somebody says: 1–2,000 characters."""
Story = Annotated[str, _text(6_000)]
"""Lore, a world, a complete prompt: 1–6,000 characters."""
PlayerId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:@+-]{1,128}$")]
"""A studio's own name for one of its players."""


def _one_spelling(url: str) -> str:
    return str(public_address(url))


PublicUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_URL),
    AfterValidator(_one_spelling),
    Field(json_schema_extra={"format": "uri"}),
]
"""An address that a studio gives us, in its one spelling: https, port 443 or 8443, a name of the public DNS.

Where the name leads is not known yet: `common.outbound` looks it up.
"""


def _depth(value: Any) -> int:
    deepest = 0
    level: list[Any] = [value]
    while level and deepest <= FREE_FORM_DEPTH:
        deepest += 1
        level = [child for node in level for child in _children(node)]
    return deepest


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(cast("dict[str, Any]", node).values())
    return cast("list[Any]", node) if isinstance(node, list) else []


def _check_free_form(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what could not be stored and given back as it came: too deep, too big, NaN, broken Unicode."""
    if _depth(value) > FREE_FORM_DEPTH:
        raise ValueError(f"nested deeper than {FREE_FORM_DEPTH} levels")
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except ValueError as error:
        raise ValueError("holds a number or text that is not valid JSON") from error
    if size > FREE_FORM_BYTES:
        raise ValueError(f"larger than {FREE_FORM_BYTES} bytes as JSON")
    return value


FreeForm = Annotated[dict[str, Any], AfterValidator(_check_free_form)]
"""The studio's own JSON object: at most 32 KiB and 12 levels deep."""
