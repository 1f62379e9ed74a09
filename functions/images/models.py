"""What studios order of pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.config import PictureModel, Quality, StyleName
from common.text import Label, Paragraph, Phrase, PlayerId, Request

MAX_SEED = 2**32 - 1
AvatarSide = Annotated[int, Field(ge=256, le=1024)]
BackgroundSide = Annotated[int, Field(ge=512, le=2048)]


class _PictureRequest(Request):
    style: StyleName | None = Field(
        default=None,
        description="A preset or one of your `style_templates`; absent: your `default_style`, at first `pixel_art`.",
    )
    custom_style_prompt: Phrase | None = Field(default=None, description="Your own words in place of the style's.")
    quality: Quality | None = Field(
        default=None,
        description="Sets `model` and `num_inference_steps` where you do not; absent: your `default_quality`.",
    )
    guidance_scale: float = Field(default=7.5, ge=1.0, le=20.0, allow_inf_nan=False)
    num_inference_steps: int | None = Field(
        default=None, ge=10, le=50, description="Absent: as the quality level has it for its model, else 28."
    )
    seed: int | None = Field(
        default=None, ge=0, le=MAX_SEED, description="The same seed and order give the same picture."
    )
    negative_prompt: Phrase | None = None
    model: PictureModel | None = Field(default=None, description="Absent: as the quality level has it, at first `dev`.")
    cache: bool = Field(
        default=True,
        description="Whether the same order with the same `seed` may be answered with the picture made before, at no "
        "cost, as your configuration's `cache` has it.",
    )
    user_id: PlayerId | None = Field(
        default=None, description="Your own name for the player: usage and budgets by player."
    )


class AvatarRequest(_PictureRequest):
    """A portrait of a character."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"description": "Kızıl saçlı, yaşlı bir şifacı; yünlü pelerin", "style": "painterly", "seed": 7}
            ]
        }
    )

    description: Paragraph = Field(description="How the character looks.")
    world_tone: Label = Field(default="fantazi", description="The mood of the world around it.")
    width: AvatarSide = 512
    height: AvatarSide = 512


class BackgroundRequest(_PictureRequest):
    """A scene without characters."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "Gece, karlı dağların eteğinde bir kale", "style": "realistic"}]}
    )

    prompt: Paragraph = Field(description="What is to be seen.")
    width: BackgroundSide = 1344
    height: BackgroundSide = 768


class StyleInfo(BaseModel):
    """A style and the words it stands for."""

    style: StyleName
    kind: Literal["preset", "template"] = Field(description="Ours, or one of your own `style_templates`.")
    avatar_prompt: str
    background_prompt: str


class StyleListResponse(BaseModel):
    """Every style you can order."""

    default_style: StyleName = Field(description="Of a picture that names none.")
    styles: list[StyleInfo]
