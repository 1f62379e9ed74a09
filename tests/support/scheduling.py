"""Which worker runs which tests: a file stays together, and with it what it sets up once; so do all users of a stack.

xdist's own groups come to nothing: they rename tests, and pytest's tests have kept their names since 9.2.
"""

from __future__ import annotations

from collections import Counter

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "running": {
        "tests/docs/test_readme.py",
        "tests/e2e/test_durability.py",
        "tests/e2e/test_idempotency.py",
        "tests/e2e/test_isolation.py",
        "tests/e2e/test_openapi.py",
        "tests/e2e/test_robustness.py",
        "tests/e2e/test_seed_checklist.py",
        "tests/e2e/test_test_keys.py",
        "tests/e2e/test_watching.py",
    },
    "played": {
        "tests/local/test_gateway.py",
        "tests/local/test_metrics.py",
        "tests/local/test_queues.py",
    },
}
"""The files that share what takes seconds to start, by the name of its fixture."""
_GROUPS = {file: fixture for fixture, files in TOGETHER.items() for file in files}


class Together(LoadScopeScheduling):
    """Hands out what shares something as one, else whole files or single tests, in the order of their collection."""

    def __init__(self, config: pytest.Config, log: Producer | None = None, *, whole_files: bool) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False
        self._whole_files = whole_files

    def _split_scope(self, nodeid: str) -> str:
        group = group_of(nodeid)
        return group if self._whole_files or group in TOGETHER else nodeid


def group_of(nodeid: str) -> str:
    """Return what a test is handed out with: its file, or what several files share."""
    file = nodeid.partition("::")[0]
    return _GROUPS.get(file, file)


def long_ones_first(items: list[pytest.Item]) -> None:
    """Put first what shares a stack, then files of few tests: those are the long ones, and no worker ends with one."""
    sizes = Counter(group_of(item.nodeid) for item in items)
    items.sort(key=lambda item: (group_of(item.nodeid) not in TOGETHER, sizes[group_of(item.nodeid)]))


def strays(items: list[pytest.Item], fixture: str) -> set[str]:
    """Return the files that use a fixture and are not in `TOGETHER`: each of their workers would start one."""
    using = {item.nodeid for item in items if fixture in getattr(item, "fixturenames", ())}
    return {nodeid.partition("::")[0] for nodeid in using if group_of(nodeid) != fixture}
