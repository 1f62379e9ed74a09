"""The command line as a whole: which deployment is meant, what goes wrong, and the groups of commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from admin import dead_letters, keys, tenants
from admin.deployment import Deployment, trouble
from common.errors import InvalidInput, MeddahError

FAILED, MISUSED = 1, 2

app = typer.Typer(
    help="Tenants, their keys, tiers, limits and budgets; messages that were given up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(tenants.app, name="tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(dead_letters.app, name="dead-letters")


@app.callback()
def choose(
    context: typer.Context,
    *,
    stage: Annotated[
        str | None, typer.Option(envvar="MEDDAH_STAGE", help="The stage on AWS: dev, staging or prod.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="The laptop stack that runs here.")] = False,
    port: Annotated[int | None, typer.Option(help="The laptop stack's port, if several run.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Where DynamoDB (or SQS) is, if not on AWS.")] = None,
) -> None:
    """Tenants, their keys, tiers, limits and budgets; messages that were given up."""
    context.obj = Deployment(stage=stage, local=local or port is not None, port=port, endpoint_url=endpoint_url)


def main(arguments: list[str]) -> int:
    """Run one command; return 0, 1 if it could not be done, 2 if it was not a command."""
    try:
        app(arguments, prog_name="python -m admin")
    except SystemExit as end:
        return int(end.code or 0)
    except MeddahError as error:
        return _failed(error.message, MISUSED if isinstance(error, InvalidInput) else FAILED)
    except Exception as error:
        explained = trouble(error)
        if explained is None:
            raise
        return _failed(explained, FAILED)
    return 0


def _failed(message: str, code: int) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return code
