"""Ending a key without locking the studio out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.errors import KeyNeeded
from common.keys import Mode

if TYPE_CHECKING:
    from common.accounts import Account, Accounts
    from common.tenancy import Tenant


def revoke_key(key_id: str, tenant: Tenant, *, accounts: Accounts, now: str) -> None:
    """End a key of the asking key's mode for good; one that is revoked already stays as it is.

    Raises:
        NotFound: no such key of this mode.
        KeyNeeded: it is the last live key in force: only the operator can end it.
        Unauthorized: the asking key has ended meanwhile.
    """

    def revoked(account: Account) -> Account:
        record = account.key_within_reach(key_id, asking=tenant.key_id, now=now)
        if record.revoked_at is not None:
            return account
        live = [key.key_id for key in account.keys_of(Mode.LIVE) if key.works_at(now)]
        if live == [key_id]:
            raise KeyNeeded("This is the last live key that works; make another one first")
        return account.with_key_ended(key_id, revoked_at=now)

    accounts.change(tenant.account_id, revoked)
