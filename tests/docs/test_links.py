"""What the pages point at exists: links, files, commands, endpoints; and nothing in them belongs to one machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.template import load
from tests.docs.examples import README, ROOT

PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
HOSTS = {"127.0.0.1", "keepachangelog.com", "semver.org"}
SOURCES = {"functions", "layers", "local", "tools", "tests", "docs", "bench", "events", "requirements", ".ci"}
MADE = {".aws-sam", ".tools", ".venv", "build"}
"""Folders that commands make; they need not be there."""
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w.\-]+(?:/[\w.\-]+)*/?")
_FENCE = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)
_MAKE = re.compile(r"\bmake ((?:[A-Z0-9]+=\S+ )*)([a-z][a-z0-9-]*)")
_SHELL = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OTHER_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|private|mnt)/")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def headings(page: Path) -> set[str]:
    """Return the anchors GitHub makes of a page's headings."""
    found = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def commands(text: str) -> list[str]:
    """Return what a page shows as code: in sentences and in shell blocks."""
    return [*_CODE.findall(_FENCE.sub("", text)), *_SHELL.findall(text)]


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert not anchor or anchor in headings(target), f"{link}: no such heading"


@every_page
def test_paths_in_backticks_exist(page: Path) -> None:
    for code in _CODE.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        for word in code.split():
            first, slash, _ = word.partition("/")
            if slash and first in SOURCES and first not in MADE and _PATH.fullmatch(word):
                assert (ROOT / word).exists(), f"`{code}`: there is no {word}"


@every_page
def test_commands_are_targets_of_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = {target for code in commands(page.read_text(encoding="utf-8")) for _, target in _MAKE.findall(code)}

    assert named <= targets


@every_page
def test_nothing_belongs_to_one_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert not _OTHER_MACHINE.findall(text)
    assert {urlsplit(url).hostname for url in re.findall(r"https?://[\w.:\-]+", text)} <= HOSTS


def test_the_table_of_endpoints_is_the_api() -> None:
    document = json.loads((ROOT / "functions" / "system" / "openapi.json").read_text(encoding="utf-8"))
    published = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}

    listed = re.findall(
        r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)` \|", README.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert len(listed) == len(set(listed))
    assert set(listed) == published


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(_LINK.findall(README.read_text(encoding="utf-8")))
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("*.md")}

    assert pages <= linked


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(_LINK.findall((folder / "README.md").read_text(encoding="utf-8")))

    assert {page.name for page in folder.glob("0*.md")} == listed


def test_the_runbook_knows_every_alarm() -> None:
    resources = load().document["Resources"]
    alarms = {name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}

    assert set(re.findall(r"`(\w+Alarm)`", (ROOT / "docs" / "12-runbook.md").read_text(encoding="utf-8"))) == alarms


def test_every_parameter_of_the_template_is_explained() -> None:
    page = (ROOT / "docs" / "11-building-and-deploying.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]

    assert {name for row in rows for name in _CODE.findall(row)} == set(load().document["Parameters"])


def test_every_table_is_described() -> None:
    page = (ROOT / "docs" / "07-data-model.md").read_text(encoding="utf-8")

    for table in load().tables.values():
        assert re.search(rf"^\| {table.name.rpartition('-')[2]} \|", page, re.MULTILINE), table.name
