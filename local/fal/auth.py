"""Who may ask: the key in the `Authorization` header, and what fal says to whoever has no good one."""

import re

from local.fal.wire import Asked, plain_error

_SHAPE = re.compile(r"[^\s:]+:[^\s:]+")


def check_key(asked: Asked, key: str | None) -> None:
    """Let a request pass that shows `key`, or any key of the right shape if that is None.

    Raises:
        Refused: 401.
    """
    given = asked.headers.get("authorization", "")
    scheme, _, shown = given.partition(" ")
    if not given:
        raise plain_error(401, f'Cannot access application "{"/".join(asked.app.split("/")[:2])}"')
    if scheme != "Key" or (key is not None and shown != key and _SHAPE.fullmatch(shown)):
        raise plain_error(401, "No user found for Key ID and Secret")
    if not _SHAPE.fullmatch(shown):
        raise plain_error(401, "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.")
