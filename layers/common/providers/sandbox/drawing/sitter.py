"""Who sits for a portrait: chosen by the prompt's cues first and by chance where they are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.providers.sandbox.drawing.canvas import mix

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from common.providers.sandbox.drawing.canvas import Color

_SKINS: list[Color] = [(242, 208, 178), (226, 182, 144), (206, 156, 116), (172, 120, 82), (128, 84, 58)]
_HAIRS: list[Color] = [(42, 32, 34), (74, 46, 32), (112, 70, 40), (150, 104, 58), (92, 40, 26)]
_EYES: list[Color] = [(86, 56, 34), (62, 96, 66), (64, 110, 160), (108, 96, 48), (52, 40, 38)]
_CLOTHES: list[Color] = [(128, 44, 52), (44, 76, 122), (56, 98, 72), (92, 66, 116), (134, 100, 56), (58, 62, 78)]
_BACKDROPS: list[Color] = [(96, 128, 150), (142, 112, 92), (88, 116, 96), (120, 96, 136), (166, 138, 96), (84, 92, 124)]

_GRAY: Color = (188, 186, 184)
_HEADWEAR = ("helmet", "hood", "crown", "turban", "hat")


@dataclass(frozen=True, slots=True)
class Sitter:
    """A face to be painted; `headwear` may be empty, `hair_style` is `short`, `long`, `curly` or `bald`."""

    cues: frozenset[str]
    skin: Color
    hair: Color
    eyes: Color
    clothes: Color
    metal: Color
    backdrop: Color
    hair_style: str
    headwear: str
    beard: float
    """Length of the beard, 0 (none) … 1."""
    mustache: bool
    width: float
    """Width of the face against an average one."""
    jaw: float
    """Width of the jaw against the cheeks."""
    brow: float
    """Tilt of the brows: above 0 angry, below 0 sad."""
    smile: float
    """Curve of the mouth: above 0 glad, below 0 sad."""
    parting: float
    """Where the hair parts, -1 (left) … 1 (right)."""

    @property
    def feminine(self) -> bool:
        """Whether the face is a woman's or a girl's."""
        return "woman" in self.cues


def choose_sitter(cues: frozenset[str], colors: Mapping[str, Color], rng: Random) -> Sitter:
    """The sitter a prompt asks for; chance fills in what it does not say."""
    if not cues & {"woman", "man", "beard", "mustache"}:
        warlike = cues & {"helmet", "turban", "armor", "patch"}
        cues |= {"woman"} if rng.random() < (0.0 if warlike else 0.45) else {"man"}
    feminine = "woman" in cues
    return Sitter(
        cues=cues,
        skin=_skin(cues, rng),
        hair=_hair(cues, colors, rng),
        eyes=colors.get("eyes", rng.choice(_EYES)),
        clothes=colors.get("clothes", rng.choice(_CLOTHES)),
        metal=mix((168, 172, 182), (196, 160, 84), rng.choice((0.0, 0.1, 0.8))),
        backdrop=rng.choice(_BACKDROPS),
        hair_style=_hair_style(cues, rng, feminine=feminine),
        headwear=next((item for item in _HEADWEAR if item in cues), ""),
        beard=_beard(cues, rng, feminine=feminine),
        mustache="mustache" in cues or (not feminine and rng.random() < 0.25),
        width=rng.uniform(0.93, 1.07) * (0.95 if feminine else 1.0),
        jaw=rng.uniform(0.60, 0.68) if feminine else rng.uniform(0.72, 0.82),
        brow=1.0 if "angry" in cues else -1.0 if "sad" in cues else rng.uniform(-0.25, 0.35),
        smile=1.0 if "smile" in cues else -0.8 if cues & {"sad", "angry"} else rng.uniform(-0.2, 0.5),
        parting=rng.uniform(-0.8, 0.8),
    )


def _skin(cues: frozenset[str], rng: Random) -> Color:
    chosen = rng.choice(_SKINS[:4])
    if "green_skin" in cues:
        return mix((106, 146, 82), chosen, 0.15)
    if "dark_skin" in cues:
        return rng.choice(_SKINS[3:])
    return mix(chosen, (226, 224, 228), 0.6) if "pale_skin" in cues else chosen


def _hair(cues: frozenset[str], colors: Mapping[str, Color], rng: Random) -> Color:
    chosen = rng.choice(_HAIRS)
    if "hair" in colors:
        return colors["hair"]
    if "red_hair" in cues:
        return (172, 66, 26)
    if "blond_hair" in cues:
        return (222, 184, 108)
    return mix(_GRAY, chosen, rng.uniform(0.0, 0.12)) if cues & {"old", "gray_hair"} else chosen


def _hair_style(cues: frozenset[str], rng: Random, *, feminine: bool) -> str:
    chosen = rng.choice(("long", "long", "curly") if feminine else ("short", "short", "short", "long", "curly"))
    for cue, style in (("bald", "bald"), ("curly_hair", "curly"), ("long_hair", "long")):
        if cue in cues:
            return style
    return chosen


def _beard(cues: frozenset[str], rng: Random, *, feminine: bool) -> float:
    length = rng.uniform(0.35, 0.8) * (0.5 if "hood" in cues else 1.0) + (0.3 if "old" in cues else 0.0)
    wanted = "beard" in cues or (not feminine and "young" not in cues and rng.random() < 0.4)
    return length if wanted else 0.0
