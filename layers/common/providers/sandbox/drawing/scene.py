"""What there is to see in a landscape, and in what light: chosen by cues first, then by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix

if TYPE_CHECKING:
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color, Point


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of an hour: sky above and at the horizon, sun or moon, and what distance turns things into."""

    zenith: Color
    horizon: Color
    disc: Color
    haze: Color
    dim: float
    """How dark things stand in it, 0 … 1."""


LIGHTS = {
    "night": Light((12, 18, 48), (58, 76, 122), (240, 238, 214), (54, 70, 114), 0.62),
    "day": Light((66, 132, 206), (198, 224, 238), (255, 248, 214), (176, 204, 226), 0.0),
    "sunset": Light((76, 62, 124), (248, 164, 92), (255, 226, 150), (222, 138, 108), 0.28),
    "dawn": Light((108, 146, 196), (252, 206, 184), (255, 240, 212), (220, 190, 190), 0.12),
}
GROUNDS: dict[str, Color] = {
    "plain": (106, 142, 70),
    "forest": (66, 110, 60),
    "winter": (226, 234, 242),
    "desert": (220, 178, 112),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands in a picture; heights in units."""

    cues: frozenset[str]
    hour: str
    land: str
    water: str
    """`sea`, `lake` or empty."""
    building: str
    """`castle`, `village` or empty."""
    horizon: float
    disc: Point
    light: Light

    def at(self, color: Color, distance: float) -> Color:
        """A colour in this light, seen from a `distance` of 0 (here) … 1 (lost in haze)."""
        return mix(mix(color, mix(self.light.zenith, (8, 8, 20), 0.5), self.light.dim), self.light.haze, distance)


def choose_scene(cues: frozenset[str], size: Point, rng: Random) -> Scene:
    """The scene a prompt asks for on a canvas of `size` units; chance fills in what it does not say."""
    hour = rng.choice(("day", "day", "sunset", "dawn", "night"))
    land = rng.choice(("plain", "plain", "forest", "winter", "desert"))
    if cues & {"sea", "lake", "village", "castle", "mountains"}:
        land = rng.choice(("plain", "plain", "forest"))
    hour = next((known for known in LIGHTS if known in cues), hour)
    land = next((known for known in ("winter", "desert", "forest") if known in cues), land)
    water = rng.choice(("", "", "lake")) if land != "desert" else ""
    building = rng.choice(("castle", "village", ""))
    named = cues & {"castle", "village", "forest", "sea", "desert", "mountains"}
    right, bottom = size
    return Scene(
        cues=cues,
        hour=hour,
        land=land,
        water=next((known for known in ("sea", "lake") if known in cues), water),
        building=next((known for known in ("castle", "village") if known in cues), "" if named else building),
        horizon=bottom * rng.uniform(0.54, 0.62),
        disc=(right * rng.choice((rng.uniform(0.16, 0.38), rng.uniform(0.62, 0.84))), bottom * rng.uniform(0.13, 0.24)),
        light=LIGHTS[hour],
    )
