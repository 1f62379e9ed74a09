"""Accounts: what we know of a tenant - its tier, its keys, its own limits, budgets and configuration."""

from common.accounts.items import MAX_PAGE, AccountPage
from common.accounts.records import MAX_KEYS, Account
from common.accounts.store import MAX_OVERLAP_SECONDS, Accounts, NewKey, accounts
from common.keys import KeyRecord

__all__ = [
    "MAX_KEYS",
    "MAX_OVERLAP_SECONDS",
    "MAX_PAGE",
    "Account",
    "AccountPage",
    "Accounts",
    "KeyRecord",
    "NewKey",
    "accounts",
]
