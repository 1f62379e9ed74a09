"""docs/06-errors.md lists every error there is, as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from common.errors import MeddahError, NotFound
from tests.docs.examples import ROOT

Row = tuple[int, bool]
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (\d{3}) \| (yes|no) \| [^|]+ \|[^|]*\|$", re.MULTILINE)


def errors(kind: type[MeddahError] = MeddahError) -> Iterator[type[MeddahError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors(child)


def test_every_code_is_listed_with_its_status_and_whether_to_try_again() -> None:
    page = (ROOT / "docs" / "06-errors.md").read_text(encoding="utf-8")
    listed: dict[str, Row] = {code: (int(status), retryable == "yes") for code, status, retryable in _ROW.findall(page)}

    kinds: dict[str, Row] = {kind.code: (kind.status, kind.retryable) for kind in errors()}
    things = ("character", "world", "job", "batch", "key", "tenant", "webhook", "event")
    found = [NotFound.of(kind, "x") for kind in things]
    kinds |= {error.code: (error.status, error.retryable) for error in found}

    assert listed == kinds


def test_no_code_is_listed_twice() -> None:
    page = (ROOT / "docs" / "06-errors.md").read_text(encoding="utf-8")
    codes = [code for code, _, _ in _ROW.findall(page)]

    assert len(codes) == len(set(codes))
