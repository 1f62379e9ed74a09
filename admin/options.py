"""What several commands take."""

from typing import Annotated

import typer

from admin.deployment import Deployment
from admin.letters import DeadLetters
from common.accounts import Accounts

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's id.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, from `keys list`; not the key.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def accounts_of(context: typer.Context) -> Accounts:
    """Return the accounts of the deployment that was named."""
    return _deployment(context).accounts()


def accounts_to_change(context: typer.Context) -> Accounts:
    """Return them for a command that writes: the operator is told where."""
    return _deployment(context).accounts_to_change()


def dead_letters_of(context: typer.Context) -> DeadLetters:
    """Return the dead letters of the deployment that was named."""
    return _deployment(context).dead_letters()


def dead_letters_to_change(context: typer.Context) -> DeadLetters:
    """Return them for a command that moves some: the operator is told where."""
    return _deployment(context).dead_letters_to_change()


def _deployment(context: typer.Context) -> Deployment:
    deployment = context.find_object(Deployment)
    assert deployment is not None  # noqa: S101 - the app's callback makes it
    return deployment
