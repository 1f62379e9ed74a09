"""What studios send and get about speech."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from common.jobs import MOST_ORDERS, ClientId
from common.orders import BatchRequest, OrderRequest
from common.receipts import Receipt
from common.text import Label, PlayerId, PublicUrl, Request

MAX_TEXT = 3_000
MAX_SPOKEN = 6_000
"""Characters of a text once its numbers and abbreviations are words."""
MAX_PRONUNCIATIONS = 100
MAX_AUDIO_BYTES = 3_500_000
_MAX_BASE64 = MAX_AUDIO_BYTES * 4 // 3 + 200
MAX_BODY_BYTES = _MAX_BASE64 + 2_000

SpokenText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class TTSRequest(OrderRequest):
    """A text to be spoken."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Kapıyı aç, dışarıda kar var.", "voice": "zeynep"}]}
    )

    text: SpokenText = Field(
        description="1–3,000 characters of Turkish. Numbers, dates, money and abbreviations are read out in words."
    )
    voice: Label = Field(default="alloy", description="A voice of GET /v1/voice/voices.")
    speed: float = Field(
        default=1.0, ge=0.25, le=4.0, allow_inf_nan=False, description="Within the voice's `speed_min` and `speed_max`."
    )
    response_format: Literal["mp3", "wav", "opus", "aac", "flac", "pcm"] = Field(
        default="mp3", description="One of the voice's `formats`; pcm is 16-bit little-endian mono."
    )
    pronunciations: Annotated[dict[Label, Label], Field(max_length=MAX_PRONUNCIATIONS)] | None = Field(
        default=None,
        description="How your invented names are said: written → spoken, at most 100. Suffixes are kept: «Kael'in».",
        examples=[{"Kael": "Keyl"}],
    )
    cache: bool = Field(
        default=True,
        description="Whether the same order may be answered with the sound made before, at no cost, as your "
        "configuration's `cache` has it.",
    )
    user_id: PlayerId | None = Field(
        default=None, description="Your own name for the player: usage and budgets by player."
    )


class TTSOrder(TTSRequest):
    """A text in a batch."""

    client_id: ClientId | None = Field(
        default=None, description="Your own id of the job, as with PUT: the same order under it is ordered once."
    )


class TTSBatchRequest(BatchRequest):
    """Up to 100 texts to be spoken."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [
                        {"text": "Kapıyı aç, dışarıda kar var.", "voice": "zeynep"},
                        {"text": "Köprü bu gece kapalı.", "voice": "ali"},
                    ]
                }
            ]
        }
    )

    orders: Annotated[list[TTSOrder], Field(min_length=1, max_length=MOST_ORDERS)]


class STTRequest(Request):
    """Speech to be understood: exactly one of its address and its bytes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"audio_url": "https://example.com/ses.mp3"}]})

    audio_url: PublicUrl | None = Field(
        default=None,
        description="A public https address, on port 443 or 8443 of a host name, without credentials or a fragment.",
    )
    audio_base64: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_BASE64)] | None = Field(
        default=None,
        description="WAV, MP3, Ogg, FLAC, M4A or WebM in base64 or as a data URI: at most 3.5 MB, 0.1 s to 10 min.",
    )
    user_id: PlayerId | None = Field(
        default=None, description="Your own name for the player: usage and budgets by player."
    )

    @model_validator(mode="after")
    def _one_source(self) -> STTRequest:
        if (self.audio_url is None) == (self.audio_base64 is None):
            raise ValueError("give exactly one of audio_url and audio_base64")
        return self


class STTResponse(BaseModel):
    """What was said."""

    text: str
    duration_seconds: float
    usage: Receipt


class VoiceInfo(BaseModel):
    """A voice."""

    voice_id: str
    name: str
    family: str
    gender: str
    sample_rate: int = Field(description="Hz.")
    formats: list[str] = Field(description="What `response_format` may be; the sandbox speaks mp3, wav and pcm.")
    speed_min: float
    speed_max: float
    streams: bool = Field(description="Whether it can be heard while it speaks.")
    microusd_per_1000_characters: int | None = Field(
        description="Millionths of a US dollar; null where the vendor publishes no price."
    )
    description: str
    preview_url: str | None = None


class VoiceListResponse(BaseModel):
    """Every voice."""

    voices: list[VoiceInfo]
