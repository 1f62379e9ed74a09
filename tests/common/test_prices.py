"""Prices have dates, and everything that costs money has a price."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from common.prices import (
    ListeningPrice,
    PicturePrice,
    Prices,
    SpeechPrice,
    TokenPrice,
    in_force,
    prices,
    soon_in_force,
)
from common.providers.fal.models import models
from common.voices import voices

OLD, NEW = (
    PicturePrice.model_validate({"from": day, "per_megapixel": microusd})
    for day, microusd in (("2026-03-01", 10), ("2026-06-01", 20))
)
HISTORY = (OLD, NEW)
TOKENS = TokenPrice.model_validate({"from": "2026-01-01", "input": 300_000, "output": 2_500_000})


def second(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-05-31T23:59:59", OLD),
        ("2026-06-01T00:00:00", NEW),
        ("2030-01-01T00:00:00", NEW),
        ("2020-01-01T00:00:00", OLD),
    ],
)
def test_a_price_holds_from_its_day_until_the_next_ones(moment: str, expected: PicturePrice) -> None:
    assert in_force(HISTORY, at=second(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-05-31T21:59:59", (OLD,)),
        ("2026-05-31T22:00:00", (OLD, NEW)),
        ("2026-05-31T23:59:59", (OLD, NEW)),
        ("2026-06-01T00:00:00", (NEW,)),
    ],
)
def test_on_the_eve_of_a_change_both_prices_may_be_owed(moment: str, expected: tuple[PicturePrice, ...]) -> None:
    assert soon_in_force(HISTORY, at=second(moment)) == expected


def test_what_has_no_history_has_no_price() -> None:
    assert soon_in_force(()) == ()


@pytest.mark.parametrize("days", [[], ["2026-06-01", "2026-03-01"], ["2026-06-01", "2026-06-01"]])
def test_a_history_is_in_order_and_never_empty(days: list[str]) -> None:
    listed: dict[str, Any] = prices().model_dump(by_alias=True)
    listed["images"]["dev"] = [{"from": day, "per_megapixel": 1} for day in days]

    with pytest.raises(ValidationError, match="the oldest first"):
        Prices.model_validate(listed)


def test_every_model_that_can_be_asked_has_a_price() -> None:
    listed = prices()

    assert {name for names in models().chat.roles.values() for name in names} <= listed.chat.keys()
    assert models().images.keys() == listed.images.keys()
    assert {model.endpoint for model in models().transcription} == listed.transcription.keys()
    assert {voice.family for voice in voices()} == listed.speech.keys()


def test_tokens_cost_by_the_million_in_whole_microusd() -> None:
    assert TOKENS.of(input_tokens=1_000, output_tokens=100) == 550
    assert TOKENS.of(input_tokens=1, output_tokens=0) == 0


@pytest.mark.parametrize("tokens", [(0, 0), (1, 0), (0, 1), (5, 1), (1_001, 77)])
def test_what_tokens_cost_at_most_is_never_less_than_what_they_cost(tokens: tuple[int, int]) -> None:
    exact = (tokens[0] * 300_000 + tokens[1] * 2_500_000) / 1_000_000

    most = TOKENS.at_most(input_tokens=tokens[0], output_tokens=tokens[1])
    assert exact <= most < exact + 1
    assert TOKENS.of(input_tokens=tokens[0], output_tokens=tokens[1]) <= most


@pytest.mark.parametrize(("megapixels", "expected"), [(0.066, 10), (1.0, 10), (1.000_001, 20), (2.097_152, 30)])
def test_begun_megapixels_count_whole_but_the_vendors_units_as_it_says(megapixels: float, expected: int) -> None:
    assert OLD.of(megapixels) == expected
    assert OLD.of_units(0.5) == 5


def test_speech_costs_by_the_character_and_listening_by_the_second() -> None:
    spoken = SpeechPrice.model_validate({"from": "2026-01-01", "per_1000_characters": 50_000})
    unknown = SpeechPrice.model_validate({"from": "2026-01-01", "per_1000_characters": None})
    heard = ListeningPrice.model_validate({"from": "2026-01-01", "per_minute": 600})

    assert (spoken.of(1), spoken.of(3_000), unknown.of(3_000)) == (50, 150_000, 0)
    assert (heard.of(60), heard.of(0.5)) == (600, 5)
