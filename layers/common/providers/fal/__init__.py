"""fal.ai behind the ports: the only place that knows its wire (https://fal.ai/docs) and imports its client."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

try:
    Path.home()
except RuntimeError:  # pragma: no cover - depends on the machine's user database
    # fal_client asks for the home directory when it is imported, for a file that we never use.
    os.environ["HOME"] = tempfile.gettempdir()
