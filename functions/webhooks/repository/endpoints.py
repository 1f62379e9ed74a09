"""A studio's endpoints and their secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from common import aws
from common.clock import Clock, wall_clock
from common.errors import Conflict, NotFound, TooMany
from common.events import CALLBACKS
from common.settings import settings
from common.storage import from_item, to_item, transact_if, write_if
from webhooks.models import MAX_ENDPOINTS, Endpoint, Signing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from webhooks.models import DisabledReason

_ID = re.compile(r"whk_[0-9A-HJKMNP-TV-Z]{26}")
_PREFIX = "endpoint#"
_COUNT = "endpoints"
_EXISTS = "attribute_exists(tenant_id)"


class Endpoints:
    """One tenant's endpoints."""

    def __init__(self, tenant_id: str, *, client: DynamoDBClient, table: str, clock: Clock = wall_clock) -> None:
        self.tenant_id = tenant_id
        self._client = client
        self._table = table
        self.clock = clock

    def add(self, endpoint: Endpoint) -> None:
        """Store a new endpoint and count it.

        Raises:
            TooMany: there are as many as there may be.
        """
        item = to_item(endpoint.model_dump(mode="json", exclude={"id"})) | self._key(_PREFIX + endpoint.id)
        room = {":most": MAX_ENDPOINTS}
        count = self._count(1, "attribute_not_exists(#n) OR #n < :most", room)
        if not transact_if(self._client, [{"Put": {"TableName": self._table, "Item": item}}, count]):
            raise TooMany(f"There are {MAX_ENDPOINTS} webhooks already, and no more are possible")

    def get(self, endpoint_id: str) -> Endpoint:
        """Return one endpoint as it is now (1 read unit).

        Raises:
            NotFound: no such endpoint of this tenant.
        """
        if not _ID.fullmatch(endpoint_id):
            raise NotFound.of("webhook", endpoint_id)
        answer = self._client.get_item(TableName=self._table, Key=self._key(_PREFIX + endpoint_id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound.of("webhook", endpoint_id)
        return _endpoint(answer["Item"])

    def all(self) -> list[Endpoint]:
        """Return every endpoint, oldest first, as they are now (at most `MAX_ENDPOINTS`: about 2 read units)."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="tenant_id = :tenant AND begins_with(#item, :prefix)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=to_item({":tenant": self.tenant_id, ":prefix": _PREFIX}),
            ConsistentRead=True,
        )
        return [_endpoint(item) for item in answer["Items"]]

    def change(self, endpoint_id: str, changes: Mapping[str, Any]) -> Endpoint:
        """Set the fields in `changes` (None removes one) and return the endpoint as it then is.

        Raises:
            NotFound: no such endpoint of this tenant.
        """
        self.get(endpoint_id)
        answer = self._update(_PREFIX + endpoint_id, changes, _EXISTS)
        if answer is None:
            raise NotFound.of("webhook", endpoint_id)
        return _endpoint(answer)

    def rotate(self, endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
        """Set an endpoint's secrets.

        Raises:
            Conflict: somebody else rotated or deleted it meanwhile.
        """
        same = {":seen": endpoint.secret}
        answer = self._update(_PREFIX + endpoint.id, changes, "secret = :seen", same)
        if answer is None:
            raise Conflict("Another rotation was quicker; try again")
        return _endpoint(answer)

    def delete(self, endpoint_id: str) -> None:
        """Remove one endpoint and uncount it.

        Raises:
            NotFound: no such endpoint of this tenant.
        """
        self.get(endpoint_id)
        key = self._key(_PREFIX + endpoint_id)
        removal = {"TableName": self._table, "Key": key, "ConditionExpression": _EXISTS}
        if not transact_if(self._client, [{"Delete": removal}, self._count(-1)]):
            raise NotFound.of("webhook", endpoint_id)

    def note_failure(self, endpoint: Endpoint) -> float:
        """Remember that it failed and return since when it does, in epoch seconds; one write at the first failure."""
        if endpoint.failing_since is not None:
            return endpoint.failing_since
        now = self.clock()
        write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(_PREFIX + endpoint.id),
            UpdateExpression="SET failing_since = if_not_exists(failing_since, :now)",
            ConditionExpression=_EXISTS,
            ExpressionAttributeValues=to_item({":now": now}),
        )
        return now

    def note_success(self, endpoint: Endpoint) -> None:
        """Forget that it failed; one write, if it did."""
        if endpoint.failing_since is not None:
            self._update(_PREFIX + endpoint.id, {"failing_since": None}, _EXISTS)

    def disable(self, endpoint: Endpoint, reason: DisabledReason, *, telling: dict[str, Any]) -> bool:
        """Give up an endpoint and say so, both or neither; False where it was changed or disabled meanwhile."""
        condition = f"{_EXISTS} AND attribute_not_exists(#disabled) AND #url = :url"
        update = {
            "TableName": self._table,
            "Key": self._key(_PREFIX + endpoint.id),
            "UpdateExpression": "SET #disabled = :reason, updated_at = :now",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#disabled": "disabled", "#url": "url"},
            "ExpressionAttributeValues": to_item({":reason": reason.value, ":now": self.clock(), ":url": endpoint.url}),
        }
        return transact_if(self._client, [{"Update": update}, telling])

    def callbacks(self) -> Signing | None:
        """Return what the `callback_url` of jobs is signed with, None before it was asked for (1 read unit)."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(CALLBACKS), ConsistentRead=True)
        return Signing.model_validate(from_item(answer["Item"])) if "Item" in answer else None

    def rotate_callbacks(self, seen: Signing | None, changes: Mapping[str, Any]) -> Signing:
        """Set the secrets for callbacks, which may be the first.

        Raises:
            Conflict: somebody else did meanwhile.
        """
        condition = "secret = :seen" if seen else "attribute_not_exists(tenant_id)"
        answer = self._update(CALLBACKS, changes, condition, {":seen": seen.secret} if seen else {})
        if answer is None:
            raise Conflict("Another rotation was quicker; try again")
        return Signing.model_validate(from_item(answer))

    def _update(
        self, item: str, changes: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        sets = {f":v{place}": value for place, value in enumerate(changes.values()) if value is not None}
        names = {f"#n{place}": name for place, name in enumerate(changes)}
        removed = [place for place, name in names.items() if changes[name] is None]
        expression = "SET " + ", ".join(f"#n{one[2:]} = {one}" for one in sets) if sets else ""
        answer = write_if(
            self._client.update_item,
            TableName=self._table,
            Key=self._key(item),
            UpdateExpression=f"{expression}{' REMOVE ' + ', '.join(removed) if removed else ''}".strip(),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ReturnValues="ALL_NEW",
            **({"ExpressionAttributeValues": to_item({**sets, **(values or {})})} if sets or values else {}),
        )
        return answer["Attributes"] if answer is not None else None

    def _count(self, change: int, condition: str = "", values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        update = {
            "TableName": self._table,
            "Key": self._key(_COUNT),
            "UpdateExpression": "ADD #n :change",
            "ExpressionAttributeNames": {"#n": "total"},
            "ExpressionAttributeValues": to_item({":change": change, **(values or {})}),
        }
        return {"Update": update | ({"ConditionExpression": condition} if condition else {})}

    def _key(self, item: str) -> dict[str, Any]:
        return to_item({"tenant_id": self.tenant_id, "item": item})


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
    values = from_item(item)
    return Endpoint.model_validate(values | {"id": values["item"].removeprefix(_PREFIX)})


def endpoints_of(tenant_id: str) -> Endpoints:
    """Return the tenant's endpoints in this deployment's table."""
    return Endpoints(tenant_id, client=aws.dynamodb(), table=settings().webhooks_table)
