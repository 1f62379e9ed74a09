"""Which models the functions call: the stand-in for fal.ai, fal.ai itself, or the sandbox within the functions.

Without FAL_KEY the stand-in is started as a child process (`local.fal`); it calls back at this stack. With FAL_KEY it
is fal.ai, or whatever the FAL_* addresses beside it name, and PUBLIC_URL is where that can reach us, if anywhere.
MEDDAH_PROVIDER=sandbox plays without any vendor.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_GIVEN_BY_HAND = (
    "FAL_KEY",
    "FAL_RUN_URL",
    "FAL_QUEUE_URL",
    "FAL_REST_URL",
    "FAL_MEDIA_HOSTS",
    "FAL_WEBHOOK_JWKS_URL",
    "FAL_USER_ID",
)


class UnknownProvider(Exception):
    """MEDDAH_PROVIDER names nobody."""


class Vendor:
    """Use `Vendor.choose`, then `open`, then `close`."""

    def __init__(self, name: str, variables: Mapping[str, str], *, public_url: str | None) -> None:
        self.name = name
        """What the user is told."""
        self.control_url: str | None = None
        """The stand-in's control port, where it runs."""
        self._variables = dict(variables)
        self._public_url = public_url
        self._child: asyncio.subprocess.Process | None = None

    @classmethod
    def choose(cls, surroundings: Mapping[str, str]) -> "Vendor":
        """Decide by environment variables.

        Raises:
            UnknownProvider: see there.
        """
        wanted = surroundings.get("MEDDAH_PROVIDER") or "fal"
        public_url = surroundings.get("PUBLIC_URL") or None
        if wanted == "sandbox":
            return cls("sandbox", {"PROVIDER": "sandbox"}, public_url=None)
        if wanted != "fal":
            raise UnknownProvider(f"MEDDAH_PROVIDER is 'fal' or 'sandbox', not {wanted!r}")
        if not surroundings.get("FAL_KEY"):
            return cls("stand-in", {}, public_url=public_url)
        given = {name: surroundings[name] for name in _GIVEN_BY_HAND if surroundings.get(name)}
        # The template's own PUBLIC_URL must not get through: fal.ai would call a host that is not ours.
        variables = {"PROVIDER": "fal", "PUBLIC_URL": "", **given}
        return cls(given.get("FAL_RUN_URL", "fal.ai"), variables, public_url=public_url)

    async def open(self, stack_url: str, surroundings: Mapping[str, str]) -> None:
        """Start the stand-in, if that is who it is; it reaches us at `stack_url`."""
        if self.name != "stand-in":
            return
        settings = {name: value for name, value in surroundings.items() if name.startswith("FAL_STANDIN_")}
        self._child, told = await _start_stand_in(settings)
        self._variables = told["variables"]
        self.control_url = told["urls"]["control"]
        self._public_url = self._public_url or stack_url

    @property
    def variables(self) -> dict[str, str]:
        """What a function's environment needs."""
        return {**self._variables, **({"PUBLIC_URL": self._public_url} if self._public_url else {})}

    async def close(self) -> None:
        """End the stand-in."""
        if self._child is not None:
            await _end(self._child)


async def _start_stand_in(settings: Mapping[str, str]) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local.fal"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        env=dict(settings),
        start_new_session=True,  # Ctrl-C is the stack's to hear
    )
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    try:
        return child, json.loads(await child.stdout.readline())
    except BaseException:
        await _end(child)
        raise


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    await child.wait()
