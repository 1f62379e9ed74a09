"""The media host: files by address, open to everybody, gone when their time is over."""

import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.fal.wire import Asked

WEEK = 7 * 24 * 3600
"""Seconds that fal promises to keep a file at least; it may keep it longer."""
_MOST_FILES = 1_000
_FOLDERS = ("panda", "zebra", "lion", "koala", "tiger", "penguin")


@dataclass(frozen=True, slots=True)
class File:
    """What lies at an address until `expires_at` (seconds of the epoch)."""

    content: bytes
    content_type: str
    expires_at: float


class MediaStore:
    """The files; the oldest go when there are too many."""

    def __init__(self) -> None:
        self.base_url = ""
        self.lifetime: float = WEEK
        """Seconds a file lives whose owner asked for no other."""
        self._files: OrderedDict[str, File] = OrderedDict()

    def put(self, content: bytes, content_type: str, extension: str, *, lifetime: float | None = None) -> str:
        """Keep a file and return its address."""
        key = uuid4().hex
        path = f"files/{_FOLDERS[int(key[0], 16) % len(_FOLDERS)]}/{key}.{extension}"
        self.keep(path, content, content_type, lifetime=lifetime)
        return f"{self.base_url}/{path}"

    def keep(self, path: str, content: bytes, content_type: str, *, lifetime: float | None = None) -> None:
        """Keep a file at a path."""
        seconds = self.lifetime if lifetime is None else lifetime
        self._files[path] = File(content, content_type, time.time() + seconds)
        while len(self._files) > _MOST_FILES:
            self._files.popitem(last=False)

    def get(self, path: str) -> File | None:
        """Return a file that has not expired."""
        file = self._files.get(path)
        return file if file and file.expires_at > time.time() else None

    def at(self, url: str) -> File | None:
        """Return the file at one of our own addresses."""
        return self.get(url.removeprefix(f"{self.base_url}/")) if url.startswith(f"{self.base_url}/") else None

    def clear(self) -> None:
        """Delete everything."""
        self._files.clear()

    async def answer(self, asked: Asked) -> Response:
        """Hand a file out. Whoever shows a key here has let it leak: 400."""
        if "authorization" in asked.headers:
            return JSONResponse({"detail": "Credentials were sent to the media host"}, 400)
        file = self.get(asked.path)
        if asked.method not in {"GET", "HEAD"} or file is None:
            return PlainTextResponse("Not Found", 404)
        return Response(file.content if asked.method == "GET" else b"", media_type=file.content_type)


def wished_lifetime(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a request's lifecycle header asks for; None without one."""
    wish = headers.get("x-fal-object-lifecycle-preference") or headers.get("x-fal-object-lifecycle")
    try:
        seconds = json.loads(wish or "{}").get("expiration_duration_seconds")
    except (ValueError, AttributeError):
        return None
    return float(seconds) if isinstance(seconds, int | float) else None
