"""A studio's requests, answered by a domain's application in this process."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

ALICE, BOB = "demo-key-123", "demo-key-456"
"""Keys of two tenants: `tenant_demo` and `tenant_demo_2`."""


class Studio:
    """Calls `app` with `key` (None: without one)."""

    def __init__(self, app: FastAPI, key: str | None = ALICE) -> None:
        self._app = app
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://meddah") as client:
            headers = {**self._headers, **options.pop("headers", {})}
            return await client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.request("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.request("POST", path, json=body)

    async def patch(self, path: str, **body: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.request("DELETE", path)
