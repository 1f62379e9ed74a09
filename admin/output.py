"""How commands answer: tables for people, JSON for scripts. Never a secret, except a new key, once."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from admin.units import dollars
from common.accounts import Account, KeyRecord
from common.clock import iso_now
from common.keys import Mode
from common.tenancy import tenant_of

_WIDE = 200
"""Columns where nobody looks: what is piped is not to be cut."""


def print_json(answer: Any) -> None:
    """Print one JSON document; its names are stable."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def print_table(headings: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else _WIDE)
    with console.capture() as drawn:
        console.print(table)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def described(account: Account) -> dict[str, Any]:
    """Return an account as JSON: what is in force, and what of it is the tenant's own."""
    force = tenant_of(account, mode=Mode.LIVE)
    return {
        "tenant_id": account.tenant_id,
        "name": account.name,
        "tier": account.tier,
        "created_at": account.created_at,
        "version": account.version,
        "limits": force.limits.model_dump(mode="json"),
        "own_limits": account.limits.model_dump(mode="json"),
        "budgets": force.budgets.model_dump(mode="json"),
        "own_budgets": account.budgets.model_dump(mode="json"),
        "keys": [described_key(record) for record in keys_of(account)],
    }


def described_key(record: KeyRecord) -> dict[str, Any]:
    """Return what is known of a key as JSON."""
    return {**record.model_dump(mode="json"), "works": record.works_at(iso_now())}


def keys_of(account: Account) -> list[KeyRecord]:
    """Return all keys of an account, oldest first."""
    return [record for _, record in sorted(account.keys.items())]


def print_account(account: Account) -> None:
    """Print one account: what is in force, with a word where it is the tenant's own."""
    force = tenant_of(account, mode=Mode.LIVE)
    rows = [
        ["tenant", account.tenant_id, ""],
        ["name", account.name, ""],
        ["tier", account.tier, ""],
        ["created", account.created_at, ""],
        ["keys in force", str(_keys_in_force(account)), ""],
    ]
    for name, limit in force.limits.model_dump().items():
        rows.append([_spaced(name), f"{limit:,}", "own" if getattr(account.limits, name) is not None else "tier"])
    for name, budget in force.budgets.model_dump().items():
        shown = "no limit" if budget is None else dollars(budget)
        rows.append([f"{_spaced(name.removesuffix('_microusd'))} budget", shown, _source_of_budget(account, name)])
    print_table(["", "in force", "from"], rows)


def print_accounts(accounts: list[Account]) -> None:
    """Print a page of accounts."""
    rows = [[a.tenant_id, a.name, a.tier, a.created_at, str(_keys_in_force(a))] for a in accounts]
    print_table(["tenant", "name", "tier", "created", "keys in force"], rows)


def print_keys(records: list[KeyRecord]) -> None:
    """Print keys."""
    now = iso_now()
    rows = [
        [k.key_id, k.mode, f"…{k.last_four}", k.created_at, k.expires_at or "never", k.revoked_at or "", _state(k, now)]
        for k in records
    ]
    print_table(["key", "mode", "ends in", "created", "expires", "revoked", "state"], rows)


def print_new_key(api_key: str, record: KeyRecord) -> None:
    """Print a key, this once."""
    print(api_key)
    note = f"{record.key_id}, expires: {record.expires_at or 'never'}. It is shown only now: store it."
    print(note, file=sys.stderr)


def _keys_in_force(account: Account) -> int:
    now = iso_now()
    return sum(record.works_at(now) for record in account.keys.values())


def _source_of_budget(account: Account, name: str) -> str:
    own, wished = getattr(account.budgets, name), getattr(account.config.budgets, name)
    force = getattr(tenant_of(account, mode=Mode.LIVE).budgets, name)
    if wished is not None and wished == force:
        return "studio"
    return "own" if own is not None else "tier"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _state(record: KeyRecord, now: str) -> str:
    if record.revoked_at is not None:
        return "revoked"
    return "in force" if record.works_at(now) else "expired"
