"""Where DynamoDB, SQS and S3 are: in a moto of our own unless the standard AWS_ENDPOINT_URL* variables name others."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.session import Session

from local.process import end

_SERVICES = ("dynamodb", "sqs", "s3")
_NO_ONE = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}  # no account's: moto asks for some
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
"""A developer's own profiles have no say in what runs here."""


class Cloud:
    """The services' addresses and the credentials for them. Use `Cloud.open`, then `close`."""

    def __init__(self, endpoints: Mapping[str, str], credentials: Mapping[str, str], region: str) -> None:
        self.region = region
        self._endpoints = endpoints
        self._credentials = credentials
        self._moto: asyncio.subprocess.Process | None = None

    @classmethod
    async def open(cls, surroundings: Mapping[str, str]) -> "Cloud":
        """Find the services, starting moto for those that `surroundings` (environment variables) do not name."""
        named = {
            service: surroundings.get(f"AWS_ENDPOINT_URL_{service.upper()}") or surroundings.get("AWS_ENDPOINT_URL")
            for service in _SERVICES
        }
        endpoints = {service: url for service, url in named.items() if url}
        own = {name: surroundings[name] for name in _KEYS if endpoints and name in surroundings}
        region = surroundings.get("AWS_REGION") or surroundings.get("AWS_DEFAULT_REGION") or "eu-central-1"
        if len(endpoints) == len(_SERVICES):
            return cls(endpoints, own or _NO_ONE, region)
        moto, url = await _start_moto()
        cloud = cls(dict.fromkeys(_SERVICES, url) | endpoints, own or _NO_ONE, region)
        cloud._moto = moto
        return cloud

    @property
    def variables(self) -> dict[str, str]:
        """What a function's environment needs to find the services."""
        urls = {f"AWS_ENDPOINT_URL_{service.upper()}": url for service, url in self._endpoints.items()}
        return {**urls, **self._credentials, **_NO_FILES}

    @property
    def way(self) -> dict[str, str]:
        """What another process of this machine needs to find tables and queues; of credentials only no account's."""
        urls = {f"AWS_ENDPOINT_URL_{name.upper()}": self._endpoints[name] for name in ("dynamodb", "sqs")}
        region = {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region}
        return {**urls, **region, **(_NO_ONE if self._credentials is _NO_ONE else {})}

    def client(self, service: Any) -> Any:
        """Return a new boto3 client for a service; it does not retry."""
        files = {
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "profile": (None, None, None, None),
        }
        return boto3.Session(botocore_session=Session(session_vars=files)).client(
            service,
            region_name=self.region,
            endpoint_url=self._endpoints[service],
            aws_access_key_id=self._credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self._credentials.get("AWS_SESSION_TOKEN"),
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    async def close(self) -> None:
        """End moto, and with it all it held."""
        if self._moto is not None:
            await end(self._moto)


async def _start_moto() -> tuple[asyncio.subprocess.Process, str]:
    moto = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local.moto_server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,  # Ctrl-C is the stack's to hear
    )
    assert moto.stdout is not None  # noqa: S101 - it is a pipe
    try:
        port = int(await moto.stdout.readline())
    except BaseException:
        await end(moto)
        raise
    return moto, f"http://127.0.0.1:{port}"
