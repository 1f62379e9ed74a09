"""Replies given again: only where the caller asks, only what passed moderation, and never to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from characters.api import app
from common.accounts import accounts
from common.api import CurrentSpending
from common.dependencies import new_asking
from common.keys import Mode, new_key
from common.ledger import ledger_of
from common.ledger.counting import CACHED, COST, REQUESTS, route_counter
from common.providers import Purpose
from common.providers.asking import Asking
from common.storage import from_item, to_item
from common.tenancy import tenants
from common.tiers import BudgetOverrides
from common.worlds import World, worlds_of
from tests.support.deployment import Deployment
from tests.support.http import Studio
from tests.support.models import ScriptedModel

WORLD = "world_" + "0" * 26


@pytest.fixture
def paying(deployment: Deployment, model: ScriptedModel) -> Iterator[Studio]:
    """A studio whose calls pass the ledger."""

    async def asking(spending: CurrentSpending) -> Asking:
        return Asking(model, spending=spending)

    app.dependency_overrides[new_asking] = asking
    yield Studio(app)
    app.dependency_overrides.clear()


@pytest.fixture
def items(deployment: Deployment) -> Any:
    """What is kept, to look at and to change."""
    table = deployment.settings.cache_table

    def found(**changes: Any) -> list[dict[str, Any]]:
        kept = [from_item(item) for item in deployment.dynamodb.scan(TableName=table)["Items"]]
        for item in kept if changes else []:
            deployment.dynamodb.put_item(TableName=table, Item=to_item(item | changes))
        return kept

    return found


async def _character(studio: Studio, *, tenant: str | None = None) -> str:
    """Return the path of one of many characters that are alike to the letter, in `tenant`'s world if one is named."""
    fields: dict[str, Any] = {"world_id": WORLD} if tenant else {}
    if tenant and worlds_of(tenant).total() == 0:
        worlds_of(tenant).add(World(id=WORLD, name="Kızılova", taboo_words=["kılıç"], created_at="2026-11-20"))
    made = await studio.post(
        "/v1/characters", system_prompt="Ben şifacıyım.", name="Mirra", role="Ozan", archetype="Saldırgan", **fields
    )
    assert made.status_code == 201, made.text
    return f"/v1/characters/{made.json()['id']}"


async def _speak(studio: Studio, path: str, **fields: Any) -> dict[str, Any]:
    answer = await studio.post(f"{path}/speak", **{"message": "Merhaba", "cache": True} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _react(studio: Studio, path: str, **fields: Any) -> dict[str, Any]:
    answer = await studio.post(f"{path}/react", **{"message": "Köprüde biri var!", "cache": True} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _change(tenant: str, **config: Any) -> None:
    changed = accounts().get(tenant).config.model_dump() | config
    accounts().change(tenant, lambda one: one.model_copy(update={"config": type(one.config).model_validate(changed)}))


# ── speak ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reply_is_given_again_without_a_model_and_remembered_like_any_other(
    studio: Studio, model: ScriptedModel
) -> None:
    model._script[Purpose.SPEECH] = ["İlk söz.", "İkinci söz."]
    first, twin = await _character(studio), await _character(studio)
    said = await _speak(studio, first)
    again = await _speak(studio, twin)

    assert [one["message"] for one in (said, again)] == ["İlk söz.", "İlk söz."]
    assert len(model.requests) == 2, "the first reply and its moderation"
    assert again["moderation"] == said["moderation"]
    assert again["moderation"]["passed"] is True
    usage = again["usage"]
    assert (usage["cost_microusd"], usage["cached"], usage["model"]) == (0, True, "scripted")
    assert (usage["input_tokens"], said["usage"]["cached"]) == (0, False)
    remembered = (await studio.get(f"{twin}/memory")).json()["exchanges"]
    assert [(one["message"], one["reply"]) for one in remembered] == [("Merhaba", "İlk söz.")]


async def test_who_does_not_ask_for_it_gets_a_new_reply_and_leaves_none(
    studio: Studio, model: ScriptedModel, items: Any
) -> None:
    for fields in ({"cache": False}, {}):
        path = await _character(studio)
        await studio.post(f"{path}/speak", message="Merhaba", **fields)
        await studio.post(f"{path}/react", message="Merhaba", **fields)

    assert len(model.asked(Purpose.SPEECH)) == len(model.asked(Purpose.REACTION)) == 2
    assert items() == []


@pytest.mark.parametrize(
    "other",
    [
        {"message": "Merhaba!"},
        {"mood": "öfkeli"},
        {"game_context": "Gece."},
        {"system_prompt_override": "Ben kralım."},
        {"context_messages": [{"role": "user", "content": "Baksana"}]},
    ],
    ids=str,
)
async def test_every_other_prompt_is_asked(studio: Studio, model: ScriptedModel, other: dict[str, Any]) -> None:
    await _speak(studio, await _character(studio))
    answer = await _speak(studio, await _character(studio), **other)

    assert answer["usage"]["cached"] is False
    assert len(model.asked(Purpose.SPEECH)) == 2


async def test_what_a_character_remembers_is_part_of_the_prompt(studio: Studio, model: ScriptedModel) -> None:
    path = await _character(studio)
    assert [(await _speak(studio, path))["usage"]["cached"] for _ in range(2)] == [False, False]

    await studio.delete(f"{path}/memory")
    assert (await _speak(studio, path))["usage"]["cached"] is True


@pytest.mark.parametrize(
    "script",
    [{"speech": ["Kılıcım keskin."]}, {"moderation": ["VIOLATION: olmaz"]}, {"moderation": ["belki"]}],
    ids=str,
)
async def test_what_moderation_withheld_is_not_kept(
    studio: Studio, model: ScriptedModel, items: Any, script: dict[str, list[Any]]
) -> None:
    model._script |= script
    answer = await _speak(studio, await _character(studio, tenant="tenant_demo"))

    assert (answer["moderation"]["passed"], items()) == (False, [])


async def test_a_second_reply_that_passed_is_the_one_that_is_kept(studio: Studio, model: ScriptedModel) -> None:
    model._script[Purpose.SPEECH] = ["Kılıcım keskin.", "Ben yara sararım.", "Başka söz."]
    await _speak(studio, await _character(studio, tenant="tenant_demo"))
    again = await _speak(studio, await _character(studio, tenant="tenant_demo"))

    assert (again["message"], again["usage"]["cached"]) == ("Ben yara sararım.", True)


async def test_a_kept_reply_passes_todays_word_check(studio: Studio, model: ScriptedModel, items: Any) -> None:
    await _speak(studio, await _character(studio, tenant="tenant_demo"))
    items(text="Kılıçlarımız keskin.")
    answer = await _speak(studio, await _character(studio, tenant="tenant_demo"))

    assert (answer["message"], answer["usage"]["cached"]) == ("Hoş geldin yolcu.", False)
    assert items()[0]["text"] == "Hoş geldin yolcu."


async def test_a_reply_that_only_the_words_were_checked_of_is_not_given_where_a_model_judges(
    studio: Studio, other_studio: Studio, model: ScriptedModel
) -> None:
    _change("tenant_demo", moderation_strictness="words_only")
    await _speak(studio, await _character(studio))
    assert model.asked(Purpose.MODERATION) == []
    tenants.cache_clear()
    _change("tenant_demo", moderation_strictness="strict")

    assert (await _speak(studio, await _character(studio)))["usage"]["cached"] is False
    assert len(model.asked(Purpose.MODERATION)) == 1


async def test_a_reply_is_kept_as_long_as_the_tenant_says(studio: Studio, items: Any) -> None:
    await _speak(studio, await _character(studio))
    (kept,) = items()
    assert kept["expires_at"] == int(kept["made_at"]) + 24 * 3_600

    items(made_at=kept["made_at"] - 24 * 3_600)
    assert (await _speak(studio, await _character(studio)))["usage"]["cached"] is False


@pytest.mark.parametrize("off", [{"enabled": False}, {"ttl_hours": 0}], ids=str)
async def test_a_tenant_that_has_switched_it_off_has_no_cache(studio: Studio, items: Any, off: dict[str, Any]) -> None:
    _change("tenant_demo", cache=off)
    answers = [await _speak(studio, await _character(studio)) for _ in range(2)]

    assert [one["usage"]["cached"] for one in answers] == [False, False]
    assert items() == []


async def test_no_tenant_is_given_what_another_or_a_test_key_was(studio: Studio, other_studio: Studio) -> None:
    secret = new_key(Mode.TEST)
    accounts().add_key("tenant_demo", secret, mode=Mode.TEST)
    everybody = [studio, other_studio, Studio(app, secret)]

    for one in everybody:
        assert (await _speak(one, await _character(one)))["usage"]["cached"] is False
    for one in everybody:
        assert (await _speak(one, await _character(one)))["usage"]["cached"] is True


# ── react ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reaction_is_given_again(studio: Studio, model: ScriptedModel) -> None:
    model._script[Purpose.REACTION] = ["PASS\nBana ne.", "WANT\nGeliyorum!"]
    path = await _character(studio)
    answers = [await _react(studio, path) for _ in range(3)]

    assert [(one["reaction"], one["wants_to_speak"]) for one in answers] == [("Bana ne.", False)] * 3
    assert [one["usage"]["cached"] for one in answers] == [False, True, True]
    assert (await _react(studio, path, context="Pazar yeri"))["wants_to_speak"] is True


async def test_a_reaction_that_was_malformed_or_forbidden_is_not_kept(
    studio: Studio, model: ScriptedModel, items: Any
) -> None:
    model._script[Purpose.REACTION] = ["WANT\nKılıcımı çekerim.", "WANT\nKılıç!", "ne", "PASS\nBana ne."]
    path = await _character(studio, tenant="tenant_demo")
    assert (await _react(studio, path))["wants_to_speak"] is False
    assert items() == []

    assert (await _react(studio, path))["reaction"] == "Bana ne."
    assert [one["text"] for one in items()] == ["PASS\nBana ne."]


async def test_a_reaction_and_a_reply_are_never_mixed_up(studio: Studio, items: Any) -> None:
    path = await _character(studio)
    await _speak(studio, path)
    await _react(studio, path)

    assert len({one["cache_key"] for one in items()}) == 2


# ── Limits and money ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ask", [_speak, _react])
async def test_it_counts_for_limits_and_usage_and_costs_nothing(paying: Studio, model: ScriptedModel, ask: Any) -> None:
    model.ceiling = 1_000
    first, twin = await _character(paying), await _character(paying)
    paid = (await ask(paying, first, user_id="p1"))["usage"]["cost_microusd"]
    again = (await ask(paying, twin, user_id="p2"))["usage"]

    standing = ledger_of("tenant_demo").standing()
    assert standing is not None
    route = ask.__name__.removeprefix("_")
    counted = {what: standing.counters.get(route_counter(route, what)) for what in (REQUESTS, CACHED, COST)}
    assert counted == {REQUESTS: 2, CACHED: 1, COST: paid}
    assert (standing.text, standing.running, standing.reserved, standing.day_committed) == (2, 0, 0, paid)
    assert (again["cost_microusd"], again["cached"]) == (0, True)
    assert again["budget_remaining_microusd"] == 50_000_000 - paid


async def test_an_exhausted_budget_still_gives_what_is_known(paying: Studio, model: ScriptedModel) -> None:
    model.ceiling = 1_000
    first, twin = await _character(paying), await _character(paying)
    await _speak(paying, first)
    tenants.cache_clear()
    accounts().change("tenant_demo", lambda one: one.model_copy(update={"budgets": BudgetOverrides(day_microusd=0)}))

    assert (await _speak(paying, twin))["usage"]["cached"] is True
    assert (await paying.post(f"{twin}/speak", message="Başka")).status_code == 429
