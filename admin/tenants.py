"""`python -m admin tenants …`."""

import sys
from typing import Annotated, Any

import typer

from admin.options import AsJson, TenantId, accounts_of, accounts_to_change
from admin.output import described, print_account, print_accounts, print_json
from admin.units import microusd
from common.accounts import MAX_PAGE, Account
from common.tiers import MAX_COUNT, MAX_GENERATIONS, BudgetOverrides, LimitOverrides, tiers

app = typer.Typer(help="Tenants.", no_args_is_help=True, rich_markup_mode=None)

Tier = Annotated[str, typer.Option(help=f"One of {', '.join(tiers())}.")]
Limit = Annotated[int | None, typer.Option(min=1, max=MAX_COUNT, metavar="N")]
Generations = Annotated[int | None, typer.Option(min=1, max=MAX_GENERATIONS, metavar="N")]
Clear = Annotated[bool, typer.Option("--clear", help="First drop all that are the tenant's own.")]


def _budget(where: str) -> Any:
    return typer.Option(parser=microusd, metavar="DOLLARS", help=where)


@app.command()
def create(
    context: typer.Context,
    tenant_id: TenantId,
    *,
    name: Annotated[str, typer.Option(help="The studio's name.")],
    tier: Tier,
    as_json: AsJson = False,
) -> None:
    """Make a tenant. It has no keys yet."""
    _show(accounts_to_change(context).create(tenant_id, name, tier=tier), as_json=as_json)


@app.command("list")
def list_tenants(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="How many to look at.")] = 100,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a page of tenants, in no order.

    A scan: it looks at LIMIT items or 1 MB of the table at most, however many tenants there are.
    """
    page = accounts_of(context).page(limit=limit, cursor=cursor)
    if as_json:
        print_json({"items": [described(account) for account in page.accounts], "next_cursor": page.next_cursor})
        return
    print_accounts(page.accounts)
    if page.next_cursor:
        print(f"There are more: --cursor {page.next_cursor}", file=sys.stderr)


@app.command()
def show(context: typer.Context, tenant_id: TenantId, *, as_json: AsJson = False) -> None:
    """Show a tenant: what it may do, and what of that is its own."""
    _show(accounts_of(context).get(tenant_id), as_json=as_json)


@app.command()
def set_tier(context: typer.Context, tenant_id: TenantId, tier: str, *, as_json: AsJson = False) -> None:
    """Put a tenant into a tier; its own limits and budgets stay."""
    _show(accounts_to_change(context).set_tier(tenant_id, tier), as_json=as_json)


@app.command()
def set_limits(  # noqa: PLR0913 - one for each limit
    context: typer.Context,
    tenant_id: TenantId,
    *,
    requests_per_hour: Limit = None,
    text_per_minute: Limit = None,
    images_per_minute: Limit = None,
    concurrent_generations: Generations = None,
    concurrent_jobs: Limit = None,
    clear: Clear = False,
    as_json: AsJson = False,
) -> None:
    """Give a tenant limits of its own in the place of its tier's; those not named stay."""
    given = LimitOverrides(
        requests_per_hour=requests_per_hour,
        text_per_minute=text_per_minute,
        images_per_minute=images_per_minute,
        concurrent_generations=concurrent_generations,
        concurrent_jobs=concurrent_jobs,
    ).model_dump(exclude_none=True)
    _require(given, clear=clear)

    def limited(account: Account) -> Account:
        before = LimitOverrides() if clear else account.limits
        return account.model_copy(update={"limits": before.model_copy(update=given)})

    _show(accounts_to_change(context).change(tenant_id, limited), as_json=as_json)


@app.command()
def set_budgets(
    context: typer.Context,
    tenant_id: TenantId,
    *,
    day: Annotated[int | None, _budget("In a day (UTC), all players together.")] = None,
    month: Annotated[int | None, _budget("In a month.")] = None,
    player_day: Annotated[int | None, _budget("In a day for any one player.")] = None,
    clear: Clear = False,
    as_json: AsJson = False,
) -> None:
    """Give a tenant budgets of its own, in dollars, in the place of its tier's; those not named stay."""
    given = BudgetOverrides(day_microusd=day, month_microusd=month, player_day_microusd=player_day).model_dump(
        exclude_none=True
    )
    _require(given, clear=clear)

    def budgeted(account: Account) -> Account:
        before = BudgetOverrides() if clear else account.budgets
        return account.model_copy(update={"budgets": before.model_copy(update=given)})

    _show(accounts_to_change(context).change(tenant_id, budgeted), as_json=as_json)


@app.command()
def rotate_token_secret(context: typer.Context, tenant_id: TenantId, *, as_json: AsJson = False) -> None:
    """End all player tokens of a tenant, live and test: within a minute none works that was minted before.

    Keys go on; what they mint after that minute works.
    """
    _show(accounts_to_change(context).rotate_token_secret(tenant_id), as_json=as_json)


def _require(given: dict[str, int], *, clear: bool) -> None:
    if not given and not clear:
        raise typer.BadParameter("nothing to set: name a value, or --clear")


def _show(account: Account, *, as_json: bool) -> None:
    if as_json:
        print_json(described(account))
    else:
        print_account(account)
