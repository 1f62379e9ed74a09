"""Who makes what, and what the vendor is owed for what nobody wants any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.errors import ProviderError, ProviderMisconfigured
from common.jobs import JobKind
from common.providers import ImageOrder, SpeechOrder
from common.providers.choice import image_generator, speech_synthesizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.jobs import Job
    from common.providers import ImageGenerator, Media, SpeechSynthesizer, Usage

COLLECT_SECONDS = 20.0
CANCEL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Vendors:
    """Who makes what."""

    images: ImageGenerator
    voices: SpeechSynthesizer

    async def collect(self, job: Job, output: Mapping[str, Any] | None) -> Media | None:
        """Fetch what a job ordered; None while the vendor is still at work."""
        request_id = str(job.request_id)
        if job.kind is JobKind.IMAGE:
            order = ImageOrder(**job.order)
            return await self.images.collect(request_id, order, output=output, timeout=COLLECT_SECONDS)
        spoken = SpeechOrder(**job.order)
        return await self.voices.collect(request_id, spoken, output=output, timeout=COLLECT_SECONDS)

    def ceiling_microusd(self, job: Job) -> int:
        """Return what a job's order may cost at most, as prices are now."""
        if job.kind is JobKind.IMAGE:
            return self.images.ceiling_microusd(ImageOrder(**job.order))
        return self.voices.ceiling_microusd(SpeechOrder(**job.order))

    async def cancel(self, job: Job) -> bool:
        """Ask the vendor to stop; whether it took the wish."""
        request_id = str(job.request_id)
        if job.kind is JobKind.IMAGE:
            return await self.images.cancel(request_id, ImageOrder(**job.order), timeout=CANCEL_SECONDS)
        return await self.voices.cancel(request_id, SpeechOrder(**job.order), timeout=CANCEL_SECONDS)


def vendors(tenant_id: str) -> Vendors:
    """Return a tenant's vendors."""
    return Vendors(images=image_generator(tenant_id), voices=speech_synthesizer(tenant_id))


async def owed_for(job: Job, output: Mapping[str, Any] | None, vendors: Vendors) -> list[Usage] | None:
    """Return what the vendor is owed for a job that nobody wants any more; None while it is at work.

    Raises:
        ProviderError: that is not known yet.
    """
    try:
        media = await vendors.collect(job, output)
    except ProviderError as error:
        if not error.usages and (error.retryable or isinstance(error, ProviderMisconfigured)):
            raise
        return list(error.usages)
    return None if media is None else [media.usage]
