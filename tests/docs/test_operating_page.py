"""What the page on operating says is what the command line does: its commands, its bounds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer.main

from admin.app import app
from admin.units import _MAX_DOLLARS
from common.tenancy import CACHE_SECONDS
from common.tiers import MAX_COUNT, MAX_GENERATIONS, MOST_PLACES
from tests.docs.examples import ROOT

if TYPE_CHECKING:
    import click

PAGE = Path(ROOT, "docs", "15-operating.md").read_text(encoding="utf-8")
TOKENS = Path(ROOT, "docs", "18-player-tokens-and-test-keys.md").read_text(encoding="utf-8")


def _commands() -> dict[str, click.Command]:
    groups = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return {f"{group} {name}": one for group, found in groups.items() for name, one in found.commands.items()}


def _rows() -> dict[str, str]:
    """Return what the page says of each command."""
    table = PAGE[PAGE.index("| Command | Does |") :].split("\n\n")[0]
    rows = re.findall(r"^\| `(([\w-]+ [\w-]+)[^`]*)` \| (.+) \|$", table, re.MULTILINE)
    return {command: f"{usage}: {does}" for usage, command, does in rows}


def test_every_command_is_listed_with_its_options() -> None:
    rows = _rows()

    assert set(rows) == set(_commands())
    for name, command in _commands().items():
        options = {option for one in command.params for option in one.opts if option.startswith("--")}
        assert {f"--{option}" for option in re.findall(r"--([\w-]+)", rows[name])} == options - {"--json"}, name


def test_the_bounds_are_those_of_the_code() -> None:
    rows = _rows()

    limits = f"1–{MAX_COUNT:,}, of concurrent generations at most {MAX_GENERATIONS}, of concurrent jobs {MOST_PLACES}"
    assert limits in rows["tenants set-limits"]
    assert f"at most {_MAX_DOLLARS:,}" in rows["tenants set-budgets"]


def test_tokens_end_as_soon_as_the_page_says() -> None:
    assert f"Within {CACHE_SECONDS} seconds no token works" in TOKENS
    assert "tenants rotate-token-secret" in TOKENS
