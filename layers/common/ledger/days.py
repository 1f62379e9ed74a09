"""Days that have passed and budgets that were used up: what the ledger puts aside, to be read later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.clock import Clock, iso
from common.events import BudgetEventData, budget_event, limit_event, outbox_of
from common.ledger.rules import SOON
from common.ledger.writes import turned
from common.storage import to_item, transact_if

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from common.errors import BudgetExhausted, LimitReached
    from common.ledger.standing import Moment, Standing
    from common.tiers import Budgets

KEPT_SECONDS = 400 * 86_400
"""How long days, players' days and events are kept."""
_WARNED_AT = (80, 100)
_TENANTS = {"tenant_day", "tenant_month"}


def turning(
    key: dict[str, str], seen: Standing, fresh: Standing, *, table: str, expires_at: int
) -> list[dict[str, Any]]:
    """Return the writes that put the day of `seen` aside and begin that of `fresh` in the item at `key`.

    They happen only where nothing changed since: whoever is second finds it done.
    """
    condition: dict[str, Any] = {
        "ConditionExpression": "#revision = :seen" if seen.revision else "attribute_not_exists(#revision)",
        "ExpressionAttributeNames": {"#revision": "revision"},
    }
    if seen.revision:
        condition["ExpressionAttributeValues"] = to_item({":seen": seen.revision})
    past = key | {"window": f"day#{seen.day}"} | dict(seen.counters) | {"expires_at": expires_at}
    return [
        {"Put": {"TableName": table, "Item": to_item(key | turned(fresh)), **condition}},
        {"Put": {"TableName": table, "Item": to_item(past)}},
    ]


class Events:
    """What one tenant is told of its budgets."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._client = client
        self._table = table
        self._clock = clock
        self._noted: set[str] = set()
        self._limits: dict[str, str] = {}
        """Which event told last of each limit."""

    def note(self, standing: Standing, budgets: Budgets) -> None:
        """Record every budget that is nearly or wholly used up: once a budget and day or month, by whoever is first."""
        for budget, most, committed, period in (
            ("tenant_day", budgets.day_microusd, standing.day_committed, standing.day),
            ("tenant_month", budgets.month_microusd, standing.month_committed, standing.day[:7]),
        ):
            spent = committed - standing.reserved
            for percent in _WARNED_AT:
                if spent and spent * 100 >= most * percent:
                    self._record(period, budget, percent, spent=spent, most=most)

    def is_news(self, refused: BudgetExhausted, now: Moment) -> bool:
        """Whether a refusal says that a budget of the tenant is used up, and this process has not recorded it yet."""
        budget = refused.details["budget"]
        if budget not in _TENANTS or refused.details["retry_after"] <= SOON:
            return False
        return _window(now.day if budget == "tenant_day" else now.month, budget, 100) not in self._noted

    def note_exhausted(self, refused: BudgetExhausted, standing: Standing) -> None:
        """Record that the budget which refused has too little left, if anything was spent at all."""
        budget, most = refused.details["budget"], refused.details["budget_microusd"]
        daily = budget == "tenant_day"
        spent = (standing.day_committed if daily else standing.month_committed) - standing.reserved
        if spent:
            self._record(standing.day if daily else standing.day[:7], budget, 100, spent=spent, most=most)

    def note_limit(self, refused: LimitReached) -> None:
        """Have it told that a limit refused: once a window."""
        event = limit_event(self._tenant_id, refused, at=self._clock())
        if self._limits.get(refused.details["limit"]) != event.id:
            outbox_of(self._tenant_id).write_once(event)
            self._limits[refused.details["limit"]] = event.id

    def _record(self, period: str, budget: str, percent: int, *, spent: int, most: int) -> None:
        window = _window(period, budget, percent)
        if window in self._noted:
            return
        now = self._clock()
        item = {
            "tenant_id": self._tenant_id,
            "window": window,
            "type": "budget.exhausted" if percent >= 100 else "budget.warning",
            "budget": budget,
            "percent": percent,
            "spent_microusd": spent,
            "budget_microusd": most,
            "at": iso(now),
            "expires_at": int(now) + KEPT_SECONDS,
        }
        once = {"ConditionExpression": "attribute_not_exists(tenant_id)"}
        record = {"Put": {"TableName": self._table, "Item": to_item(item), **once}}
        said = BudgetEventData(budget=budget, percent=percent, spent_microusd=spent, budget_microusd=most)
        event, outbox = budget_event(self._tenant_id, period, said, at=now), outbox_of(self._tenant_id)
        if transact_if(self._client, [record, outbox.writing(event)]):
            outbox.tell(event.id)
        self._noted.add(window)


def _window(period: str, budget: str, percent: int) -> str:
    return f"event#{period}#{budget}#{percent}"
