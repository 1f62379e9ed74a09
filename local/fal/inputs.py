"""What each model takes, field by field and strictly; what is wrong is said in fal's words.

The ranges are those of fal's model pages. Whether fal refuses a field it does not know is not documented: here it is
refused, so that nobody sends one.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.fal.wire import Refused

_Input = TypeVar("_Input", bound=BaseModel)
_KINDS = {"literal_error": "one_of", "string_too_short": "sequence_too_short", "string_too_long": "sequence_too_long"}
_PRESETS = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
Preset = Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"]
Ratio = Literal["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"]
Format = Literal["jpeg", "png"]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """An input without unknown fields."""

    model_config = ConfigDict(extra="forbid")


class Size(Strict):
    """A size in pixels. FLUX.1's limits are not documented; these are the widest that make sense."""

    width: Annotated[int, Field(ge=64, le=4096)] = 512
    height: Annotated[int, Field(ge=64, le=4096)] = 512


class _Flux(Strict):
    prompt: Text
    image_size: Preset | Size = "landscape_4_3"
    seed: int | None = None
    num_images: Annotated[int, Field(ge=1, le=4)] = 1
    output_format: Format = "jpeg"
    sync_mode: bool = False

    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        wanted = self.image_size
        return (wanted.width, wanted.height) if isinstance(wanted, Size) else _PRESETS[wanted]


class FluxDev(_Flux):
    """`fal-ai/flux/dev`."""

    num_inference_steps: Annotated[int, Field(ge=1, le=50)] = 28
    guidance_scale: Annotated[float, Field(ge=1, le=20)] = 3.5
    enable_safety_checker: bool = True
    acceleration: Literal["none", "regular", "high"] = "none"


class FluxSchnell(FluxDev):
    """`fal-ai/flux/schnell`."""

    num_inference_steps: Annotated[int, Field(ge=1, le=12)] = 4


class FluxPro(_Flux):
    """`fal-ai/flux-pro/v1.1`."""

    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "2"
    enhance_prompt: bool = False


class FluxUltra(Strict):
    """`fal-ai/flux-pro/v1.1-ultra`: a shape instead of a size."""

    prompt: Text
    aspect_ratio: Ratio = "16:9"
    seed: int | None = None
    num_images: Annotated[int, Field(ge=1, le=4)] = 1
    output_format: Format = "jpeg"
    sync_mode: bool = False
    safety_tolerance: Literal["1", "2", "3", "4", "5", "6"] = "2"
    enhance_prompt: bool = False
    raw: bool = False
    image_url: str | None = None
    image_prompt_strength: Share = 0.1

    def size(self) -> tuple[int, int]:
        """Width and height in pixels: about four megapixels, in steps of 32."""
        wide, high = (int(side) for side in self.aspect_ratio.split(":"))
        return _rounded((wide / high) ** 0.5), _rounded((high / wide) ** 0.5)


def _rounded(share: float) -> int:
    return round(2048 * share / 32) * 32


class FreyaSpeech(Strict):
    """`freya-mypsdi253hbk/freya-tts`. Its longest text is not documented."""

    input: Text
    voice: Literal["alloy", "zeynep", "ali"] = "alloy"
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "wav"
    speed: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    model: Literal["freya-tts-v1"] = "freya-tts-v1"


class ElevenLabsSpeech(Strict):
    """`fal-ai/elevenlabs/tts/turbo-v2.5` and `…/multilingual-v2`."""

    text: Text
    voice: str = "Rachel"
    stability: Share = 0.5
    similarity_boost: Share = 0.75
    style: Share = 0.0
    speed: Annotated[float, Field(ge=0.7, le=1.2)] = 1.0
    language_code: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    timestamps: bool = False
    previous_text: str | None = None
    next_text: str | None = None
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"


class FreyaHearing(Strict):
    """`freya-mypsdi253hbk/freya-stt/generate`."""

    audio_url: Text
    language: Text = "tr"
    response_format: Literal["json", "text", "verbose_json", "srt", "vtt"] = "json"


class Wizper(Strict):
    """`fal-ai/wizper`."""

    audio_url: Text
    language: Text | None = "en"
    task: Literal["transcribe", "translate"] = "transcribe"
    chunk_level: Literal["segment"] = "segment"
    max_segment_len: Annotated[int, Field(ge=10, le=29)] = 29
    merge_chunks: bool = True
    version: Literal["3"] = "3"


class Router(Strict):
    """`openrouter/router`, the native shape."""

    prompt: Text
    model: Text
    system_prompt: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    reasoning: bool = False


class ChatTurn(BaseModel):
    """One message; parts of other kinds than text are not understood."""

    role: Literal["system", "user", "assistant", "developer"]
    content: str | list[dict[str, Any]]

    def text(self) -> str:
        """Return the words of the message."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(str(part.get("text", "")) for part in self.content)


class Chat(BaseModel):
    """The OpenAI shape: passed through, so what it does not know it does not mind."""

    model: Annotated[str, Field(pattern=r"^[\w.~-]+/[\w.:-]+$")]
    messages: Annotated[list[ChatTurn], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stream: bool = False


def checked(schema: type[_Input], arguments: dict[str, Any]) -> _Input:
    """Return the arguments as the model takes them.

    Raises:
        Refused: 422 with everything that is wrong.
    """
    try:
        return schema.model_validate(arguments)
    except ValidationError as error:
        details = [_described(found) for found in error.errors(include_url=False)]
        raise Refused(422, {"detail": details}, {"X-Fal-Retryable": "false", "X-Fal-Needs-Retry": "0"}) from None


def checked_chat(arguments: dict[str, Any]) -> Chat:
    """Return the arguments of a chat.

    Raises:
        Refused: 400 in OpenAI's shape. (fal's own on this path is not documented; both are to be expected.)
    """
    try:
        return Chat.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Refused(400, {"error": {"message": f"{place}: {first['msg']}", "code": 400}}) from None


def _described(found: Any) -> dict[str, Any]:
    kind = _KINDS.get(found["type"], found["type"])
    ctx = {name: value for name, value in found.get("ctx", {}).items() if name != "error"}
    if kind == "one_of":
        ctx = {"expected": [part.strip().strip("'") for part in ctx["expected"].replace(" or ", ", ").split(",")]}
    described = {
        "loc": ["body", *found["loc"]],
        "msg": found["msg"],
        "type": kind,
        "url": f"https://docs.fal.ai/errors#{kind}",
        "input": found["input"],
    }
    return {**described, "ctx": ctx} if ctx else described
