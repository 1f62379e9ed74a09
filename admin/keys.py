"""`python -m admin keys …`."""

from typing import Annotated

import typer

from admin.options import AsJson, KeyId, TenantId, accounts_of, accounts_to_change
from admin.output import described_key, keys_of, print_json, print_keys, print_new_key
from admin.units import seconds
from common.accounts import MAX_OVERLAP_SECONDS, NewKey
from common.keys import Mode

_MAX_LIFE_SECONDS = 3_650 * 86_400

app = typer.Typer(help="A tenant's keys.", no_args_is_help=True, rich_markup_mode=None)


def _lifetime(duration: str | int) -> int:
    return _between(seconds(duration), 1, _MAX_LIFE_SECONDS)


def _overlap(duration: str | int) -> int:
    return _between(seconds(duration), 0, MAX_OVERLAP_SECONDS)


def _between(value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise typer.BadParameter(f"{value} seconds are not between {least} and {most}")
    return value


@app.command()
def create(
    context: typer.Context,
    tenant_id: TenantId,
    *,
    mode: Annotated[Mode, typer.Option(help="Test keys run on the sandbox, on data of their own.")],
    expires_in: Annotated[
        int | None,
        typer.Option(parser=_lifetime, metavar="DURATION", help="Such as 90d; never by itself if not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once, and stored nowhere."""
    _show(accounts_to_change(context).create_key(tenant_id, mode=mode, expires_in=expires_in), as_json=as_json)


@app.command("list")
def list_keys(context: typer.Context, tenant_id: TenantId, *, as_json: AsJson = False) -> None:
    """List a tenant's keys, oldest first, those that have ended included."""
    records = keys_of(accounts_of(context).get(tenant_id))
    if as_json:
        print_json({"items": [described_key(record) for record in records]})
    else:
        print_keys(records)


@app.command()
def rotate(
    context: typer.Context,
    tenant_id: TenantId,
    key_id: KeyId,
    *,
    overlap: Annotated[
        int,
        typer.Option(
            parser=_overlap, metavar="DURATION", show_default="24h", help="How long the old key goes on, at most 7d."
        ),
    ] = 86_400,
    as_json: AsJson = False,
) -> None:
    """Put a new key in the place of one, which goes on for a while. The new one is shown once."""
    _show(accounts_to_change(context).rotate_key(tenant_id, key_id, overlap=overlap), as_json=as_json)


@app.command()
def revoke(context: typer.Context, tenant_id: TenantId, key_id: KeyId, *, as_json: AsJson = False) -> None:
    """End a key for good. It stops working within a minute, everywhere."""
    record = accounts_to_change(context).revoke_key(tenant_id, key_id)
    if as_json:
        print_json(described_key(record))
    else:
        print_keys([record])


def _show(new: NewKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"api_key": new.api_key, **described_key(new.record)})
    else:
        print_new_key(new.api_key, new.record)
