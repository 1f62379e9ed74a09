"""What is kept of a tenant."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from common.config import TenantConfig
from common.errors import Conflict, NotFound, Unauthorized
from common.keys import KeyRecord, Mode
from common.tiers import BudgetOverrides, LimitOverrides

MAX_KEYS = 50
"""Keys an account remembers; beyond that the oldest of those that have ended are forgotten."""


class Account(BaseModel):
    """A tenant, as stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: str
    name: str
    tier: str
    created_at: str
    token_secret: str = Field(repr=False)
    """What this tenant's player tokens are signed with."""
    limits: LimitOverrides = LimitOverrides()
    budgets: BudgetOverrides = BudgetOverrides()
    """The operator's word; the studio's own lower ones stand in `config`."""
    keys: dict[str, KeyRecord] = {}
    config: TenantConfig = TenantConfig()
    test_config: TenantConfig = TenantConfig()
    """What test keys set and see: trying something out changes nothing that is live."""
    version: int = 1
    """Of the account as a whole; every change raises it."""

    def key(self, key_id: str) -> KeyRecord:
        """Return what is known of a key.

        Raises:
            NotFound: no such key.
        """
        if key_id not in self.keys:
            raise NotFound.of("key", key_id)
        return self.keys[key_id]

    def key_within_reach(self, key_id: str, *, asking: str | None, now: str) -> KeyRecord:
        """Return a key that the key `asking` may act on: any of its own mode, as long as it is in force itself.

        Asked of the account as it is now: a key that was revoked within the last minute may still be let in by a
        cache, but must not make itself a successor.

        Raises:
            Unauthorized: `asking` has ended. NotFound: no such key of its mode.
        """
        asker = self.keys.get(asking or "")
        if asker is None or not asker.works_at(now):
            raise Unauthorized("This API key has ended")
        record = self.key(key_id)
        if record.mode is not asker.mode:
            raise NotFound.of("key", key_id)
        return record

    def keys_of(self, mode: Mode) -> list[KeyRecord]:
        """Return the keys of a mode, oldest first, those that have ended included."""
        return [record for _, record in sorted(self.keys.items()) if record.mode is mode]

    def config_of(self, mode: Mode) -> TenantConfig:
        """Return the configuration that keys of a mode see."""
        return self.config if mode is Mode.LIVE else self.test_config

    def with_config(self, mode: Mode, config: TenantConfig) -> Account:
        """Return the account with another configuration for the keys of a mode."""
        return self.model_copy(update={"config" if mode is Mode.LIVE else "test_config": config})

    def with_key(self, record: KeyRecord, *, now: str) -> Account:
        """Return the account with one more key.

        Raises:
            Conflict: `MAX_KEYS` keys are in force.
        """
        keys = dict(sorted(self.keys.items()))
        ended = [key_id for key_id, known in keys.items() if not known.works_at(now)]
        for key_id in ended[: max(0, len(keys) + 1 - MAX_KEYS)]:
            del keys[key_id]
        if len(keys) >= MAX_KEYS:
            raise Conflict(f"A tenant has at most {MAX_KEYS} keys in force; revoke one first")
        return self.model_copy(update={"keys": keys | {record.key_id: record}})

    def with_key_ended(self, key_id: str, **end: str) -> Account:
        """Return the account with `expires_at` or `revoked_at` of a key set.

        Raises:
            NotFound: no such key.
        """
        changed = self.key(key_id).model_copy(update=end)
        return self.model_copy(update={"keys": self.keys | {key_id: changed}})
