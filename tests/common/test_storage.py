"""A tenant's records: what is written, what is read, and what another tenant never sees. Seen through worlds."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.clock import new_id
from common.errors import Conflict, InvalidInput, NotFound
from common.storage import decode_cursor, encode_cursor, failed_condition, from_item, to_item, transact, write_if
from common.worlds import World, WorldRepository
from tests.support.deployment import Deployment

WorldsOf = Callable[[str], WorldRepository]
WORLD_ID = r"world_[0-9A-HJKMNP-TV-Z]{26}"


@pytest.fixture
def worlds_of(deployment: Deployment) -> WorldsOf:
    return lambda tenant: WorldRepository(tenant, client=deployment.dynamodb, table=deployment.settings.worlds_table)


def _world(number: int = 0, **fields: Any) -> World:
    return World(id=f"world_{number:026d}", name=f"Dünya {number}", created_at="2026-11-20T15:16:00.000Z", **fields)


# ── One record ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_comes_back_as_it_was_stored(worlds_of: WorldsOf) -> None:
    world = _world(setting={"mekânlar": ["Taşhan"]}, taboo_words=["kara büyü", "lanet"], tone="karanlık")
    worlds_of("alice").add(world)

    assert worlds_of("alice").get(world.id) == world


def test_an_id_is_used_once(worlds_of: WorldsOf) -> None:
    worlds_of("alice").add(_world())

    with pytest.raises(ClientError) as refused:
        worlds_of("alice").add(_world(1), _world(tone="başka"))

    assert failed_condition(refused.value)
    assert worlds_of("alice").get(_world().id) == _world()
    assert worlds_of("alice").total() == 1, "all or none"


def test_a_change_touches_only_the_fields_it_names(worlds_of: WorldsOf) -> None:
    worlds_of("alice").add(_world(tone="karanlık", rules={"söz": "yok"}))

    changed = worlds_of("alice").change(_world().id, {"tone": "umutlu", "rules": None, "metadata": {"a": [1.5]}})

    assert changed == _world(tone="umutlu", metadata={"a": [1.5]})
    assert worlds_of("alice").get(_world().id) == changed


def test_a_change_may_only_remove(worlds_of: WorldsOf) -> None:
    worlds_of("alice").add(_world(tone="karanlık"))

    assert worlds_of("alice").change(_world().id, {"tone": None}) == _world()


def test_a_deleted_record_is_gone_and_uncounted(worlds_of: WorldsOf) -> None:
    worlds_of("alice").add(_world(), _world(1))
    worlds_of("alice").delete(_world().id)

    with pytest.raises(NotFound):
        worlds_of("alice").get(_world().id)
    assert worlds_of("alice").total() == 1


TOUCHES: dict[str, Callable[[WorldRepository, str], Any]] = {
    "get": lambda worlds, world_id: worlds.get(world_id),
    "change": lambda worlds, world_id: worlds.change(world_id, {"tone": "x"}),
    "delete": lambda worlds, world_id: worlds.delete(world_id),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_another_tenants_record_is_not_found(worlds_of: WorldsOf, touch: Callable[[WorldRepository, str], Any]) -> None:
    worlds_of("alice").add(_world())

    with pytest.raises(NotFound) as refused:
        touch(worlds_of("bob"), _world().id)

    assert refused.value.code == "WORLD_NOT_FOUND"
    assert worlds_of("alice").get(_world().id) == _world()
    assert (worlds_of("alice").total(), worlds_of("bob").total()) == (1, 0)
    assert worlds_of("bob").page(limit=10).records == []


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "#total",
        "world_",
        "char_00000000000000000000000000",
        "world_0000000000000000000000000",
        "world_00000000000000000000000000\n",
        "world_0000000000000000000000000i",
        "x" * 5_000,
        "🐉",
        "\x00",
    ],
)
@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_an_id_that_cannot_be_one_is_not_found(
    worlds_of: WorldsOf, touch: Callable[[WorldRepository, str], Any], wrong: str
) -> None:
    worlds_of("alice").add(_world())

    with pytest.raises(NotFound):
        touch(worlds_of("alice"), wrong)
    assert worlds_of("alice").total() == 1


def test_a_record_that_was_deleted_twice_was_counted_down_once(worlds_of: WorldsOf) -> None:
    worlds_of("alice").add(_world(), _world(1))
    worlds_of("alice").delete(_world().id)

    with pytest.raises(NotFound):
        worlds_of("alice").delete(_world().id)
    assert worlds_of("alice").total() == 1


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ids(numbers: range) -> list[str]:
    return [f"world_{number:026d}" for number in numbers]


@pytest.fixture
def seven(worlds_of: WorldsOf) -> WorldRepository:
    worlds_of("alice").add(*(_world(number) for number in (3, 1, 6, 0, 5, 2, 4)))
    worlds_of("bob").add(*(_world(number) for number in range(3, 20)))
    return worlds_of("alice")


def test_pages_follow_each_other_to_the_end(seven: WorldRepository) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for length in (3, 3, 1):
        page = seven.page(limit=3, cursor=cursor)
        assert len(page.records) == length
        seen += [world.id for world in page.records]
        cursor = page.next_cursor

    assert seen == _ids(range(7))
    assert cursor is None


def test_a_page_that_is_exactly_full_is_the_last(seven: WorldRepository) -> None:
    page = seven.page(limit=7)

    assert (len(page.records), page.next_cursor) == (7, None)


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [
        (0, 2, range(2)),
        (2, 3, range(2, 5)),
        (5, 10, range(5, 7)),
        (6, 1, range(6, 7)),
        (7, 5, range(0)),
        (900, 5, range(0)),
    ],
)
def test_a_page_begins_after_its_offset(seven: WorldRepository, offset: int, limit: int, expected: range) -> None:
    page = seven.page_at(limit=limit, offset=offset)

    assert [world.id for world in page.records] == _ids(expected)
    assert (page.next_cursor is not None) == (bool(expected) and expected.stop < 7)


def test_a_page_found_by_offset_goes_on_by_cursor(seven: WorldRepository) -> None:
    cursor = seven.page_at(limit=2, offset=1).next_cursor

    assert [world.id for world in seven.page(limit=2, cursor=cursor).records] == _ids(range(3, 5))


def test_a_cursor_outlives_the_record_it_names(seven: WorldRepository) -> None:
    cursor = seven.page(limit=2).next_cursor
    seven.delete(_ids(range(7))[1])

    assert [world.id for world in seven.page(limit=2, cursor=cursor).records] == _ids(range(2, 4))


def test_another_tenants_cursor_is_only_a_place_in_ones_own_list(seven: WorldRepository, worlds_of: WorldsOf) -> None:
    cursor = worlds_of("bob").page(limit=1).next_cursor

    assert [world.id for world in seven.page(limit=10, cursor=cursor).records] == _ids(range(4, 7))


def test_the_total_is_no_record(seven: WorldRepository) -> None:
    assert seven.total() == 7
    assert len(seven.page(limit=100).records) == 7


def test_a_page_of_large_records_is_read_over_several_answers(worlds_of: WorldsOf) -> None:
    story = "ş" * 150_000
    for number in range(8):
        worlds_of("alice").add(_world(number, description=story))

    page = worlds_of("alice").page(limit=7)

    assert [world.id for world in page.records] == _ids(range(7))
    assert page.next_cursor is not None


# ── Cursors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cursor_is_read_back() -> None:
    world_id = new_id("world")

    assert decode_cursor(encode_cursor(world_id), WORLD_ID) == world_id


@pytest.mark.parametrize(
    "cursor",
    [
        "A",
        "AAAA",
        "====",
        "🐉",
        "é",
        "\x00",
        "a b",
        "a\nb",
        encode_cursor("#total"),
        encode_cursor("char_" + "0" * 26),
        encode_cursor("world_" + "0" * 26 + "\n"),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_we_did_not_make_is_bad_input(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(cursor, WORLD_ID)

    assert refused.value.details["errors"][0]["field"] == "cursor"


@given(cursor=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_reading_of_cursors(cursor: str) -> None:
    try:
        key = decode_cursor(cursor, WORLD_ID)
    except InvalidInput:
        return
    assert key.startswith("world_")


# ── What a studio's own JSON survives ────────────────────────────────────────────────────────────────────────────────

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**40, max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=5), child, max_size=3),
    max_leaves=8,
)


@given(own=st.dictionaries(st.text(max_size=5), JSON, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_studios_own_json_comes_back_as_it_was(worlds_of: WorldsOf, own: dict[str, Any]) -> None:
    world = World(id=new_id("world"), metadata=own, created_at="")
    worlds_of("alice").add(world)

    assert worlds_of("alice").get(world.id).metadata == own
    assert worlds_of("alice").change(world.id, {"setting": own}).setting == own


@pytest.mark.parametrize("value", [0, -1, 10**30, 0.1, 1.5e-7, 7.5, True, "", "ş🐉", [1, "a"], {"a": 0.5}])
def test_a_plain_value_comes_back_as_it_was(value: Any) -> None:
    stored = value if not isinstance(value, dict) else None

    assert from_item(to_item({"x": stored})).get("x") == stored


def test_what_is_none_is_not_stored() -> None:
    assert to_item({"a": None, "b": 1}) == {"b": {"N": "1"}}


def test_a_whole_number_comes_back_as_one() -> None:
    read = from_item({"a": {"N": "3"}, "b": {"N": "3.0"}, "c": {"N": "3.25"}})

    assert [type(read[name]) for name in "abc"] == [int, int, float]


# ── Writes that meet each other ──────────────────────────────────────────────────────────────────────────────────────


def _cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(answer, "TransactWriteItems")


class ContendedDynamoDB:
    """Answers the first transactions with these errors, carries out the rest."""

    def __init__(self, *errors: ClientError, for_ever: bool = False) -> None:
        self._errors = list(errors)
        self._for_ever = for_ever
        self.asked = 0
        self.written: list[Any] = []

    def transact_write_items(self, *, TransactItems: Any) -> None:  # noqa: N803 - boto3's name
        self.asked += 1
        if self._errors:
            raise self._errors[0] if self._for_ever else self._errors.pop(0)
        self.written.append(TransactItems)


@pytest.mark.parametrize(
    "conflict",
    [
        _cancelled("None", "TransactionConflict"),
        ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "TransactWriteItems"),
    ],
    ids=["cancelled", "refused"],
)
def test_writers_that_got_in_each_others_way_try_again_until_one_write_is_done(conflict: ClientError) -> None:
    client: Any = ContendedDynamoDB(conflict, conflict)
    transact(client, [{"Put": {}}])

    assert (client.asked, len(client.written)) == (3, 1)


def test_writers_that_never_get_apart_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = ContendedDynamoDB(_cancelled("TransactionConflict", "None"), for_ever=True)
    now = iter(range(0, 10_000, 2))
    monkeypatch.setattr("time.monotonic", lambda: float(next(now)))
    monkeypatch.setattr("time.sleep", lambda _: None)

    with pytest.raises(Conflict) as refused:
        transact(client, [{"Put": {}}])

    assert refused.value.retryable
    assert 1 < client.asked < 10
    assert client.written == []


@pytest.mark.parametrize(
    "error",
    [
        _cancelled("ConditionalCheckFailed", "None"),
        _cancelled("ConditionalCheckFailed", "TransactionConflict"),
        _cancelled("ValidationError", "None"),
        ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "TransactWriteItems"),
    ],
    ids=["condition", "condition and conflict", "one bad write", "bad request"],
)
def test_what_is_no_conflict_is_not_tried_again(error: ClientError) -> None:
    client: Any = ContendedDynamoDB(error)

    with pytest.raises(ClientError):
        transact(client, [{"Put": {}}])
    assert client.asked == 1


def test_a_refused_condition_is_an_answer_and_a_fault_is_not() -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")

    def break_down(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": ""}}, "PutItem")

    assert write_if(lambda **request: request, a=1) == {"a": 1}
    assert write_if(refuse, a=1) is None
    with pytest.raises(ClientError):
        write_if(break_down, a=1)
