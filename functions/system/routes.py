"""HTTP routes of the system domain: open to everybody, and the last resort of every unknown path."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response

from common.api import VERSION, error_answers
from common.errors import NotFound
from system.models import ApiInfo, Health
from system.repository import probes
from system.service import check_health, openapi_document, refuse

router = APIRouter(tags=["System"], responses=error_answers(500))

_DOCS_FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


@cache
def _docs_file(name: str) -> bytes:
    """Return a file of Swagger UI, which a package beside this one carries: the page needs no internet."""
    package = find_spec("fastapi_offline")
    if package is None or not package.submodule_search_locations:
        raise NotFound("The documentation's files are not installed")
    return (Path(package.submodule_search_locations[0]) / "static" / name).read_bytes()


@router.get("/", response_model=ApiInfo)
async def get_info() -> ApiInfo:
    """Say who is answering, and where to read on."""
    return ApiInfo(version=VERSION)


@router.get("/health", response_model=Health, responses=error_answers(503))
async def get_health() -> Health:
    """Check that every table, queue and the file store can be reached."""
    return Health(status="ok", version=VERSION, checks=await check_health(probes()))


@router.get("/openapi.json", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def get_openapi() -> Response:
    """Get the OpenAPI 3.1 document of the whole API."""
    return Response(openapi_document(), media_type="application/json")


@router.get(
    "/docs", response_class=Response, responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
)
async def get_docs() -> HTMLResponse:
    """Read the documentation and try the API, in a browser."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Meddah",
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="data:,",
        swagger_ui_parameters={"persistAuthorization": True, "displayRequestDuration": True},
    )


@router.get("/docs/{file}", include_in_schema=False)
async def get_docs_file(file: str) -> Response:
    """Serve a file of the documentation page."""
    if file not in _DOCS_FILES:
        raise NotFound("No such file")
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_docs_file(file), media_type=_DOCS_FILES[file], headers=headers)


@router.api_route("/{path:path}", methods=_EVERY_METHOD, include_in_schema=False)
async def refuse_unknown(request: Request) -> None:
    """Answer every path and method that nobody else does, in the one error shape."""
    refuse(request.url.path)
