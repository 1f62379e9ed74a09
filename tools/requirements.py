"""Writes the deployed requirement files from the lock: `python -m tools.requirements`, with `--check` only compares.

requirements/dev.txt is what is tested, so what is deployed must be the same pins and the same hashes. The closure of
the product's dependencies is read from what is installed; nothing is asked of a registry.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
LAYER = ROOT / "layers" / "common" / "requirements.txt"
SYSTEM = ROOT / "functions" / "system" / "requirements.txt"

HEADER = "# Generated from requirements/dev.txt by `make lock`. Never edited: `make check` compares.\n"
_RUNTIME = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}


def locked() -> dict[str, str]:
    """Return each pin of the lock with its hashes, by canonical name."""
    pins: dict[str, str] = {}
    for block in re.findall(
        r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", LOCK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        lines = [line for line in block.splitlines() if not line.lstrip().startswith("#")]
        pins[canonicalize_name(re.split(r"[=\[ ]", block, maxsplit=1)[0])] = "\n".join(lines).rstrip() + "\n"
    return pins


def closure(wanted: Iterable[str]) -> set[str]:
    """Return the canonical names of `wanted` and of all they need on Lambda's Python 3.13 on arm64."""
    names: set[str] = set()
    open_ends = [Requirement(text) for text in wanted]
    while open_ends:
        requirement = open_ends.pop()
        name = canonicalize_name(requirement.name)
        if name not in names:
            names.add(name)
            open_ends.extend(_needs(requirement))
    return names


def _needs(requirement: Requirement) -> Iterator[Requirement]:
    for text in distribution(requirement.name).requires or []:
        needed = Requirement(text)
        if any(_applies(needed.marker, extra) for extra in ("", *requirement.extras)):
            yield needed


def _applies(marker: Marker | None, extra: str) -> bool:
    return marker is None or marker.evaluate({**_RUNTIME, "extra": extra})


def files() -> dict[Path, str]:
    """Return what the generated files should hold."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = locked()
    layer = closure(project["project"]["dependencies"])
    system = closure(project["dependency-groups"]["docs"]) - layer
    return {
        LAYER: HEADER + "".join(pins[name] for name in sorted(layer)),
        SYSTEM: HEADER + "".join(pins[name] for name in sorted(system)),
    }


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are not what they should be."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what requirements/dev.txt says; run: make lock")
        return len(stale)
    for path in stale:
        path.write_text(files()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
