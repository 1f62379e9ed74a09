"""The running stack of the end-to-end tests, for the examples of the documentation."""

from tests.e2e.conftest import running, stack

__all__ = ["running", "stack"]
