"""Usage over HTTP: which days can be asked for, pages, limits, events, and whose usage it is."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest

from common.accounts import accounts
from common.keys import Mode
from common.ledger import Call, ledger_of
from common.providers import Usage
from tests.support.clock import ManualClock
from tests.support.http import BOB, Studio
from tests.support.money import a_request, terms_of
from tests.usage.conftest import DEMO, OTHER, PaidModel, seconds_of
from usage.api import app
from usage.models import PlayerTotal

HERE = "/v1/usage"
LISTS = ["players", "events"]


def _spend(microusd: int, *, tenant: str = DEMO, model: str = "m", player: str | None = None, **terms: int) -> None:
    spending = a_request(tenant, route="speak", terms=terms_of(**terms))
    spending.for_player(player)
    spending.reserve(microusd)
    spending.used(Usage(model, cost_microusd=microusd, input_tokens=5))
    spending.close()


def _field(answer: Any) -> str:
    assert answer.status_code == 422, answer.text
    return answer.json()["error"]["details"]["errors"][0]["field"]


async def test_without_days_it_is_this_month_so_far(studio: Studio, clock: ManualClock) -> None:
    for day in ("2026-10-31", "2026-11-01", "2026-11-19"):
        clock.now = seconds_of(day)
        _spend(10)
    used = (await studio.get(HERE)).json()

    assert (used["from"], used["to"]) == ("2026-11-01", "2026-11-19")
    assert [day["day"] for day in used["days"]] == ["2026-11-01", "2026-11-19"]
    assert used["total"]["cost_microusd"] == 20


async def test_a_day_begins_and_ends_at_midnight_in_utc(studio: Studio, clock: ManualClock) -> None:
    clock.now = seconds_of("2026-11-20", hour=0) - 0.001
    _spend(10)
    clock.now = seconds_of("2026-11-20", hour=0)
    _spend(7)
    used = (await studio.get(HERE)).json()

    assert [(day["day"], day["cost_microusd"]) for day in used["days"]] == [("2026-11-19", 10), ("2026-11-20", 7)]


async def test_a_day_that_nobody_has_put_aside_yet_is_found(studio: Studio, clock: ManualClock) -> None:
    _spend(10)
    clock.now = seconds_of("2026-11-23")
    used = (await studio.get(HERE, **{"from": "2026-11-20", "to": "2026-11-20"})).json()

    assert used["total"]["cost_microusd"] == 10


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ({"from": "2026-11-18"}, ("2026-11-18", "2026-11-20")),
        ({"to": "2026-10-05"}, ("2026-10-01", "2026-10-05")),
        ({"from": "2026-11-01", "to": "2026-11-30"}, ("2026-11-01", "2026-11-30")),
        ({"from": "2026-09-01", "to": "2026-12-01"}, ("2026-09-01", "2026-12-01")),
        ({"from": "2025-10-17", "to": "2025-10-17"}, ("2025-10-17", "2025-10-17")),
        ({"to": "9999-12-31"}, ("9999-12-01", "9999-12-31")),
    ],
)
async def test_these_days_are_meant(studio: Studio, query: dict[str, str], meant: tuple[str, str]) -> None:
    used = (await studio.get(HERE, **query)).json()

    assert (used["from"], used["to"]) == meant


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-21", "to": "2026-11-20"}, "from"),
        ({"from": "2026-11-21"}, "from"),
        ({"from": "2026-08-31", "to": "2026-12-01"}, "from"),
        ({"from": "2025-10-16", "to": "2025-10-17"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "2026-11-31"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": ""}, "from"),
        ({"to": "1795187045"}, "to"),
        ({"to": "2026-11-20T09:00:00"}, "to"),
        ({"to": "２０２６-11-20"}, "to"),
    ],
)
async def test_other_days_are_bad_input(studio: Studio, query: dict[str, str], field: str) -> None:
    for path in ("", "/export", "/players", "/players/p"):
        assert _field(await studio.get(HERE + path, **query)) == field, path


async def test_a_month_of_players_can_be_listed_and_not_more(studio: Studio) -> None:
    assert (await studio.get(f"{HERE}/players", **{"from": "2026-10-01", "to": "2026-10-31"})).status_code == 200
    assert _field(await studio.get(f"{HERE}/players", **{"from": "2026-10-01", "to": "2026-11-01"})) == "from"


async def test_players_are_read_in_pages_each_with_all_its_days(studio: Studio, clock: ManualClock) -> None:
    names = ["Z", "a", "a.b", "a@b", "b:1", "c+d", "x_y", "z-9"]
    for number, day in enumerate(("2026-11-18", "2026-11-19", "2026-11-20")):
        clock.now = seconds_of(day)
        for index, name in enumerate(names):
            if index % (number + 1) == 0:
                _spend(10**number, player=name)
    seen: list[tuple[str, int]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await studio.get(f"{HERE}/players", **query)).json()
        assert len(page["items"]) <= 3
        seen += [(one["user_id"], one["cost_microusd"]) for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == [(name, 1 + 10 * (i % 2 == 0) + 100 * (i % 3 == 0)) for i, name in enumerate(names)]


async def test_a_full_page_of_one_days_players_says_that_there_are_more(studio: Studio) -> None:
    for name in "abc":
        _spend(1, player=name)
    page = (await studio.get(f"{HERE}/players", limit=2)).json()
    rest = (await studio.get(f"{HERE}/players", limit=2, cursor=page["next_cursor"])).json()

    assert [one["user_id"] for one in page["items"]] == ["a", "b"]
    assert ([one["user_id"] for one in rest["items"]], rest["next_cursor"]) == (["c"], None)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 0}, "limit"), ({"limit": 101}, "limit"), ({"cursor": "🐉"}, "cursor"), ({"cursor": "AAAA"}, "cursor"),
     ({"cursor": "x" * 201}, "cursor")],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_bad_input(studio: Studio, name: str, query: dict[str, Any], field: str) -> None:
    assert _field(await studio.get(f"{HERE}/{name}", **query)) == field


async def test_a_player_nobody_has_heard_of_used_nothing(studio: Studio) -> None:
    used = (await studio.get(f"{HERE}/players/nobody")).json()

    assert (used["user_id"], used["days"]) == ("nobody", [])
    assert set(used["total"].values()) == {0}


async def test_a_name_that_no_player_can_have_is_bad_input(studio: Studio) -> None:
    assert _field(await studio.get(f"{HERE}/players/a%23b")) == "user_id"
    assert _field(await studio.get(f"{HERE}/players/{'x' * 129}")) == "user_id"


async def test_the_longest_span_of_one_player_is_found_whole(studio: Studio, clock: ManualClock) -> None:
    for day in ("2026-08-21", "2026-10-01", "2026-11-20"):
        clock.now = seconds_of(day)
        _spend(10, player="p")
    used = (await studio.get(f"{HERE}/players/p", **{"from": "2026-08-21", "to": "2026-11-20"})).json()

    assert [day["day"] for day in used["days"]] == ["2026-08-21", "2026-10-01", "2026-11-20"]
    assert used["total"] == PlayerTotal(requests=3, calls=3, cost_microusd=30, input_tokens=15).model_dump()


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_limits_say_what_is_used_left_reserved_and_when_they_begin_anew(
    studio: Studio, characters: Studio, model: PaidModel, clock: ManualClock
) -> None:
    answer = await characters.post("/v1/characters", name="Ayla", role="Şifacı")
    cost = answer.json()["usage"]["cost_microusd"]
    ledger_of(DEMO).take(Call("speak", counts=False, max_microusd=900, runs=True), terms_of())
    shown = (await studio.get(f"{HERE}/limits")).json()

    assert [one["limit"] for one in shown["limits"]] == [
        "requests_per_hour", "text_per_minute", "images_per_minute", "concurrent_generations", "concurrent_jobs",
    ]  # fmt: skip
    limits = {one.pop("limit"): one for one in shown["limits"]}
    assert limits["requests_per_hour"] == {
        "quota": 10_000, "used": 2, "left": 9_998, "window_seconds": 3600, "resets_at": "2026-11-20T10:00:00.000Z",
    }  # fmt: skip
    assert limits["text_per_minute"] == {
        "quota": 100, "used": 1, "left": 99, "window_seconds": 60, "resets_at": "2026-11-20T09:01:00.000Z",
    }  # fmt: skip
    assert (limits["images_per_minute"]["quota"], limits["images_per_minute"]["left"]) == (50, 50)
    assert limits["concurrent_generations"] == {
        "quota": 100, "used": 1, "left": 99, "window_seconds": None, "resets_at": None,
    }  # fmt: skip
    assert (limits["concurrent_jobs"]["quota"], limits["concurrent_jobs"]["used"]) == (20, 0)
    day, month = shown["budgets"]
    assert day == {
        "budget": "tenant_day",
        "budget_microusd": 50_000_000,
        "used_microusd": cost,
        "reserved_microusd": 900,
        "left_microusd": 50_000_000 - cost - 900,
        "resets_at": "2026-11-21T00:00:00.000Z",
    }
    assert (month["budget"], month["used_microusd"], month["resets_at"]) == (
        "tenant_month", cost, "2026-12-01T00:00:00.000Z",
    )  # fmt: skip
    assert shown["player_day_microusd"] is None


async def test_what_a_new_day_and_hour_leave_of_the_limits(studio: Studio, clock: ManualClock) -> None:
    _spend(500)
    clock.now = seconds_of("2026-12-01", hour=0)
    shown = (await studio.get(f"{HERE}/limits")).json()

    assert shown["limits"][0]["used"] == 1
    assert [budget["used_microusd"] for budget in shown["budgets"]] == [0, 0]


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_budget_that_runs_out_is_two_events_the_newest_first(studio: Studio, clock: ManualClock) -> None:
    for cost in (70, 15, 14, 1):
        _spend(cost, day=100, month=10**6)
        clock.advance(60)
    events = (await studio.get(f"{HERE}/events")).json()["items"]

    assert [(one["type"], one["percent"], one["spent_microusd"]) for one in events] == [
        ("budget.exhausted", 100, 100),
        ("budget.warning", 80, 85),
    ]
    assert events[0] == {
        "type": "budget.exhausted",
        "budget": "tenant_day",
        "period": "2026-11-20",
        "percent": 100,
        "spent_microusd": 100,
        "budget_microusd": 100,
        "at": "2026-11-20T09:03:00.000Z",
    }


async def test_events_are_paged_by_time_across_days_and_months(studio: Studio, clock: ManualClock) -> None:
    for day in ("2026-11-29", "2026-11-30", "2026-12-01"):
        clock.now = seconds_of(day)
        _spend(85, day=100, month=100 if day == "2026-11-29" else 1_000)
        clock.advance(60)
        _spend(15, day=100, month=1_000)
    seen: list[tuple[str, str, int]] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await studio.get(f"{HERE}/events", **query)).json()
        seen += [(one["at"][8:16], one["period"], one["percent"]) for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == [
        ("01T09:01", "2026-12-01", 100),
        ("01T09:00", "2026-12-01", 80),
        ("30T09:01", "2026-11-30", 100),
        ("30T09:00", "2026-11-30", 80),
        ("29T09:01", "2026-11-29", 100),
        ("29T09:00", "2026-11-29", 80),
        ("29T09:00", "2026-11", 80),
    ]


async def test_an_event_is_forgotten_after_four_hundred_days(studio: Studio, clock: ManualClock) -> None:
    _spend(90, day=100)
    clock.advance(400 * 86_400 - 1)
    assert len((await studio.get(f"{HERE}/events")).json()["items"]) == 1
    clock.advance(2)

    assert (await studio.get(f"{HERE}/events")).json() == {"items": [], "next_cursor": None}


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_cell_of_the_table_is_taken_for_a_formula(studio: Studio) -> None:
    names = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "a,b", 'a"b', "fal-ai/flux/dev"]
    for name in names:
        _spend(1, model=name)
    answer = await studio.get(f"{HERE}/export")
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))

    written = {row["name"] for row in rows if row["kind"] == "model"}
    assert written == {*(f"'{name}" for name in names[:5]), *names[5:]}
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


async def test_a_table_without_usage_is_its_header(studio: Studio) -> None:
    answer = await studio.get(f"{HERE}/export", **{"from": "2026-01-01", "to": "2026-01-31"})

    assert answer.text == (
        "day,kind,name,requests,calls,cost_microusd,input_tokens,output_tokens,characters,seconds,images,megapixels,"
        "cached\r\n"
    )


# ── Whose ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_everybody_sees_his_own_usage_and_nobody_elses(studio: Studio) -> None:
    test_key = accounts().create_key(DEMO, mode=Mode.TEST)
    askers = {DEMO: studio, OTHER: Studio(app, BOB), f"{DEMO}.test": Studio(app, test_key.api_key)}
    for number, tenant in enumerate(askers):
        _spend(80 + number, tenant=tenant, player=f"p{number}", day=100)

    for number, asker in enumerate(askers.values()):
        assert (await asker.get(HERE)).json()["total"]["cost_microusd"] == 80 + number
        assert [one["user_id"] for one in (await asker.get(f"{HERE}/players")).json()["items"]] == [f"p{number}"]
        assert (await asker.get(f"{HERE}/players/p{(number + 1) % 3}")).json()["days"] == []
        assert [one["spent_microusd"] for one in (await asker.get(f"{HERE}/events")).json()["items"]] == [80 + number]
        assert (await asker.get(f"{HERE}/limits")).json()["budgets"][0]["used_microusd"] == 80 + number
        table = list(csv.DictReader(StringIO((await asker.get(f"{HERE}/export")).text)))
        assert [row["cost_microusd"] for row in table if row["kind"] == "model"] == [str(80 + number)]


@pytest.mark.parametrize("path", ["", "/export", "/players", "/players/p", "/limits", "/events"])
async def test_a_stranger_learns_nothing(studio: Studio, path: str) -> None:
    assert (await Studio(app, None).get(HERE + path)).status_code == 401
