"""Which characters there are: their ids alone, to hand them to players."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common import aws
from common.errors import Busy
from common.settings import settings
from common.storage import from_item, to_item

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb import DynamoDBClient

_ID = re.compile(r"char_[0-9A-HJKMNP-TV-Z]{26}")
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class KnownCharacters:
    """One tenant's characters, asked for by id."""

    tenant_id: str
    client: DynamoDBClient
    table: str

    def among(self, character_ids: Iterable[str]) -> set[str]:
        """Return those of at most 100 ids that are characters' now (strongly consistent: a read unit for each 4 KB).

        Raises:
            Busy: the table answered only a part.
        """
        wanted = sorted({one for one in character_ids if _ID.fullmatch(one)})
        keys = [to_item({"tenant_id": self.tenant_id, "character_id": one}) for one in wanted]
        found: set[str] = set()
        for _ in range(_ATTEMPTS):
            if not keys:
                return found
            answer = self.client.batch_get_item(
                RequestItems={
                    self.table: {"Keys": keys, "ProjectionExpression": "character_id", "ConsistentRead": True}
                }
            )
            found |= {from_item(item)["character_id"] for item in answer["Responses"].get(self.table, [])}
            left = answer["UnprocessedKeys"].get(self.table)
            keys = list(left["Keys"]) if left else []
        if keys:
            raise Busy("Storage is busy; try again")
        return found


def known_characters(tenant_id: str) -> KnownCharacters:
    """Return the tenant's characters in this deployment's table."""
    return KnownCharacters(tenant_id, client=aws.dynamodb(), table=settings().characters_table)
