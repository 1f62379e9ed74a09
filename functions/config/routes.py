"""HTTP routes of the config domain."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Response

from common.accounts import Accounts, accounts
from common.api import CurrentTenant, error_answers, tenant_router
from common.clock import iso_now
from common.config import TenantConfig
from config import service
from config.models import MAX_VERSIONS_PAGE, ConfigPatch, ConfigResponse, FormerVersionsResponse
from config.repository import FormerVersions, former_versions_of

router = tenant_router("/v1/config", "Configuration")


async def _accounts() -> Accounts:
    return accounts()


async def _former(tenant: CurrentTenant) -> FormerVersions:
    return former_versions_of(tenant)


async def _expected(
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^(?:W/)?"[1-9][0-9]{0,9}"$|^\*$',
            description="The `ETag` of the configuration you read; the change is refused if it is another one now.",
        ),
    ] = None,
) -> int | None:
    digits = (if_match or "").strip('W/"*')
    return int(digits) if digits else None


AllAccounts = Annotated[Accounts, Depends(_accounts)]
Former = Annotated[FormerVersions, Depends(_former)]
Expected = Annotated[int | None, Depends(_expected)]


def _answer(config: TenantConfig, response: Response) -> ConfigResponse:
    response.headers["ETag"] = f'"{config.version}"'
    return ConfigResponse.of(config)


@router.get("", response_model=ConfigResponse)
async def get_config(tenant: CurrentTenant, accounts: AllAccounts, response: Response) -> ConfigResponse:
    """Get your configuration.

    As it is now; the rest of the API knows of a change within a minute. Live and test keys have one each.
    """
    return _answer(accounts.get(tenant.account_id).config_of(tenant.mode), response)


@router.patch("", response_model=ConfigResponse, responses=error_answers(409))
async def update_config(  # noqa: PLR0917 - FastAPI hands over what a route needs
    patch: ConfigPatch,
    tenant: CurrentTenant,
    accounts: AllAccounts,
    former: Former,
    expected: Expected,
    response: Response,
) -> ConfigResponse:
    """Change your configuration.

    Absent fields stay, null resets to the default (RFC 7396). The result is checked as a whole: `details.errors` names
    every problem, and nothing is changed. Name the `version` you read, here or as `If-Match`, and what somebody else
    changed meanwhile is not overwritten.
    """
    config = service.change_config(
        patch, tenant=tenant, expected=expected, accounts=accounts, former=former, now=iso_now()
    )
    return _answer(config, response)


@router.get("/versions", response_model=FormerVersionsResponse)
async def list_versions(
    former: Former,
    limit: Annotated[int, Query(ge=1, le=MAX_VERSIONS_PAGE, description="How many, 1–20.")] = MAX_VERSIONS_PAGE,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
) -> FormerVersionsResponse:
    """List what you had set before, newest first; the last 100 versions are kept."""
    items, next_cursor = former.page(limit=limit, cursor=cursor)
    return FormerVersionsResponse(items=items, next_cursor=next_cursor)
