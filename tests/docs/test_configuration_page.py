"""What the page on configuration lists is what the code reads: settings, defaults, bounds, what the vendor is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from common.config import (
    MAX_CONFIG_BYTES,
    MAX_PRONUNCIATIONS,
    MAX_TEMPLATES,
    ModerationStrictness,
    SafetyLevel,
    TenantConfig,
)
from common.providers.fal.models import models
from config.models import MAX_VERSIONS_PAGE
from config.repository import KEPT_VERSIONS
from config.service import MAX_PROBLEMS
from tests.docs.examples import ROOT

PAGE = Path(ROOT, "docs", "17-configuration.md").read_text(encoding="utf-8")
SCHEMA = TenantConfig.model_json_schema()


def _flat(values: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        at = f"{path}{name}"
        found |= _flat(value, f"{at}.") if isinstance(value, dict) and value else {at: value}
    return found


def _rows() -> dict[str, tuple[str, str]]:
    listed = re.findall(r"^\| `([\w.]+)` \| (.+) \| `(.+)` \|$", PAGE, re.MULTILINE)
    return {name: (values, default) for name, values, default in listed if "{" not in values}


def _bounds(kind: str, field: str) -> str:
    schema = SCHEMA["$defs"][kind]["properties"][field]
    return f"{schema['minimum']}–{schema['maximum']}"


def _names(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


def test_every_setting_is_listed_with_its_default() -> None:
    defaults = _flat(TenantConfig().model_dump(mode="json", exclude={"version"}))

    assert {name: json.loads(default) for name, (_, default) in _rows().items()} == defaults


def test_the_bounds_are_those_of_the_code() -> None:
    values = {name: said for name, (said, _) in _rows().items()}

    assert values["cache.ttl_hours"] == _bounds("CacheConfig", "ttl_hours")
    for level in ("low", "medium", "high"):
        assert values[f"quality_levels.{level}.num_inference_steps"] == _bounds("QualityLevel", "num_inference_steps")
        models_ = SCHEMA["$defs"]["QualityLevel"]["properties"]["model"]["enum"]
        assert values[f"quality_levels.{level}.model"] == _names(models_)
    assert values["default_quality"] == _names(SCHEMA["properties"]["default_quality"]["enum"])
    assert values["safety_level"] == _names(SafetyLevel)
    assert values["moderation_strictness"] == _names(ModerationStrictness)
    assert values["style_templates"] == f"at most {MAX_TEMPLATES}, by name"
    assert values["pronunciations"] == f"at most {MAX_PRONUNCIATIONS}, written to spoken"


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"at most {MAX_CONFIG_BYTES // 1024} KiB of JSON" in PAGE
    assert f"the last {KEPT_VERSIONS}, at most {MAX_VERSIONS_PAGE} a page" in PAGE
    assert f"(the first\n{MAX_PROBLEMS}) by its path" in PAGE


def test_what_a_safety_level_sends_is_what_the_adapter_sends() -> None:
    listed = models().images
    for level in SafetyLevel:
        sent = " | ".join(f"`{json.dumps(listed[model].safety[level])}`" for model in ("dev", "schnell", "pro"))
        assert f"| `{level}` | {sent} |" in PAGE
