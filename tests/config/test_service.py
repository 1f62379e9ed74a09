"""Changing a configuration while others do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from common.accounts import Accounts
from common.clock import iso_now
from common.config import TenantConfig
from common.errors import Conflict, MeddahError, Outdated
from common.keys import Mode
from common.tenancy import Tenant, tenant_of
from config.repository import former_versions_of
from config.service import change_config, merged
from tests.config.conftest import ACME


@pytest.fixture
def tenant(book: Accounts) -> Tenant:
    return tenant_of(book.get(ACME), mode=Mode.LIVE, key_id="key_1")


def change(book: Accounts, tenant: Tenant, patch: dict[str, Any], expected: int | None = None) -> TenantConfig:
    former = former_versions_of(tenant)
    return change_config(patch, tenant=tenant, expected=expected, accounts=book, former=former, now=iso_now())


def test_changes_at_the_same_time_all_last_and_each_version_is_kept(book: Accounts, tenant: Tenant) -> None:
    words = [f"kelime{number}" for number in range(6)]

    def add(word: str) -> None:
        while True:
            try:
                change(book, tenant, {"pronunciations": {word: "x"}})
            except Conflict:
                continue
            return

    with ThreadPoolExecutor(len(words)) as pool:
        list(pool.map(add, words))

    now = book.get(ACME).config
    assert (now.version, set(now.pronunciations)) == (7, set(words))
    former, _ = former_versions_of(tenant).page(limit=20, cursor=None)
    assert [one.version for one in former] == [6, 5, 4, 3, 2, 1]
    assert [len(one.config["pronunciations"]) for one in former] == [5, 4, 3, 2, 1, 0]


def test_of_changes_for_the_same_version_one_is_made(book: Accounts, tenant: Tenant) -> None:
    def attempt(number: int) -> type[Exception] | None:
        try:
            change(book, tenant, {"pronunciations": {"HP": f"{number}"}}, expected=1)
        except MeddahError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(6) as pool:
        ends = list(pool.map(attempt, range(6)))

    assert ends.count(None) == 1
    assert set(ends) <= {None, Outdated, Conflict}
    assert book.get(ACME).config.version == 2


def test_a_change_and_a_new_key_do_not_undo_each_other(book: Accounts, tenant: Tenant) -> None:
    def keys() -> None:
        for _ in range(5):
            book.create_key(ACME, mode=Mode.LIVE)

    def styles() -> None:
        for style in ("anime", "realistic", "painterly"):
            change(book, tenant, {"default_style": style})

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(keys), pool.submit(styles)]:
            done.result()

    account = book.get(ACME)
    assert (len(account.keys), account.config.version, account.config.default_style) == (5, 4, "painterly")


# ── The merge by itself, as in RFC 7396 ──────────────────────────────────────────────────────────────────────────────

OWN = TenantConfig.model_validate(
    {"style_templates": {"a": {"base_prompt": "x"}}, "pronunciations": {"HP": "can"}, "cache": {"ttl_hours": 1}}
)


@pytest.mark.parametrize(
    ("patch", "path", "becomes"),
    [
        ({}, ("cache", "ttl_hours"), 1),
        ({"cache": None}, ("cache", "ttl_hours"), 24),
        ({"cache": {"ttl_hours": None}}, ("cache", "ttl_hours"), 24),
        ({"cache": []}, ("cache",), []),
        ({"style_templates": {"a": None}}, ("style_templates",), {}),
        ({"style_templates": {"b": None}}, ("style_templates", "a", "base_prompt"), "x"),
        ({"style_templates": {"a": {"quality_modifiers": {"low": "y"}}}}, ("style_templates", "a", "base_prompt"), "x"),
        ({"style_templates": 7}, ("style_templates",), 7),
        ({"pronunciations": None}, ("pronunciations",), {}),
        ({"pronunciations": {"NPC": "x"}}, ("pronunciations",), {"HP": "can", "NPC": "x"}),
        ({"quality_levels": {"low": {"microusd_per_megapixel": 0}}}, ("quality_levels", "low", "model"), "schnell"),
        ({"version": None}, ("version",), 1),
        ({"misspelt": None}, ("misspelt",), None),
        ({"cache": {"misspelt": None}}, ("cache", "misspelt"), None),
    ],
)
def test_what_a_patch_makes_of_a_configuration(patch: dict[str, Any], path: tuple[str, ...], becomes: Any) -> None:
    document: Any = merged(OWN, patch)
    for name in path:
        document = document[name]

    assert document == becomes


def test_a_merge_leaves_the_configuration_it_began_with_alone() -> None:
    before = OWN.model_dump()
    merged(OWN, {"pronunciations": {"HP": None}, "style_templates": {"a": {"base_prompt": "y"}}, "cache": None})

    assert OWN.model_dump() == before
    assert TenantConfig().pronunciations == {}
