"""Which route takes a request: the rules of API Gateway's HTTP APIs.

The most specific path wins (a name, then `{variable}`, then `{variable+}`), a method of its own goes before `ANY`, and
`$default` takes the rest. Segments match exactly: `/a/` is not `/a`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from local.template import Route

T = TypeVar("T")

_NAME, _VARIABLE, _GREEDY, _DEFAULT = range(4)


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The route that takes a request, what it leads to, and the path's variables."""

    route: Route
    target: T
    variables: dict[str, str] = field(default_factory=dict[str, str])


def _kind(segment: str) -> int:
    if not segment.startswith("{"):
        return _NAME
    return _GREEDY if segment.endswith("+}") else _VARIABLE


def _rank(route: Route) -> tuple[list[int], bool]:
    if route.path == "$default":
        return [_DEFAULT], True
    return [_kind(segment) for segment in route.path.split("/")[1:]], route.method == "ANY"


def _variables(template: str, path: str) -> dict[str, str] | None:
    """Return the variables of `path` if `template` matches it."""
    found: dict[str, str] = {}
    wanted, given = template.split("/"), path.split("/")
    for index, segment in enumerate(wanted):
        kind = _kind(segment)
        value = "/".join(given[index:]) if kind == _GREEDY else given[index] if index < len(given) else ""
        if kind == _NAME and (index >= len(given) or value != segment):
            return None
        if kind != _NAME:
            if not value:
                return None
            found[segment.strip("{+}")] = value
        if kind == _GREEDY:
            return found
    return found if len(wanted) == len(given) else None


class Routes(Generic[T]):
    """The routes of an API and what each leads to."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        self._routes = sorted(routes, key=lambda entry: _rank(entry[0]))

    def match(self, method: str, path: str) -> Match[T] | None:
        """Return the route for a request with this (decoded) path; None if there is not even a `$default`."""
        for route, target in self._routes:
            if route.path == "$default":
                return Match(route, target)
            if route.method not in {method, "ANY"}:
                continue
            variables = _variables(route.path, path)
            if variables is not None:
                return Match(route, target, variables)
        return None
