"""How strictly replies are checked is the tenant's to set."""

from __future__ import annotations

from characters.prompts import REFUSALS
from characters.service.dialogue import reply_calls
from common.accounts import accounts
from common.config import ModerationStrictness, TenantConfig
from common.errors import ProviderTimeout
from common.keys import Mode
from common.providers import Purpose
from common.tenancy import tenants
from common.worlds import World, worlds_of
from tests.support.http import Studio
from tests.support.models import ScriptedModel

WORLD = World(id="world_" + "0" * 26, taboo_words=["kılıç"], created_at="2026-11-20T00:00:00.000Z")


async def _character(studio: Studio, tenant_id: str = "tenant_demo") -> str:
    worlds_of(tenant_id).add(WORLD)
    made = await studio.post("/v1/characters", system_prompt="Ben şifacıyım.", world_id=WORLD.id)
    return f"/v1/characters/{made.json()['id']}/speak"


def _set(strictness: ModerationStrictness, *, mode: Mode = Mode.LIVE) -> None:
    config = TenantConfig(moderation_strictness=strictness)
    accounts().change("tenant_demo", lambda account: account.with_config(mode, config))
    tenants.cache_clear()


async def test_words_only_asks_no_moderator_and_pays_for_none(studio: Studio, model: ScriptedModel) -> None:
    _set(ModerationStrictness.WORDS_ONLY)
    model._script[Purpose.MODERATION] = [ProviderTimeout("It was not to be asked")]
    answer = await studio.post(await _character(studio), message="Merhaba")

    assert answer.status_code == 200
    assert answer.json()["message"] == "Hoş geldin yolcu."
    assert answer.json()["moderation"]["passed"] is True
    assert answer.json()["usage"]["cost_microusd"] == 7
    assert model.asked(Purpose.MODERATION) == []


async def test_words_only_still_withholds_a_forbidden_word(studio: Studio, model: ScriptedModel) -> None:
    _set(ModerationStrictness.WORDS_ONLY)
    model._script[Purpose.SPEECH] = ["Kılıcını çek!"]
    answer = (await studio.post(await _character(studio), message="Merhaba")).json()

    assert answer["message"] in REFUSALS
    assert answer["moderation"]["details"]["terms"] == ["kılıç"]
    assert len(model.asked(Purpose.SPEECH)) == 2


async def test_strict_is_the_default_and_lets_nothing_pass_that_no_moderator_judged(
    studio: Studio, model: ScriptedModel
) -> None:
    model._script[Purpose.MODERATION] = [ProviderTimeout("Too slow")]
    speak = await _character(studio)

    assert (await studio.post(speak, message="Merhaba")).status_code == 504
    _set(ModerationStrictness.STRICT)
    assert (await studio.post(speak, message="Merhaba")).status_code == 504


async def test_it_is_each_tenants_own(studio: Studio, other_studio: Studio, model: ScriptedModel) -> None:
    _set(ModerationStrictness.WORDS_ONLY)
    await other_studio.post(await _character(other_studio, "tenant_demo_2"), message="Merhaba")

    assert len(model.asked(Purpose.MODERATION)) == 1


async def test_what_a_test_key_set_does_not_loosen_what_is_live(studio: Studio, model: ScriptedModel) -> None:
    _set(ModerationStrictness.WORDS_ONLY, mode=Mode.TEST)
    await studio.post(await _character(studio), message="Merhaba")

    assert len(model.asked(Purpose.MODERATION)) == 1


def test_only_what_is_asked_is_reserved() -> None:
    assert reply_calls(ModerationStrictness.STRICT) == {Purpose.SPEECH: 1, Purpose.MODERATION: 1}
    assert reply_calls(ModerationStrictness.WORDS_ONLY) == {Purpose.SPEECH: 1}
