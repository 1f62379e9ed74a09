"""HTTP routes of the account domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from account import service
from account.models import AccountResponse, NewKeyResponse, RotateKeyRequest
from common.accounts import Accounts, accounts
from common.api import CurrentTenant, error_answers, tenant_router
from common.clock import iso_now
from common.errors import Forbidden
from common.tenancy import Tenant, tenant_of

router = tenant_router("/v1/account", "Account")

_BY_DEFAULT = RotateKeyRequest()


async def _accounts() -> Accounts:
    return accounts()


async def _studio(tenant: CurrentTenant) -> Tenant:
    if tenant.player is not None:
        raise Forbidden("A player token has no account; ask with the studio's key")
    return tenant


async def _kept_by_nobody(answer: Response) -> None:
    answer.headers["Cache-Control"] = "no-store"


AllAccounts = Annotated[Accounts, Depends(_accounts)]
Studio = Annotated[Tenant, Depends(_studio)]


@router.get("", response_model=AccountResponse, responses=error_answers(403))
async def get_account(studio: Studio, accounts: AllAccounts) -> AccountResponse:
    """Get your account: its tier, limits, budgets and keys.

    As it is now; the rest of the API knows of a change within a minute.
    """
    account = accounts.get(studio.account_id)
    return AccountResponse.of(tenant_of(account, mode=studio.mode), account.keys_of(studio.mode))


@router.post(
    "/keys/{key_id}/rotate",
    status_code=201,
    response_model=NewKeyResponse,
    responses=error_answers(403, 404, 409),
    dependencies=[Depends(_kept_by_nobody)],
)
async def rotate_key(
    key_id: str, studio: Studio, accounts: AllAccounts, request: RotateKeyRequest = _BY_DEFAULT
) -> NewKeyResponse:
    """Put a new key in the place of one of yours.

    The new key works at once and is shown only here; the old one ends after `overlap_seconds`, if not sooner. Keys of
    your key's mode only; the key you ask with may be the one.
    """
    overlap = request.overlap_seconds
    return NewKeyResponse.made(accounts.rotate_key(studio.account_id, key_id, overlap=overlap, asking=studio.key_id))


@router.delete("/keys/{key_id}", status_code=204, response_class=Response, responses=error_answers(403, 404, 409))
async def revoke_key(key_id: str, studio: Studio, accounts: AllAccounts) -> None:
    """Revoke a key of your key's mode.

    It stops working within a minute, everywhere and for good. The last live key that works cannot be revoked.
    """
    service.revoke_key(key_id, studio, accounts=accounts, now=iso_now())
