"""Every command of the walkthrough, and every example marked so in docs/, does what the page says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.examples import README, ROOT, examples_of, pages, run, settled

pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="the examples need bash and curl"
)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_print_what_the_page_says(page: Path, stack: str, tmp_path: Path) -> None:
    examples = examples_of(page)

    printed = run(examples, url=stack, folder=tmp_path)

    said = [example.output for example in examples]
    assert [settled(text) if shown is not None else None for text, shown in zip(printed, said, strict=True)] == [
        settled(shown) if shown is not None else None for shown in said
    ], "if the code is right, write the pages anew: python -m tests.docs.examples"


def test_the_walkthrough_has_examples() -> None:
    assert len([example for example in examples_of(README) if example.output]) >= 10
