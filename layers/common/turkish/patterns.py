"""Regular expressions that are compiled when they are first used.

Compiling the patterns takes longer than everything else there is to an import. A module that is loaded with the engine
makes its patterns with `pattern`; a module that only a first call loads compiles its own as usual.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Uncompiled:
    """Stands in for a compiled pattern: each method is looked up once, and from then on is an attribute."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._source), name)
        setattr(self, name, found)
        return found


def pattern(source: str) -> re.Pattern[str]:
    """Return what behaves like `re.compile(source)` and compiles on its first use; a mistake shows only then."""
    return cast("re.Pattern[str]", _Uncompiled(source))
