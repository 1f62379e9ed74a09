"""What studios send and get about their account."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from common.accounts import MAX_KEYS, MAX_OVERLAP_SECONDS, KeyRecord, NewKey
from common.keys import Mode
from common.tenancy import Tenant
from common.text import Request
from common.tiers import Budgets, Limits


class RotateKeyRequest(Request):
    """How long the old key goes on beside the new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: int = Field(
        default=24 * 3600,
        ge=0,
        le=MAX_OVERLAP_SECONDS,
        description="How long the old key still works; 0: it ends now. At most a week.",
    )


class KeyInfo(BaseModel):
    """A key, without the key."""

    key_id: str = Field(examples=["key_01K00000000000000000000000"])
    mode: Mode
    last_four: str = Field(description="The key's last four characters.")
    created_at: str
    expires_at: str | None = Field(description="When it stops working; null: never by itself.")
    revoked_at: str | None

    @classmethod
    def of(cls, record: KeyRecord) -> KeyInfo:
        """Return a key as studios see it."""
        return cls.model_validate(record, from_attributes=True)


class NewKeyResponse(KeyInfo):
    """A new key. It is shown here and never again."""

    api_key: str = Field(description="The key itself: keep it on your server, never in a game client.")

    @classmethod
    def made(cls, new: NewKey) -> NewKeyResponse:
        """Return a new key with the key."""
        return cls(**KeyInfo.of(new.record).model_dump(), api_key=new.api_key)


class AccountResponse(BaseModel):
    """What your key stands for."""

    tenant_id: str
    name: str
    tier: str
    mode: Mode = Field(description="Of the key you asked with; test keys see data and keys of their own.")
    limits: Limits = Field(description="In force: your tier's, or your own where the operator set them.")
    budgets: Budgets = Field(description="In force: the operator's, or your own where they are lower.")
    keys: list[KeyInfo] = Field(description=f"Of your key's mode, oldest first; at most {MAX_KEYS}.")

    @classmethod
    def of(cls, tenant: Tenant, keys: list[KeyRecord]) -> AccountResponse:
        """Return the account behind `tenant` as its studio sees it."""
        return cls(
            tenant_id=tenant.account_id,
            name=tenant.name,
            tier=tenant.tier,
            mode=tenant.mode,
            limits=tenant.limits,
            budgets=tenant.budgets,
            keys=[KeyInfo.of(record) for record in keys],
        )
