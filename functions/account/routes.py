"""HTTP routes of the account domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from account import service
from account.models import AccountResponse, NewKeyResponse, RotateKeyRequest
from common.accounts import Accounts, accounts
from common.api import CurrentTenant, error_answers, tenant_router
from common.clock import iso_now
from common.tenancy import tenant_of

router = tenant_router("/v1/account", "Account")

_BY_DEFAULT = RotateKeyRequest()


async def _accounts() -> Accounts:
    return accounts()


async def _kept_by_nobody(answer: Response) -> None:
    answer.headers["Cache-Control"] = "no-store"


AllAccounts = Annotated[Accounts, Depends(_accounts)]


@router.get("", response_model=AccountResponse)
async def get_account(tenant: CurrentTenant, accounts: AllAccounts) -> AccountResponse:
    """Get your account: its tier, limits, budgets and keys.

    As it is now; the rest of the API knows of a change within a minute.
    """
    account = accounts.get(tenant.account_id)
    return AccountResponse.of(tenant_of(account, mode=tenant.mode), account.keys_of(tenant.mode))


@router.post(
    "/keys/{key_id}/rotate",
    status_code=201,
    response_model=NewKeyResponse,
    responses=error_answers(404, 409),
    dependencies=[Depends(_kept_by_nobody)],
)
async def rotate_key(
    key_id: str, tenant: CurrentTenant, accounts: AllAccounts, request: RotateKeyRequest = _BY_DEFAULT
) -> NewKeyResponse:
    """Put a new key in the place of one of yours.

    The new key works at once and is shown only here; the old one ends after `overlap_seconds`, if not sooner. Keys of
    your key's mode only; the key you ask with may be the one.
    """
    overlap = request.overlap_seconds
    return NewKeyResponse.made(accounts.rotate_key(tenant.account_id, key_id, overlap=overlap, asking=tenant.key_id))


@router.delete("/keys/{key_id}", status_code=204, response_class=Response, responses=error_answers(404, 409))
async def revoke_key(key_id: str, tenant: CurrentTenant, accounts: AllAccounts) -> None:
    """Revoke a key of your key's mode.

    It stops working within a minute, everywhere and for good. The last live key that works cannot be revoked.
    """
    service.revoke_key(key_id, tenant, accounts=accounts, now=iso_now())
