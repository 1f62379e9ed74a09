"""The tree in the docstring, held against the classes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from common import errors
from common.api import error_answers
from common.errors import InvalidInput, MeddahError, NotFound, ProviderError

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, MeddahError)]
_LINE = re.compile(
    r"^(?P<indent>[ │├└─]*)(?P<name>[A-Z]\w+)(?:\s+(?P<status>\d{3})\s+(?P<codes>.*?)(?P<retry>\s{2,}yes)?)?\s*$"
)


_REMARKS = ("another worker holds the job", "status  code                       retryable")


def _drawn() -> Iterator[re.Match[str]]:
    for line in (errors.__doc__ or "").split("\n"):
        bare = line
        for remark in _REMARKS:
            bare = bare.replace(remark, "")
        found = _LINE.match(bare)
        if found and ("─" in bare or found["name"] == "MeddahError"):
            yield found


DRAWN = {found["name"]: found for found in _drawn()}


def test_every_error_is_drawn_and_nothing_else_is() -> None:
    assert set(DRAWN) == {one.__name__ for one in CLASSES}


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda kind: kind.__name__)
def test_an_error_is_drawn_under_its_parent(kind: type[MeddahError]) -> None:
    order = list(DRAWN)
    depth = len(DRAWN[kind.__name__]["indent"])
    above = [name for name in order[: order.index(kind.__name__)] if len(DRAWN[name]["indent"]) < depth]

    assert kind.__bases__ == (getattr(errors, above[-1]),)


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda kind: kind.__name__)
def test_an_error_is_drawn_with_its_status_code_and_patience(kind: type[MeddahError]) -> None:
    drawn = DRAWN[kind.__name__]
    if drawn["status"] is None:
        parent = kind.__bases__[0]
        assert (kind.status, kind.code, kind.retryable) == (parent.status, parent.code, parent.retryable)
        return
    assert str(kind.status) == drawn["status"]
    assert kind.code == drawn["codes"].split(",")[0].strip()
    assert kind.retryable == (drawn["retry"] is not None)


def test_a_code_belongs_to_one_error() -> None:
    own = [kind for kind in CLASSES if "code" in vars(kind)]

    assert len({kind.code for kind in own}) == len(own)
    assert all(re.fullmatch(r"[A-Z][A-Z_]+", kind.code) for kind in own)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_status_is_one_the_document_explains(kind: type[MeddahError]) -> None:
    assert error_answers(kind.status)[kind.status]["description"]


def test_an_error_carries_its_message_and_details() -> None:
    error = ProviderError("No.", details={"reason": "content"}, code="OTHER")

    assert (str(error), error.message, error.details, error.code) == ("No.", "No.", {"reason": "content"}, "OTHER")
    assert ProviderError("No.").details == {}
    assert ProviderError.code == "PROVIDER_ERROR"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("character", "CHAR_NOT_FOUND"), ("world", "WORLD_NOT_FOUND"), ("job", "JOB_NOT_FOUND"), ("file", "NOT_FOUND")],
)
def test_what_is_not_found_has_a_code_of_its_kind(kind: str, code: str) -> None:
    error = NotFound.of(kind, "x" * 500)

    assert (error.status, error.code) == (404, code)
    assert len(error.message) < 100


def test_a_bad_field_is_named_as_a_failed_validation_names_it() -> None:
    error = InvalidInput.field("voice", "no such voice")

    assert error.details == {"errors": [{"field": "voice", "reason": "no such voice", "type": "value_error"}]}
