"""Sounds that carry no text of their own, and what they say."""

import hashlib
from collections import OrderedDict

_MOST_REMEMBERED = 500


class Memory:
    """The sounds that went out without their text (streams, bare samples), by their samples."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def remember(self, samples: bytes, text: str) -> None:
        """Note what was said; the oldest is forgotten when there is too much."""
        self._texts[hashlib.sha256(samples).hexdigest()] = text
        if len(self._texts) > _MOST_REMEMBERED:
            self._texts.popitem(last=False)

    def recall(self, samples: bytes) -> str | None:
        """Return what these very samples say."""
        return self._texts.get(hashlib.sha256(samples).hexdigest())
