"""The configuration over HTTP: what a studio sees, changes and is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from common.accounts import Accounts, NewKey
from common.config import MAX_CONFIG_BYTES, TenantConfig
from common.keys import Mode
from common.prices import in_force, prices
from common.tiers import BudgetOverrides, tiers
from config.api import app
from config.repository import KEPT_VERSIONS
from tests.config.conftest import ACME, problems
from tests.support.http import ALICE, Studio

PATH = "/v1/config"
MINIATURE = {"base_prompt": "Ottoman miniature painting, gold leaf"}
FREE = tiers()["free"].budgets


def stored(book: Accounts, mode: Mode = Mode.LIVE) -> TenantConfig:
    return book.get(ACME).config_of(mode)


# ── What there is ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_studio_that_set_nothing_sees_every_default_with_prices(studio: Studio) -> None:
    answer = await studio.get(PATH)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    price = {name: in_force(history).per_megapixel for name, history in prices().images.items()}
    assert answer.json() == {
        "version": 1,
        "default_style": "pixel_art",
        "style_templates": {},
        "default_quality": "medium",
        "quality_levels": {
            "low": {"model": "schnell", "num_inference_steps": 4, "microusd_per_megapixel": price["schnell"]},
            "medium": {"model": "dev", "num_inference_steps": 28, "microusd_per_megapixel": price["dev"]},
            "high": {"model": "pro", "num_inference_steps": 28, "microusd_per_megapixel": price["pro"]},
        },
        "safety_level": "standard",
        "cache": {"enabled": True, "ttl_hours": 24},
        "budgets": {"day_microusd": None, "month_microusd": None, "player_day_microusd": None},
        "moderation_strictness": "strict",
        "pronunciations": {},
    }


async def test_live_and_test_keys_have_a_configuration_each(studio: Studio, test: NewKey, book: Accounts) -> None:
    trying = Studio(app, test.api_key)
    await trying.patch(PATH, safety_level="relaxed", moderation_strictness="words_only")

    assert (await studio.get(PATH)).json()["safety_level"] == "standard"
    assert (await trying.get(PATH)).json()["safety_level"] == "relaxed"
    assert (stored(book).version, stored(book, Mode.TEST).version) == (1, 2)
    assert (await studio.get(f"{PATH}/versions")).json()["items"] == []
    assert len((await trying.get(f"{PATH}/versions")).json()["items"]) == 1


async def test_another_tenant_sees_nothing_of_it(studio: Studio) -> None:
    await studio.patch(PATH, default_style="anime")

    other = Studio(app, ALICE)
    assert (await other.get(PATH)).json()["default_style"] == "pixel_art"
    assert (await other.get(f"{PATH}/versions")).json() == {"items": [], "next_cursor": None}


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_absent_fields_stay_and_null_resets_to_the_default(studio: Studio) -> None:
    await studio.patch(
        PATH,
        style_templates={"minyatur": MINIATURE, "kroki": {"base_prompt": "Pencil sketch"}},
        default_style="minyatur",
        cache={"enabled": False, "ttl_hours": 3},
        quality_levels={"low": {"model": "dev", "num_inference_steps": 12}},
        pronunciations={"HP": "can puanı", "NPC": "yan karakter"},
    )
    answer = await studio.patch(
        PATH,
        style_templates={"kroki": None},
        cache={"ttl_hours": None},
        quality_levels={"low": {"num_inference_steps": None}},
        pronunciations={"HP": None, "nobody": None},
    )

    now = answer.json()
    assert (answer.status_code, now["version"], answer.headers["etag"]) == (200, 3, '"3"')
    assert list(now["style_templates"]) == ["minyatur"]
    assert now["default_style"] == "minyatur"
    assert now["cache"] == {"enabled": False, "ttl_hours": 24}
    assert (now["quality_levels"]["low"]["model"], now["quality_levels"]["low"]["num_inference_steps"]) == ("dev", 4)
    assert now["pronunciations"] == {"NPC": "yan karakter"}

    answer = await studio.patch(PATH, **{name: None for name in now if name != "version"})
    assert answer.json() == (await Studio(app, ALICE).get(PATH)).json() | {"version": 4}


async def test_a_template_is_changed_word_by_word(studio: Studio) -> None:
    await studio.patch(PATH, style_templates={"minyatur": MINIATURE | {"quality_modifiers": {"low": "a", "high": "b"}}})
    answer = await studio.patch(PATH, style_templates={"minyatur": {"quality_modifiers": {"low": None, "medium": "c"}}})

    assert answer.json()["style_templates"]["minyatur"] == {
        **MINIATURE,
        "transformation_instruction": None,
        "quality_modifiers": {"low": None, "medium": "c", "high": "b"},
    }


async def test_what_was_shown_can_be_sent_back_and_changes_nothing(studio: Studio, book: Accounts) -> None:
    await studio.patch(PATH, style_templates={"minyatur": MINIATURE}, budgets={"day_microusd": 5})
    shown = (await studio.get(PATH)).json()
    before = book.get(ACME)

    answer = await studio.patch(PATH, **shown)

    assert (answer.status_code, answer.json()) == (200, shown)
    assert book.get(ACME) == before


async def test_an_empty_change_makes_no_version(studio: Studio) -> None:
    assert (await studio.patch(PATH)).json()["version"] == 1
    assert (await studio.patch(PATH, default_quality="medium", version=None)).json()["version"] == 1


async def test_a_merge_patch_may_call_itself_one(studio: Studio) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = await studio.request("PATCH", PATH, content=b'{"default_style": "anime"}', headers=headers)

    assert answer.json()["default_style"] == "anime"


# ── At the same time ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seen", [{"body": 1}, {"header": '"1"'}, {"header": 'W/"1"'}, {"body": 2, "header": '"1"'}])
async def test_a_change_for_another_version_is_refused(studio: Studio, book: Accounts, seen: dict[str, Any]) -> None:
    await studio.patch(PATH, default_style="anime")
    body = {"default_style": "realistic"} | ({"version": seen["body"]} if "body" in seen else {})
    headers = {"If-Match": seen["header"]} if "header" in seen else {}

    answer = await studio.request("PATCH", PATH, json=body, headers=headers)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["retryable"]) == (409, "VERSION_CONFLICT", False)
    assert error["details"] == {"version": 2}
    assert stored(book).default_style == "anime"


async def test_a_change_for_the_current_version_is_made(studio: Studio) -> None:
    styles = ["anime", "realistic"] * 4
    for version, (style, template) in enumerate(zip(styles, ['"{}"', 'W/"{}"', "*", None] * 2, strict=True), start=1):
        headers = {"If-Match": template.format(version)} if template else {}
        body = {"default_style": style} | ({"version": version} if version > 4 else {})
        answer = await studio.request("PATCH", PATH, json=body, headers=headers)
        assert (answer.status_code, answer.json()["version"]) == (200, version + 1)


async def test_an_if_match_that_is_no_version_is_named(studio: Studio, book: Accounts) -> None:
    for header in ("1", '"0"', '"x"', '"1", "2"', '""', ""):
        answer = await studio.request("PATCH", PATH, json={"default_style": "anime"}, headers={"If-Match": header})
        assert [name.lower() for name in problems(answer)] == ["if-match"]
    assert stored(book).version == 1


async def test_a_change_goes_on_what_another_writer_left(studio: Studio, book: Accounts) -> None:
    """Keys rotate in the same item: neither undoes the other."""
    await studio.patch(PATH, default_style="anime")
    book.create_key(ACME, mode=Mode.LIVE)
    await studio.patch(PATH, safety_level="strict")

    assert len(book.get(ACME).keys) == 2
    assert (stored(book).default_style, stored(book).safety_level) == ("anime", "strict")


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_problem_is_named_at_once_and_nothing_is_changed(studio: Studio, book: Accounts) -> None:
    await studio.patch(PATH, default_style="anime")
    before = book.get(ACME)

    answer = await studio.patch(
        PATH,
        default_style="kubizm",
        default_quality="ultra",
        safety_level="off",
        cache={"ttl_hours": 169, "size": 1},
        quality_levels={"high": {"model": "ultra", "num_inference_steps": 51}, "ultra": {}},
        style_templates={"Kötü Ad": MINIATURE, "anime": MINIATURE, "kroki": {"base_prompt": ""}, "yok": {}},
        budgets={"day_microusd": FREE.day_microusd + 1, "month_microusd": -1},
        moderation_strictness="none",
        pronunciations={"": "x", "HP": "x" * 81, "A\nB": "x"},
        unknown=1,
        misspelt=None,
    )

    assert set(problems(answer)) == {
        "default_style",
        "default_quality",
        "safety_level",
        "cache.ttl_hours",
        "cache.size",
        "quality_levels.high.model",
        "quality_levels.high.num_inference_steps",
        "quality_levels.ultra",
        "style_templates.Kötü Ad",
        "style_templates.anime",
        "style_templates.kroki.base_prompt",
        "style_templates.yok.base_prompt",
        "budgets.day_microusd",
        "budgets.month_microusd",
        "moderation_strictness",
        "pronunciations.",
        "pronunciations.HP",
        "pronunciations.A\nB",
        "unknown",
        "misspelt",
    }
    assert book.get(ACME) == before
    assert len((await studio.get(f"{PATH}/versions")).json()["items"]) == 1


async def test_a_budget_above_the_operators_ceiling_is_refused_with_the_ceiling(studio: Studio, book: Accounts) -> None:
    book.change(ACME, lambda account: account.model_copy(update={"budgets": BudgetOverrides(player_day_microusd=700)}))
    wishes = {"day_microusd": FREE.day_microusd + 1, "month_microusd": 10**12, "player_day_microusd": 701}
    found = problems(await studio.patch(PATH, budgets=wishes))

    assert found == {
        "budgets.day_microusd": f"above the operator's ceiling of {FREE.day_microusd} micro-USD",
        "budgets.month_microusd": f"above the operator's ceiling of {FREE.month_microusd} micro-USD",
        "budgets.player_day_microusd": "above the operator's ceiling of 700 micro-USD",
    }
    at_it = {"day_microusd": FREE.day_microusd, "month_microusd": FREE.month_microusd, "player_day_microusd": 700}
    assert (await studio.patch(PATH, budgets=at_it)).status_code == 200


async def test_a_ceiling_lowered_later_stands_in_the_way_of_no_other_change(studio: Studio, book: Accounts) -> None:
    await studio.patch(PATH, budgets={"day_microusd": 900})
    book.change(ACME, lambda account: account.model_copy(update={"budgets": BudgetOverrides(day_microusd=500)}))

    assert (await studio.patch(PATH, default_style="anime")).status_code == 200
    assert problems(await studio.patch(PATH, budgets={"day_microusd": 899})).keys() == {"budgets.day_microusd"}
    assert (await studio.patch(PATH, budgets={"day_microusd": 500})).status_code == 200


async def test_the_default_style_cannot_lose_its_template(studio: Studio) -> None:
    await studio.patch(PATH, style_templates={"minyatur": MINIATURE}, default_style="minyatur")

    assert problems(await studio.patch(PATH, style_templates=None)).keys() == {"default_style"}
    assert (await studio.patch(PATH, style_templates=None, default_style=None)).status_code == 200


async def test_a_template_cannot_take_a_presets_name(studio: Studio) -> None:
    names = ["pixel_art", "realistic", "anime", "painterly", "custom"]
    found = problems(await studio.patch(PATH, style_templates=dict.fromkeys(names, MINIATURE)))

    assert found.keys() == {f"style_templates.{name}" for name in names}


BOUNDS: list[tuple[str, Any, Any]] = [
    ("style_templates", {f"s{n}": MINIATURE for n in range(50)}, {f"s{n}": MINIATURE for n in range(51)}),
    ("style_templates", {"a" * 40: MINIATURE}, {"a" * 41: MINIATURE}),
    ("style_templates", {"a-1_b": MINIATURE}, {"1a": MINIATURE}),
    ("style_templates", {"s": {"base_prompt": "ş" * 300}}, {"s": {"base_prompt": "ş" * 301}}),
    ("pronunciations", {f"w{n}": "x" for n in range(200)}, {f"w{n}": "x" for n in range(201)}),
    ("pronunciations", {"x" * 80: "y" * 80}, {"x" * 81: "y"}),
    ("cache", {"ttl_hours": 0}, {"ttl_hours": -1}),
    ("cache", {"ttl_hours": 168}, {"ttl_hours": 169}),
    ("quality_levels", {"low": {"num_inference_steps": 1}}, {"low": {"num_inference_steps": 0}}),
    ("quality_levels", {"low": {"num_inference_steps": 50}}, {"low": {"num_inference_steps": 51}}),
    ("budgets", {"day_microusd": 0}, {"day_microusd": -1}),
    ("version", 1, 0),
]


@pytest.mark.parametrize(("field", "inside", "outside"), BOUNDS)
async def test_every_field_has_its_bounds(studio: Studio, field: str, inside: Any, outside: Any) -> None:
    assert all(name.startswith(field) for name in problems(await studio.patch(PATH, **{field: outside})))
    assert (await studio.patch(PATH, **{field: inside})).status_code == 200


async def test_a_configuration_is_no_larger_than_whoever_reads_it_can_bear(studio: Studio, book: Accounts) -> None:
    fat = {"base_prompt": "ş" * 300, "transformation_instruction": "ş" * 300, "quality_modifiers": {"high": "ş" * 300}}
    found = problems(await studio.patch(PATH, style_templates={f"s{n}": fat for n in range(50)}))

    assert found == {"config": f"larger than {MAX_CONFIG_BYTES} bytes in all"}
    assert stored(book).version == 1


async def test_what_is_no_object_is_refused(studio: Studio, book: Accounts) -> None:
    for body in ("[]", '"x"', "null", "7", "{", '{"a": 1', ""):
        answer = await studio.request("PATCH", PATH, content=body, headers={"Content-Type": "application/json"})
        assert problems(answer), body
    assert stored(book).version == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"\\ud800": 1}',
        '{"style_templates": {"\\ud800": {"base_prompt": "x"}}}',
        '{"pronunciations": {"a": "\\ud800"}}',
        '{"cache": {"ttl_hours": NaN}}',
        '{"cache": {"ttl_hours": 1e400}}',
        '{"budgets": {"day_microusd": ' + "9" * 400 + "}}",
        '{"version": ' + "9" * 5_000 + "}",
        '{"' + "a" * 9_000 + '": null}',
        '{"style_templates": ' + '{"a":' * 500 + "1" + "}" * 501,
        json.dumps({f"f{n}": 1 for n in range(5_000)}),
        json.dumps({"style_templates": {f"s{n}": 1 for n in range(5_000)}}),
    ],
    ids=range(11),
)
async def test_nothing_that_can_be_sent_breaks_it(studio: Studio, book: Accounts, body: str) -> None:
    answer = await studio.request("PATCH", PATH, content=body, headers={"Content-Type": "application/json"})

    assert 0 < len(answer.json()["error"]["details"]["errors"]) <= 100
    assert answer.status_code == 422
    assert len(answer.content) < 40_000
    assert stored(book).version == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@with_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patch=st.dictionaries(st.sampled_from(sorted(TenantConfig.model_fields)), anything, max_size=3))
def test_any_change_is_made_whole_or_refused_whole(studio: Studio, book: Accounts, patch: dict[str, Any]) -> None:
    before = book.get(ACME)
    headers = {"Content-Type": "application/json"}
    answer = asyncio.run(studio.request("PATCH", PATH, content=json.dumps(patch), headers=headers))

    after = book.get(ACME)
    assert answer.status_code in {200, 409, 422}
    assert TenantConfig.model_validate(after.config.model_dump(mode="json")) == after.config
    if answer.status_code != 200:
        assert after == before


# ── What was ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_former_versions_are_listed_newest_first_with_who_replaced_them(studio: Studio, live: NewKey) -> None:
    for style in ("anime", "realistic", "painterly"):
        await studio.patch(PATH, default_style=style)

    first = (await studio.get(f"{PATH}/versions", limit=2)).json()
    rest = (await studio.get(f"{PATH}/versions", limit=2, cursor=first["next_cursor"])).json()

    listed = [*first["items"], *rest["items"]]
    assert [(one["version"], one["config"]["default_style"]) for one in listed] == [
        (3, "realistic"),
        (2, "anime"),
        (1, "pixel_art"),
    ]
    assert rest["next_cursor"] is None
    assert {one["replaced_by"] for one in listed} == {live.record.key_id}
    assert [one["replaced_at"] for one in listed] == sorted((one["replaced_at"] for one in listed), reverse=True)


async def test_a_former_version_can_be_restored(studio: Studio) -> None:
    await studio.patch(PATH, style_templates={"minyatur": MINIATURE}, default_style="minyatur")
    await studio.patch(PATH, style_templates=None, default_style=None)
    former = (await studio.get(f"{PATH}/versions")).json()["items"][0]["config"]

    answer = await studio.patch(PATH, **former | {"version": 3})

    assert answer.json()["default_style"] == "minyatur"
    assert answer.json()["version"] == 4


async def test_only_so_many_are_kept(studio: Studio, book: Accounts) -> None:
    at = KEPT_VERSIONS + 1
    await studio.patch(PATH, default_style="anime")
    book.change(
        ACME,
        lambda account: account.with_config(Mode.LIVE, account.config.model_copy(update={"version": at})),
    )
    await studio.patch(PATH, default_style="realistic")

    assert [one["version"] for one in (await studio.get(f"{PATH}/versions")).json()["items"]] == [at]


async def test_a_cursor_of_another_list_is_named(studio: Studio) -> None:
    for cursor in ("x", "MTIz", "Y29uZmlnIzE"):
        assert problems(await studio.get(f"{PATH}/versions", cursor=cursor)).keys() == {"cursor"}


async def test_the_operator_still_finds_every_account(studio: Studio, book: Accounts) -> None:
    """Former versions lie beside the accounts that the operator's scan walks over."""
    for style in ("anime", "realistic", "painterly"):
        await studio.patch(PATH, default_style=style)
    found, cursor = book.page(limit=1)
    while cursor:
        accounts, cursor = book.page(limit=1, cursor=cursor)
        found += accounts

    assert {account.tenant_id for account in found} >= {ACME, "tenant_demo", "tenant_demo_2"}
