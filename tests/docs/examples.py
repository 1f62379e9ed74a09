"""The examples of the documentation: shell blocks, each followed by what it prints.

In README.md every block of the walkthrough is one; in docs/ those under a `<!-- run -->`. A page's blocks run in one
shell, in order, after the walkthrough's first block. `python -m tests.docs.examples` runs all of them against a stack
of its own and writes what they really print into the pages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.stack import ROOT, running_stack

README = ROOT / "README.md"
PRINTED_URL = "http://127.0.0.1:9000"
_SECONDS = 60
_MARK = "\x1eend of block\x1e"
_BLOCK = re.compile(
    r"^```bash\n(?P<command>.*?)^```\n(?:\n```(?:json|text)\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
_WALKTHROUGH = re.compile(r"^## Walkthrough\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
_VARIES = (
    (re.compile(r"[0-9A-HJKMNP-TV-Z]{26}"), "<ulid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
    (re.compile(r'_ms": (?:\d+|null)'), '_ms": <n>'),
    (re.compile(r'"request_id": "[^"]+"'), '"request_id": "<id>"'),
    (re.compile(r'_tokens": \d+'), '_tokens": <n>'),
    (re.compile(r"\d+ bytes"), "<n> bytes"),
    (re.compile(r'(…|"last_four": ")[0-9A-Za-z]{4}\b'), r"\1<four>"),
    (re.compile(r'"(total|provider|cost_microusd|budget_remaining_microusd)": [\d.]+'), r'"\1": <n>'),
)


@dataclass(frozen=True)
class Example:
    """One shell block and what the page says it prints (None: nothing is shown)."""

    command: str
    output: str | None
    span: tuple[int, int]
    """Where the output stands in the page."""


def pages() -> list[Path]:
    """Every page with examples to run."""
    marked = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "<!-- run -->" in page.read_text("utf-8")]
    return [README, *marked]


def examples_of(page: Path) -> list[Example]:
    """Return a page's examples in order."""
    text = page.read_text(encoding="utf-8")
    walkthrough = _WALKTHROUGH.search(text) if page == README else None
    start, end = walkthrough.span() if walkthrough else (0, len(text))
    return [
        Example(found["command"], found["output"], found.span("output"))
        for found in _BLOCK.finditer(text, start, end)
        if page == README or text.endswith("<!-- run -->\n\n", 0, found.start())
    ]


def run(examples: list[Example], *, url: str, folder: Path) -> list[str]:
    """Run examples in one shell in `folder` and return what each prints."""
    first = examples_of(README)[0]
    blocks = [example.command for example in examples]
    if examples[0].command != first.command:
        blocks = [f"{first.command} >/dev/null", *blocks]
    script = "".join(f"{block}\nprintf '\\036end of block\\036'\n" for block in blocks)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    finished = subprocess.run(
        [shutil.which("bash") or "bash", "-c", script.replace(PRINTED_URL, url)],
        cwd=folder,
        env=os.environ
        | {"TMPDIR": str(folder), "PATH": path, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        | {"PYTHONPATH": str(ROOT)},  # `python -m admin`, wherever the shell is
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    printed = finished.stdout.split(_MARK)[:-1]
    if len(printed) != len(blocks) or finished.stderr:
        raise AssertionError(f"the shell said:\n{finished.stderr}\nafter:\n{finished.stdout}")
    return [shown(text, url) for text in printed[-len(examples) :]]


def shown(text: str, url: str) -> str:
    """Return printed text as a page shows it: at the usual port, without signatures of addresses."""
    text = re.sub(r"\?X-Amz-[^\"\s]+", "?X-Amz-…", text.replace(url, PRINTED_URL))
    return re.sub(r"127\.0\.0\.1:(?!9000)\d+", "127.0.0.1:…", text)


def settled(text: str) -> str:
    """Return text without what differs from run to run: ids, times, counts of tokens and bytes, costs."""
    for pattern, constant in _VARIES:
        text = pattern.sub(constant, text)
    return text


def rewrite(page: Path, *, url: str, folder: Path) -> None:
    """Put what a page's examples really print into the page."""
    text = page.read_text(encoding="utf-8")
    examples = examples_of(page)
    printed = run(examples, url=url, folder=folder)
    for example, output in reversed(list(zip(examples, printed, strict=True))):
        if example.output is not None and settled(example.output) != settled(output):
            start, end = example.span
            text = text[:start] + output + text[end:]
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Rewrite every page."""
    folder = ROOT / "build" / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    with running_stack() as stack:
        for page in pages():
            rewrite(page, url=stack.url, folder=folder)


if __name__ == "__main__":
    main()
