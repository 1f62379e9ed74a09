"""The tables of docs/ are what the code reads, and a table that is not is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import ROOT
from tools.tables import TABLES, written

each_page = pytest.mark.parametrize("page", TABLES)


def _text(page: str) -> str:
    return Path(ROOT, "docs", page).read_text(encoding="utf-8")


@each_page
def test_a_page_lists_what_the_code_reads(page: str) -> None:
    assert _text(page) == written(page, _text(page)), "run: make tables"


@each_page
def test_every_table_of_a_page_is_written(page: str) -> None:
    text = _text(page)
    emptied = text
    for name in TABLES[page]:
        begin = emptied.index(f"<!-- table: {name} -->\n\n") + len(f"<!-- table: {name} -->\n\n")
        emptied = emptied[:begin] + "| old |" + emptied[emptied.index("\n\n<!-- /table -->", begin) :]

    assert emptied != text == written(page, emptied)


@each_page
def test_a_table_without_a_place_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="0 places"):
        written(page, _text(page).replace("<!-- table: ", "<!-- "))


@pytest.mark.parametrize(
    "row",
    [
        "| `requests_per_hour` | 100 | 10,000 | 1–10,000,000 | – |",
        "| `images_per_minute` | 50 | 50 | 1–10,000,000 | – |",
        "| `concurrent_generations` | 5 | 100 | 1–500 | – |",
        "| `day_microusd` | $1 | $50 | $0–$1,000,000 | $0 to the operator's |",
        "| pictures, `dev` | $0.025 a megapixel |",
        "| `POST /v1/characters/{character_id}/speak` | `text_per_minute` |",
        "| `cache.ttl_hours` | 0–168 | `24` |",
    ],
)
def test_what_was_promised_is_listed(row: str) -> None:
    assert any(f"\n{row}\n" in _text(page) for page in TABLES)
