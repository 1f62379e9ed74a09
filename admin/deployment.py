"""Which deployment is meant: a stage on AWS, the laptop stack that runs here, or any address.

AWS itself (account, region, credentials) is found as every tool of AWS finds it: `AWS_PROFILE`, `AWS_REGION`, ….
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import typer
from botocore.exceptions import BotoCoreError, ClientError

from admin.letters import DeadLetters
from common import aws
from common.accounts import Accounts

RUNNING = Path(__file__).parent.parent / "build" / "local"
"""Where each stack of `make run` leaves the environment that finds it, named by its port."""
USUAL_PORT = 9000
_WHICH = "say which deployment: --stage dev|staging|prod, or --local"
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NO_ONE = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "eu-central-1"}
"""As `make run` has them."""


@dataclass(frozen=True)
class Deployment:
    """What the command line says about it."""

    stage: str | None
    local: bool
    port: int | None
    """The laptop stack's; None: whichever runs."""
    endpoint_url: str | None

    def accounts(self) -> Accounts:
        """Return its accounts; from here on this process's AWS is the deployment's.

        Raises:
            typer.BadParameter: it is not clear which is meant. NotRunning: there is no such stack.
        """
        tables = self._tables()
        return Accounts(client=aws.dynamodb(), accounts_table=tables.accounts, keys_table=tables.keys)

    def accounts_to_change(self) -> Accounts:
        """Return its accounts, and say on standard error where they are before anything is written there.

        Raises:
            As `accounts`.
        """
        book, table = self.accounts(), self._tables().accounts
        print(f"Writing to {table} at {aws.dynamodb().meta.endpoint_url}", file=sys.stderr)
        return book

    def dead_letters(self) -> DeadLetters:
        """Return its dead letters; from here on this process's AWS is the deployment's.

        Raises:
            As `accounts`.
        """
        if not (self.local or self.stage or self.endpoint_url):
            raise typer.BadParameter(_WHICH)
        self._surroundings()
        host = urlsplit(aws.sqs().meta.endpoint_url).hostname or ""
        return DeadLetters(aws.sqs(), prefix=self._prefix(), moves=host.endswith(_AWS_HOSTS))

    def dead_letters_to_change(self) -> DeadLetters:
        """Return its dead letters, and say on standard error where they are before any is moved.

        Raises:
            As `accounts`.
        """
        book = self.dead_letters()
        print(f"Writing to queues {self._prefix()}… at {aws.sqs().meta.endpoint_url}", file=sys.stderr)
        return book

    def _prefix(self) -> str:
        return f"meddah-{self.stage or 'dev'}-"

    def _surroundings(self) -> dict[str, str]:
        """Return what leads to the deployment; this process's environment has it from here on."""
        if self.local and (self.stage or self.endpoint_url):
            named = "--stage (or MEDDAH_STAGE)" if self.stage else "--endpoint-url"
            raise typer.BadParameter(f"{named} and the laptop stack (--local, --port) are two deployments: name one")
        found: dict[str, str] = {}
        if self.local:
            found = _environment_of(_stack(self.port))
        elif self.endpoint_url:
            found = _environment_at(self.endpoint_url)
        _use(found)
        return found

    def _tables(self) -> Tables:
        found = self._surroundings()
        if self.local:
            return Tables(found["ACCOUNTS_TABLE"], found["TENANTS_TABLE"])
        if self.stage:
            return _tables_of(self.stage)
        named = [os.environ[name] for name in ("ACCOUNTS_TABLE", "TENANTS_TABLE") if os.environ.get(name)]
        if len(named) == 2:
            return Tables(*named)
        if named:
            raise typer.BadParameter("ACCOUNTS_TABLE and TENANTS_TABLE go together: set both, or name a --stage")
        if not self.endpoint_url:
            raise typer.BadParameter(_WHICH)
        return _tables_of("dev")


class Tables(NamedTuple):
    """The names of the two tables."""

    accounts: str
    keys: str


class NotRunning(Exception):
    """There is no such laptop stack."""


def trouble(error: Exception) -> str | None:
    """Return what to tell the operator about an error of AWS, or of reaching it; None for any other."""
    if isinstance(error, NotRunning):
        return str(error)
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
        return "The tables are not there: is this stage deployed, in this region and account?"
    if isinstance(error, (BotoCoreError, ClientError)):
        return f"AWS: {error}"
    return None


def _tables_of(stage: str) -> Tables:
    return Tables(f"meddah-{stage}-accounts", f"meddah-{stage}-tenants")


def _use(environment: Mapping[str, str]) -> None:
    if "AWS_ACCESS_KEY_ID" in environment:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
    os.environ.update(environment)


def _environment_at(endpoint_url: str) -> dict[str, str]:
    environment = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint_url, "AWS_ENDPOINT_URL_SQS": endpoint_url}
    known = {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & set(os.environ)
    if urlsplit(endpoint_url).hostname in _LOOPBACK and not known:
        return (
            environment | _NO_ONE | {name: os.environ[name] for name in ("AWS_DEFAULT_REGION",) if name in os.environ}
        )
    return environment


def _environment_of(stack: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(stack.read_text(encoding="utf-8"))["environment"]
    return found


def _stack(port: int | None) -> Path:
    """Return the file of the stack on `port`; of the only one, or of the usual port's, if no port is named."""
    stacks = {int(path.stem): path for path in RUNNING.glob("*.json") if path.stem.isdigit() and _runs(path)}
    if port is None and len(stacks) == 1:
        return next(iter(stacks.values()))
    wanted = port if port is not None else USUAL_PORT
    if wanted in stacks:
        return stacks[wanted]
    others = f"; there is one on port {', '.join(map(str, sorted(stacks)))} (--port)" if stacks else ""
    raise NotRunning(f"No laptop stack runs on port {wanted}{others}. Start one with: make run")


def _runs(path: Path) -> bool:
    """Whether the process that left the file is alive: one that was killed leaves it behind."""
    try:
        os.kill(int(json.loads(path.read_text(encoding="utf-8"))["pid"]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, KeyError):
        return False
    return True
