"""The key to fal.ai: from the environment on a laptop, from an encrypted SSM parameter in AWS."""

from __future__ import annotations

import re
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from common.aws import is_busy, ssm
from common.errors import ProviderUnavailable
from common.providers.fal.errors import misconfigured
from common.settings import settings

CACHED_SECONDS = 300.0
_SHAPE = re.compile(r"[!-9;-~]+:[!-9;-~]+")
"""`id:secret`, printable ASCII: whatever else stood in the header would never leave this process."""

_lock = threading.Lock()
_cached: dict[str, tuple[str, float]] = {}
"""By the parameter's name: the key and when it was read (monotonic)."""


def fal_key() -> str:
    """Return the key, stripped and of the shape `id:secret`; read from SSM at most every five minutes.

    Raises:
        ProviderMisconfigured: there is none, it may not be read, or it has another shape. Nothing was sent to fal.
        ProviderUnavailable: SSM could not be reached.
    """
    key = (settings().fal_key or _from_parameter(settings().fal_key_parameter)).strip()
    if _SHAPE.fullmatch(key) is None:
        raise misconfigured("bad_key_shape")
    return key


def forget_key() -> None:
    """Read the key anew the next time: fal no longer knows the one we have."""
    with _lock:
        _cached.clear()


def _from_parameter(name: str | None) -> str:
    if not name:
        raise misconfigured("no_key")
    with _lock:
        key, read_at = _cached.get(name, ("", 0.0))
        if key and time.monotonic() - read_at < CACHED_SECONDS:
            return key
        key = _read(name)
        _cached[name] = (key, time.monotonic())
        return key


def _read(name: str) -> str:
    try:
        answer = ssm().get_parameter(Name=name, WithDecryption=True)
    except (BotoCoreError, ClientError) as error:
        if is_busy(error):
            raise ProviderUnavailable("The models cannot be reached") from error
        raise misconfigured("unreadable_key") from error
    return answer["Parameter"].get("Value", "")
