"""The REST host: the webhooks' public keys, and uploads in two steps (initiate, then PUT)."""

import re
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from local.fal.media import MediaStore, wished_lifetime
from local.fal.wire import Asked, plain_error

_UNFIT = re.compile(r"[^\w.-]+")


class Rest:
    """Uploads that were announced and not made yet, by their path."""

    def __init__(self, media: MediaStore, jwks: dict[str, Any]) -> None:
        self.base_url = ""
        self._media = media
        self._jwks = jwks
        self._awaited: dict[str, tuple[str, float | None]] = {}

    async def answer(self, asked: Asked) -> Response:
        """Answer one request.

        Raises:
            Refused: there is nothing here of that name.
        """
        match asked.what, asked.method:
            case "jwks", "GET":
                return JSONResponse(self._jwks)
            case "upload", "POST":
                return self._initiate(asked)
            case "put", "PUT" if asked.path in self._awaited:
                return self._put(asked)
            case _:
                raise plain_error(404, "Not Found")

    def _initiate(self, asked: Asked) -> Response:
        wanted = asked.arguments()
        name = _UNFIT.sub("_", str(wanted.get("file_name") or "file"))
        path = f"storage/put/{uuid4().hex}/{name}"
        self._awaited[path] = (
            str(wanted.get("content_type") or "application/octet-stream"),
            wished_lifetime(asked.headers),
        )
        return JSONResponse({"upload_url": f"{self.base_url}/{path}", "file_url": self._address(path)})

    def _put(self, asked: Asked) -> Response:
        content_type, lifetime = self._awaited.pop(asked.path)
        self._media.keep(_kept_at(asked.path), asked.body, content_type, lifetime=lifetime)
        return Response(status_code=200)

    def _address(self, path: str) -> str:
        return f"{self._media.base_url}/{_kept_at(path)}"


def _kept_at(path: str) -> str:
    return path.replace("storage/put/", "files/upload/")
