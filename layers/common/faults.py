"""Faults on demand: a request with a test key says how its next call to a model fails, as a live vendor's would.

    X-Meddah-Fault: timeout | busy | moderated | provider_error

The adapters here stand before the sandbox's, and only for test keys (`providers.choice`). A synchronous call finds what
is demanded in the context of its request; a job carries it to the worker that takes its order or fetches its result.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from common.config import ModerationStrictness
from common.errors import (
    InvalidInput,
    ProviderBusy,
    ProviderError,
    ProviderModerated,
    ProviderTimeout,
)
from common.keys import Mode
from common.providers import Completion, Purpose, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping, Sequence

    from common.providers import (
        AudioInput,
        ChatModel,
        ChatRequest,
        ImageGenerator,
        ImageOrder,
        Media,
        SpeechOrder,
        SpeechSynthesizer,
        Submission,
        Transcriber,
        Transcript,
    )
    from common.tenancy import Tenant

HEADER = "X-Meddah-Fault"
_DETAILS = {"reason": "fault_on_demand"}


class Fault(StrEnum):
    """How a call to a model can fail."""

    TIMEOUT = "timeout"
    BUSY = "busy"
    MODERATED = "moderated"
    PROVIDER_ERROR = "provider_error"


_AFTER_SUBMISSION = frozenset(Fault) - {Fault.BUSY}
"""What a vendor can only do with an order that it took."""


@dataclass(slots=True)
class Demand:
    """A fault that is to happen once, to whichever call comes first."""

    fault: Fault
    judged: bool = True
    """Whether a moderating model judges replies: then it is what withholds them, else the model's own filter."""
    happened: bool = field(default=False)


_demanded: ContextVar[Demand | None] = ContextVar("demanded_fault", default=None)


def demand_in(values: Sequence[str], tenant: Tenant) -> Demand | None:
    """Return what a request's `X-Meddah-Fault` headers demand, None where there is none.

    Raises:
        InvalidInput: the key is no test key, or there is no such fault.
    """
    if not values:
        return None
    if tenant.mode is not Mode.TEST:
        raise InvalidInput.field(HEADER, "only for test keys")
    if len(values) > 1 or values[0] not in set(Fault):
        raise InvalidInput.field(HEADER, f"one of {', '.join(Fault)}")
    return Demand(Fault(values[0]), judged=tenant.config.moderation_strictness is ModerationStrictness.STRICT)


@contextmanager
def demanded(demand: Demand | None) -> Generator[None]:
    """Let the first call to a model in here fail as demanded."""
    before = _demanded.set(demand)
    try:
        yield
    finally:
        _demanded.reset(before)


def fault_to_carry() -> str | None:
    """Return the fault that a job ordered here has to carry."""
    demand = _demanded.get()
    return demand.fault.value if demand is not None and not demand.happened else None


def carried(fault: str | None) -> Demand | None:
    """Return what a job demands that carries `fault`."""
    return Demand(Fault(fault)) if fault is not None else None


def _fail_if_demanded(among: frozenset[Fault] = frozenset(Fault)) -> None:
    demand = _demanded.get()
    if demand is None or demand.happened or demand.fault not in among:
        return
    demand.happened = True
    raise _error(demand.fault)


def _error(fault: Fault) -> ProviderError:
    """Return the failure in the words of the live adapter (`providers.fal.errors`)."""
    match fault:
        case Fault.TIMEOUT:
            return ProviderTimeout("The vendor did not answer in time", details=dict(_DETAILS))
        case Fault.BUSY:
            return ProviderBusy("The vendor is busy", details=dict(_DETAILS))
        case Fault.MODERATED:
            return ProviderModerated("The vendor's safety check refused this", details=dict(_DETAILS))
        case Fault.PROVIDER_ERROR:
            return ProviderError("The vendor could not do it", details=dict(_DETAILS))


class FaultyChatModel:
    """A `ChatModel` that fails when it is demanded.

    `moderated` withholds a character's replies, all of one request, by the moderator's verdict; where no moderator is
    asked, and for every other text, the model's own filter refuses.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def ceiling_microusd(self, purpose: Purpose, *, input_bytes: int, max_tokens: int) -> int:
        """Return the ceiling of the model behind."""
        return self._model.ceiling_microusd(purpose, input_bytes=input_bytes, max_tokens=max_tokens)

    async def complete(self, request: ChatRequest, *, timeout: float) -> Completion:
        """Fail as demanded, or answer as the model behind."""
        demand = _demanded.get()
        if demand is not None and demand.fault is Fault.MODERATED and demand.judged:
            if request.purpose is Purpose.MODERATION:
                answer = await self._model.complete(request, timeout=timeout)
                return Completion("VIOLATION: Denetim bu yanıtı geçirmedi.", answer.usage)
            if request.purpose is Purpose.SPEECH:
                return await self._model.complete(request, timeout=timeout)
        _fail_if_demanded()
        return await self._model.complete(request, timeout=timeout)

    async def stream(self, request: ChatRequest, *, timeout: float) -> AsyncGenerator[str | Usage]:
        """Fail as demanded before the first piece, or stream as the model behind."""
        _fail_if_demanded()
        async for piece in self._model.stream(request, timeout=timeout):
            yield piece


class FaultyImageGenerator:
    """An `ImageGenerator` that fails when it is demanded: busy does not take the order, the rest spoils its result."""

    def __init__(self, generator: ImageGenerator) -> None:
        self._generator = generator
        self.resubmittable = generator.resubmittable

    def ceiling_microusd(self, order: ImageOrder) -> int:
        """Return the ceiling of the generator behind."""
        return self._generator.ceiling_microusd(order)

    async def submit(self, order: ImageOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Refuse as busy, or hand the order on."""
        _fail_if_demanded(frozenset({Fault.BUSY}))
        return await self._generator.submit(order, callback_url=callback_url, timeout=timeout)

    async def collect(
        self, request_id: str, order: ImageOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fail as demanded, or fetch the picture."""
        _fail_if_demanded(_AFTER_SUBMISSION)
        return await self._generator.collect(request_id, order, output=output, timeout=timeout)

    async def cancel(self, request_id: str, order: ImageOrder, *, timeout: float) -> bool:
        """Hand the wish on."""
        return await self._generator.cancel(request_id, order, timeout=timeout)


class FaultySpeechSynthesizer:
    """A `SpeechSynthesizer` that fails when it is demanded, as `FaultyImageGenerator`."""

    def __init__(self, synthesizer: SpeechSynthesizer) -> None:
        self._synthesizer = synthesizer
        self.resubmittable = synthesizer.resubmittable

    def ceiling_microusd(self, order: SpeechOrder) -> int:
        """Return the ceiling of the synthesizer behind."""
        return self._synthesizer.ceiling_microusd(order)

    async def submit(self, order: SpeechOrder, *, callback_url: str | None, timeout: float) -> Submission:
        """Refuse as busy, or hand the order on."""
        _fail_if_demanded(frozenset({Fault.BUSY}))
        return await self._synthesizer.submit(order, callback_url=callback_url, timeout=timeout)

    async def collect(
        self, request_id: str, order: SpeechOrder, *, output: Mapping[str, Any] | None = None, timeout: float
    ) -> Media | None:
        """Fail as demanded, or fetch the sound."""
        _fail_if_demanded(_AFTER_SUBMISSION)
        return await self._synthesizer.collect(request_id, order, output=output, timeout=timeout)

    async def cancel(self, request_id: str, order: SpeechOrder, *, timeout: float) -> bool:
        """Hand the wish on."""
        return await self._synthesizer.cancel(request_id, order, timeout=timeout)

    async def stream(self, order: SpeechOrder, *, timeout: float) -> AsyncGenerator[bytes | Usage]:
        """Fail as demanded before the first sound, or stream as the synthesizer behind."""
        _fail_if_demanded()
        async for piece in self._synthesizer.stream(order, timeout=timeout):
            yield piece


class FaultyTranscriber:
    """A `Transcriber` that fails when it is demanded."""

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber

    def ceiling_microusd(self, audio: AudioInput) -> int:
        """Return the ceiling of the transcriber behind."""
        return self._transcriber.ceiling_microusd(audio)

    async def transcribe(self, audio: AudioInput, *, timeout: float) -> Transcript:
        """Fail as demanded, or listen."""
        _fail_if_demanded()
        return await self._transcriber.transcribe(audio, timeout=timeout)
