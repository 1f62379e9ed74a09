"""What a studio's own JSON may be, and how long its texts."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from common.text import FREE_FORM_BYTES, FREE_FORM_DEPTH, FreeForm, Label, Paragraph, Phrase, Request, Story


class Holder(BaseModel):
    value: FreeForm


def _nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def _sized(size: int) -> dict[str, Any]:
    return {"a": "x" * (size - len('{"a": ""}'))}


def test_an_object_as_deep_as_allowed_is_kept() -> None:
    assert Holder(value=_nested(FREE_FORM_DEPTH)).value == _nested(FREE_FORM_DEPTH)


@pytest.mark.parametrize("levels", [FREE_FORM_DEPTH + 1, 900])
def test_a_deeper_one_is_refused(levels: int) -> None:
    with pytest.raises(ValidationError, match="nested deeper"):
        Holder(value=_nested(levels))


def test_lists_count_as_levels_too() -> None:
    with pytest.raises(ValidationError, match="nested deeper"):
        Holder(value={"a": [[[[[[[[[[[[1]]]]]]]]]]]]})


def test_an_object_as_large_as_allowed_is_kept() -> None:
    assert len(json.dumps(Holder(value=_sized(FREE_FORM_BYTES)).value)) == FREE_FORM_BYTES


def test_a_larger_one_is_refused() -> None:
    with pytest.raises(ValidationError, match="larger than"):
        Holder(value=_sized(FREE_FORM_BYTES + 1))


def test_size_is_counted_in_bytes_not_in_letters() -> None:
    with pytest.raises(ValidationError, match="larger than"):
        Holder(value={"a": "ş" * (FREE_FORM_BYTES // 2)})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_is_refused(number: float) -> None:
    with pytest.raises(ValidationError, match="not valid JSON"):
        Holder(value={"a": [number]})


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"\udfff": 1}, {"a": [{"b": "x\udc00y"}]}])
def test_half_a_character_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Holder(value=value)


@pytest.mark.parametrize("value", [[], "x", 1, None, True])
def test_only_an_object_is_free_form(value: Any) -> None:
    with pytest.raises(ValidationError):
        Holder(value=value)


@pytest.mark.parametrize(
    "value", [{}, {"": None}, {"a": [1, 2.5, True, None, "ş🐉", {"b": []}]}, {"a": 10**300}, {"a\u0000": "\u0000"}]
)
def test_everything_else_comes_back_as_it_was(value: dict[str, Any]) -> None:
    assert Holder.model_validate_json(json.dumps({"value": value})).value == value


class Texts(Request):
    label: Label | None = None
    phrase: Phrase | None = None
    paragraph: Paragraph | None = None
    story: Story | None = None


@pytest.mark.parametrize(("field", "limit"), [("label", 80), ("phrase", 300), ("paragraph", 2_000), ("story", 6_000)])
def test_a_text_has_from_one_letter_to_its_limit(field: str, limit: int) -> None:
    assert getattr(Texts.model_validate({field: "ş"}), field) == "ş"
    assert getattr(Texts.model_validate({field: "ş" * limit}), field) == "ş" * limit
    for text in ("", "   ", "\n\t", "ş" * (limit + 1)):
        with pytest.raises(ValidationError):
            Texts.model_validate({field: text})


def test_space_around_a_text_does_not_count() -> None:
    assert Texts(label="  " + "ş" * 80 + "\n").label == "ş" * 80


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Texts.model_validate({"labels": "x"})
