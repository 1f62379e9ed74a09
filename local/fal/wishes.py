"""What a prompt asks a drawing model for: a style, a subject, what is to be seen and what is not."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from random import Random

from common.providers import ImageOrder
from common.providers.sandbox.drawing.cues import find_cues

_STYLES = {
    "pixel_art": re.compile(r"pixel", re.IGNORECASE),
    "anime": re.compile(r"anime|manga", re.IGNORECASE),
    "painterly": re.compile(r"oil paint|painterly|brush|yağlı ?boya|fırça", re.IGNORECASE),
    "realistic": re.compile(r"photo|realis|gerçekçi", re.IGNORECASE),
}
_PORTRAIT = re.compile(r"portrait|bust|character|face|portre", re.IGNORECASE)
_LANDSCAPE = re.compile(r"without characters|background|landscape|environment|scene|manzara|arka plan", re.IGNORECASE)
_UNWANTED = re.compile(r"must not show:", re.IGNORECASE)
_LARGEST_DRAWING = 640
"""Pixels along the shorter side that are drawn; the rest is enlarged, or it would take seconds."""


@dataclass(frozen=True)
class Wish:
    """One picture; the same wish gives the same picture."""

    prompt: str
    seed: int
    width: int
    height: int

    @property
    def wanted(self) -> str:
        """The prompt without what it rules out."""
        return _UNWANTED.split(self.prompt, maxsplit=1)[0]

    @property
    def unwanted(self) -> str | None:
        """What the prompt rules out."""
        return "".join(_UNWANTED.split(self.prompt, maxsplit=1)[1:]) or None

    @cached_property
    def style(self) -> str:
        """`pixel_art`, `anime`, `painterly`, `realistic` or `custom`."""
        return next((name for name, words in _STYLES.items() if words.search(self.wanted)), "custom")

    @cached_property
    def portrait(self) -> bool:
        """Whether somebody is to be seen, and not something."""
        if "without characters" in self.wanted or not _PORTRAIT.search(self.wanted):
            return not _LANDSCAPE.search(self.wanted) and self.width <= 1.2 * self.height
        return True

    @cached_property
    def cues(self) -> frozenset[str]:
        """What the sandbox's painter understands of the prompt."""
        return find_cues(self.wanted, self.unwanted)

    def random(self) -> Random:
        """Return this wish's dice."""
        text = f"{self.prompt}\0{self.seed}".encode("utf-8", "replace")
        return Random(hashlib.sha256(text).digest())  # noqa: S311 - repeatable by intent

    def order(self) -> ImageOrder:
        """Return the order for the drawing that the finish begins with."""
        shrink = min(1.0, _LARGEST_DRAWING / min(self.width, self.height))
        return ImageOrder(
            prompt=self.wanted,
            style="anime" if self.style == "pixel_art" else self.style,
            subject="avatar" if self.portrait else "background",
            width=max(1, round(self.width * shrink)),
            height=max(1, round(self.height * shrink)),
            seed=self.seed,
            guidance_scale=5.0,
            num_inference_steps=28,
            model="dev",
            negative_prompt=self.unwanted,
        )
