"""The ports to the models: what a domain may ask for, in our own types.

One verb each. Adapters live beside this file: `sandbox` (deterministic, free, no network). Every port takes
a keyword-only `timeout` in seconds and raises only `common.errors.ProviderError` and its children.

What may cost money has a ceiling, known before the call and without the vendor: the most it can cost by our price
list, never less than the sum of the `Usage`s that it then ends with, whether these come with its answer
(`usage`, `wasted`) or with its error (`ProviderError.usages`). A ceiling is whole micro-USD and never raises: an
order that cannot go out costs 0. Only a vendor that bills above its own list can cost more.

`collect` may fail more than once over one order, and each failure carries what the order has cost: it is owed once,
when nobody will collect it again. What no answer ever told is in no `Usage`: a reply that was lost or came too late
(ProviderAmbiguous, ProviderTimeout), an order that was cancelled or forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence


class Purpose(StrEnum):
    """What a text is asked for. Chooses the model and names the metric; never reaches the model itself."""

    ACTING_PROMPT = "acting_prompt"
    """Write the first-person acting prompt of a character."""
    VALIDATION = "validation"
    """Judge an acting prompt: `PASS` or `FAIL: <reason>`."""
    SPEECH = "speech"
    """Answer the player in character."""
    REACTION = "reaction"
    """First line `WANT` or `PASS`, then the reaction."""
    MODERATION = "moderation"
    """Judge a reply: `PASS` or `VIOLATION: <reason>`."""
    SUMMARY = "summary"
    """Fold old exchanges into a character's running summary."""
    WORLD = "world"
    """Invent a world as one JSON object."""
    WORLD_BRIEF = "world_brief"
    """Tell a world in a few sentences."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat model is asked.

    `messages` begins with the system prompt. Text of tenants and players stands in it only as quoted
    blocks (`common.prompts`). `max_tokens` bounds the answer, `temperature` is 0–2.
    """

    purpose: Purpose
    messages: Sequence[Message]
    max_tokens: int = 512
    temperature: float = 0.8

    @property
    def input_bytes(self) -> int:
        """The UTF-8 bytes of all messages, by which their tokens are bounded."""
        return sum(len(message.content.encode("utf-8", "surrogatepass")) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call to a model used and cost. Fields that do not apply stay 0."""

    model: str
    cost_microusd: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0
    seconds: float = 0.0
    """Seconds of sound made or heard."""
    megapixels: float = 0.0
    provider_ms: int = 0
    """Milliseconds the vendor took, as seen from here."""
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """A chat model's whole answer."""

    text: str
    usage: Usage
    wasted: tuple[Usage, ...] = ()
    """Answers before this one that were paid for and could not be used, in the order they came."""


class ChatModel(Protocol):
    """Writes text."""

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        """Return the most that one request can cost, complete or streamed, over every model it may ask.

        `input_bytes` are the UTF-8 bytes of all messages' contents and must be counted as such:
        `ChatRequest.input_bytes`.
        """
        ...

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        """Return the model's answer within `timeout` seconds.

        Raises:
            ProviderError: see `common.errors`; `retryable` says whether asking again can help.
        """
        ...

    def stream(self, request: ChatRequest, *, timeout: float) -> AsyncIterator[str | Usage]:
        """Yield the answer piece by piece as the model writes it, and at the end what it used.

        That is one `Usage` for every answer that was paid for: the wasted ones first, that of what was heard last.

        All of it within `timeout` seconds. After the first piece nothing is asked again: what was heard was heard.

        Raises:
            ProviderError: as `complete`; at any point of the iteration.
        """
        ...


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """One picture, with everything needed to draw it again: `seed` is never absent."""

    prompt: str
    style: str
    """Preset: `pixel_art`, `realistic`, `anime`, `painterly`, or `custom`."""
    subject: str
    """`avatar` or `background`."""
    width: int
    height: int
    seed: int
    """0 … 2³²-1."""
    guidance_scale: float
    num_inference_steps: int
    model: str
    """`dev`, `schnell` or `pro`."""
    negative_prompt: str | None = None
    safety_level: str = "standard"
    """How careful the vendor's own check is: `strict`, `standard` or `relaxed`. It is never off."""


@dataclass(frozen=True, slots=True)
class SpeechOrder:
    """One text to be spoken."""

    text: str
    voice: str
    speed: float
    """1.0 is the voice's own pace; 0.25 … 4.0."""
    response_format: str
    """`mp3`, `wav`, `opus`, `aac`, `flac` or `pcm` (16-bit little-endian mono), as the voice can."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The vendor's word that it has taken an order."""

    request_id: str
    ready: bool
    """True when the result can be collected at once: no webhook will come."""


@dataclass(frozen=True, slots=True)
class Media:
    """A finished picture or sound, with the facts of it that a studio is told."""

    content: bytes
    content_type: str
    facts: Mapping[str, int | float | str]
    """JSON scalars: for a picture `seed_used`, `width`, `height`, `inference_time_ms`; for a sound
    `duration_seconds`, `sample_rate` (Hz), `voice`, `response_format`."""
    usage: Usage


class ImageGenerator(Protocol):
    """Draws pictures, in two steps: nobody is paid to wait in between."""

    resubmittable: bool
    """Whether submitting the same order twice is harmless: nothing is paid, or the vendor makes it once."""

    def ceiling_microusd(self, order: ImageOrder) -> int:
        """Return the most that one submission of the order can cost."""
        ...

    async def submit(self, order: ImageOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Hand the order to the vendor and return at once with the vendor's request id.

        Raises:
            ProviderRejected: the vendor refuses this order; sending it again cannot help.
            ProviderBusy, ProviderUnavailable: nothing was accepted; sending it again is safe.
            ProviderAmbiguous: it may or may not have been accepted; sending it again may pay twice.
        """
        ...

    async def collect(
        self, request_id: str, order: ImageOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fetch a finished picture; None while the vendor is still drawing.

        `output` is what the vendor already told us about the result (its webhook's payload), if it did.

        Raises:
            ProviderRejected, ProviderModerated: the vendor made nothing of this order.
            ProviderResultGone: the vendor does not know the order, or no longer has its result.
            ProviderBusy, ProviderUnavailable, ProviderTimeout: ask again later.
        """
        ...

    async def cancel(self, request_id: str, order: ImageOrder, *, timeout: float) -> bool:
        """Ask the vendor to stop; whether it took the wish (it may still finish)."""
        ...


class SpeechSynthesizer(Protocol):
    """Speaks texts, in the same two steps as `ImageGenerator`, or as it goes."""

    resubmittable: bool
    """As in `ImageGenerator`."""

    def ceiling_microusd(self, order: SpeechOrder) -> int:
        """Return the most that one submission or stream of the order can cost."""
        ...

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Hand the order to the vendor and return at once; raises as `ImageGenerator.submit`."""
        ...

    async def collect(
        self, request_id: str, order: SpeechOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fetch a finished sound; None while the vendor is still speaking. Raises as `ImageGenerator.collect`."""
        ...

    async def cancel(self, request_id: str, order: SpeechOrder, *, timeout: float) -> bool:
        """Ask the vendor to stop; whether it took the wish."""
        ...

    def stream(self, order: SpeechOrder, *, timeout: float) -> AsyncIterator[bytes | Usage]:
        """Yield the sound as it is made, and at the end, once, what it used.

        It is 16-bit little-endian mono PCM at the voice's sample rate, in whole samples.

        Raises:
            ProviderRejected: this voice cannot be streamed. ProviderError: at any point of the iteration.
        """
        ...


MAX_HEARD_SECONDS = 600.0
"""The longest sound that a studio may send."""


@dataclass(frozen=True, slots=True)
class AudioInput:
    """Sound to be understood: exactly one of its bytes or a public https address."""

    content: bytes | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard."""

    text: str
    usage: Usage
    duration_seconds: float = field(default=0.0)
    wasted: tuple[Usage, ...] = ()
    """As in `Completion`."""


class Transcriber(Protocol):
    """Understands speech."""

    def ceiling_microusd(self, audio: AudioInput) -> int:
        """Return the most that it can cost to listen, over every model that may be asked.

        Sound whose length is unknown, as behind an address, counts as `MAX_HEARD_SECONDS`.
        """
        ...

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        """Return the Turkish text of `audio`.

        Raises:
            ProviderRejected: not audio, an unsupported format, or nothing in it could be understood.
        """
        ...
