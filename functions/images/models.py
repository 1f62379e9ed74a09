"""What studios order of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WrapValidator

from common.config import PictureModel, Quality, StyleName
from common.jobs import MOST_ORDERS, ClientId
from common.orders import BatchRequest, OrderRequest
from common.text import Label, Paragraph, Phrase, PlayerId

MAX_SEED = 2**32 - 1
MAX_BODY_BYTES = 2_000_000
"""Of a hundred orders with texts as long as they may be, every letter escaped."""
_CLIENT_ID = "Your own id of the job, as with PUT: the same order under it is ordered once."
AvatarSide = Annotated[int, Field(ge=256, le=1024)]
BackgroundSide = Annotated[int, Field(ge=512, le=2048)]


class PictureRequest(OrderRequest):
    """What every picture takes."""

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


class AvatarRequest(PictureRequest):
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


class BackgroundRequest(PictureRequest):
    """A scene without characters."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "Gece, karlı dağların eteğinde bir kale", "style": "realistic"}]}
    )

    prompt: Paragraph = Field(description="What is to be seen.")
    width: BackgroundSide = 1344
    height: BackgroundSide = 768


class AvatarOrder(AvatarRequest):
    """A portrait in a batch."""

    kind: Literal["avatar"]
    client_id: ClientId | None = Field(default=None, description=_CLIENT_ID)


class BackgroundOrder(BackgroundRequest):
    """A scene in a batch."""

    kind: Literal["background"]
    client_id: ClientId | None = Field(default=None, description=_CLIENT_ID)


class _AnyOrder(BaseModel):
    kind: Literal["avatar", "background"]


def _by_kind(value: Any, _: Callable[[Any], Any]) -> AvatarOrder | BackgroundOrder:
    """Read an order as its kind has it; pydantic's own unions would put the kind's name before that of a bad field."""
    kind = _AnyOrder.model_validate(value).kind
    return (AvatarOrder if kind == "avatar" else BackgroundOrder).model_validate(value)


PictureOrder = Annotated[Annotated[AvatarOrder | BackgroundOrder, Field(discriminator="kind")], WrapValidator(_by_kind)]


class PictureBatchRequest(BatchRequest):
    """Up to 100 pictures."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [
                        {"kind": "avatar", "description": "Tek gözlü bir korsan", "style": "anime"},
                        {"kind": "background", "prompt": "Sisli bir liman"},
                    ]
                }
            ]
        }
    )

    orders: Annotated[list[PictureOrder], Field(min_length=1, max_length=MOST_ORDERS)]


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
