"""Lists over HTTP: `limit` with `cursor`, or `limit` with `offset`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from common.errors import InvalidInput
from common.storage import MAX_OFFSET, Record, TenantRepository

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PAGE = 100
T = TypeVar("T")
R = TypeVar("R", bound=Record)


class PageOf(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    total: int = Field(description="How many there are in all.")
    limit: int
    offset: int
    next_cursor: str | None = Field(description="Send it back as `cursor` for the next page; null at the end.")


class ListParameters(BaseModel):
    """Where a page begins and how long it is."""

    limit: int
    offset: int
    cursor: str | None


async def _list_parameters(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many, 1–100.")] = 50,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="How many to skip, 0–1,000.")] = 0,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")] = None,
) -> ListParameters:
    if cursor is not None and offset:
        raise InvalidInput.field("offset", "give either cursor or offset")
    return ListParameters(limit=limit, offset=offset, cursor=cursor)


ListQuery = Annotated[ListParameters, Depends(_list_parameters)]


def list_page(repository: TenantRepository[R], query: ListParameters, show: Callable[[R], T]) -> PageOf[T]:
    """Return one page of a repository's records, each as `show` makes it."""
    if query.cursor is not None:
        page = repository.page(limit=query.limit, cursor=query.cursor)
    else:
        page = repository.page_at(limit=query.limit, offset=query.offset)
    return PageOf(
        items=[show(record) for record in page.records],
        total=repository.total(),
        limit=query.limit,
        offset=query.offset,
        next_cursor=page.next_cursor,
    )
