"""A tenant's configuration: what it is made of, how it is kept, and when it is in force."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from common.accounts import Account, Accounts
from common.config import ModerationStrictness, SafetyLevel, TenantConfig
from common.keys import Mode
from common.providers.fal.models import models
from common.styles import RESERVED, Style
from common.tenancy import CACHE_SECONDS, Tenants, tenant_of
from common.tiers import BudgetOverrides
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment

ACCOUNT = {"tenant_id": "acme", "name": "Acme", "tier": "pro", "created_at": "", "token_secret": "x"}


def test_the_defaults_are_what_the_api_did_before_there_were_settings() -> None:
    config = TenantConfig()

    assert (config.default_style, config.safety_level) == ("pixel_art", SafetyLevel.STANDARD)
    assert config.quality_levels.of(config.default_quality).model_dump() == {"model": "dev", "num_inference_steps": 28}
    assert config.moderation_strictness is ModerationStrictness.STRICT
    assert config.budgets == BudgetOverrides()


def test_a_configuration_survives_its_storage() -> None:
    config = TenantConfig.model_validate(
        {
            "version": 7,
            "style_templates": {"minyatur": {"base_prompt": "x", "quality_modifiers": {"high": "y"}}},
            "pronunciations": {"HP": "can puanı"},
            "cache": {"ttl_hours": 0},
        }
    )

    assert TenantConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("extra", [{"x": 1}, {"cache": {"x": 1}}, {"quality_levels": {"x": {}}}, {"budgets": {"x": 1}}])
def test_unknown_settings_are_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TenantConfig.model_validate(extra)


def test_no_preset_can_be_named_like_a_studios_words() -> None:
    assert {"custom", *Style} == RESERVED


def test_the_vendors_check_is_off_at_no_level_and_never_laxer_at_a_stricter_one() -> None:
    for model in models().images.values():
        assert model.safety.keys() == set(SafetyLevel)
        sent = [model.safety[level] for level in (SafetyLevel.STRICT, SafetyLevel.STANDARD, SafetyLevel.RELAXED)]
        assert len({frozenset(one) for one in sent}) == 1 and sent[0]
        assert all(one.get("enable_safety_checker", True) is True for one in sent)
        tolerances = [int(one.get("safety_tolerance", "1")) for one in sent]
        assert tolerances == sorted(tolerances) and tolerances[-1] <= 3


def test_an_account_from_before_there_were_settings_has_the_defaults() -> None:
    account = Account.model_validate(ACCOUNT | {"config": {"version": 1, "budgets": {"day_microusd": 5}}})

    assert account.config == TenantConfig(budgets=BudgetOverrides(day_microusd=5))
    assert account.test_config == TenantConfig()


def test_what_a_later_release_stored_does_not_lock_a_tenant_out(deployment: Deployment) -> None:
    later = ACCOUNT | {"config": {"version": 3, "new": 1, "cache": {"ttl_hours": 2, "new": 1}}, "new": 1}
    item = {"tenant_id": {"S": "acme"}, "item": {"S": "account"}, "account": {"S": json.dumps(later)}}
    deployment.dynamodb.put_item(TableName=deployment.settings.accounts_table, Item=item)

    config = _accounts(deployment, ManualClock(0)).get("acme").config
    assert (config.version, config.cache.ttl_hours) == (3, 2)


def test_live_and_test_keys_see_a_configuration_each() -> None:
    account = Account.model_validate(ACCOUNT)
    account = account.with_config(Mode.TEST, TenantConfig(budgets=BudgetOverrides(day_microusd=5)))

    live, test = tenant_of(account, mode=Mode.LIVE), tenant_of(account, mode=Mode.TEST)
    assert live.config == TenantConfig()
    assert (test.config.budgets.day_microusd, test.budgets.day_microusd) == (5, 5)
    assert live.budgets.day_microusd > 5


def _accounts(deployment: Deployment, clock: ManualClock) -> Accounts:
    names = deployment.settings
    return Accounts(
        client=deployment.dynamodb, accounts_table=names.accounts_table, keys_table=names.tenants_table, clock=clock
    )


def test_a_change_is_in_force_everywhere_within_a_minute(deployment: Deployment) -> None:
    clock = ManualClock(1_800_000_000.0)
    accounts = _accounts(deployment, clock)
    accounts.create("acme", "Acme", tier="pro")
    key = f"Bearer {accounts.create_key('acme', mode=Mode.LIVE).api_key}"
    processes = [Tenants(accounts, clock=clock) for _ in range(3)]
    workers = [Tenants(accounts, clock=clock) for _ in range(2)]
    for process in processes:
        assert process.authenticate(key).config.default_style == "pixel_art"
    for worker in workers:
        assert worker.by_id("acme").config.default_style == "pixel_art"

    accounts.change("acme", lambda account: account.with_config(Mode.LIVE, TenantConfig(default_style="anime")))
    clock.advance(CACHE_SECONDS)

    assert {process.authenticate(key).config.default_style for process in processes} == {"anime"}
    assert {worker.by_id("acme").config.default_style for worker in workers} == {"anime"}
