"""HTTP routes of the voice domain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Response

from common.api import CurrentSpending, CurrentTenant, error_answers, for_players, spends, tenant_router
from common.dependencies import NAMED_BEFORE, Jobs, OwnId, Wait
from common.events import outbox_of
from common.jobs import JobAccepted, await_end, speech_queue
from common.orders import BatchAccepted, Labels, Wish, named_order, order_batch, placed
from common.outbound.names import Resolver, system_resolver
from common.player_tokens import PlayerScope
from common.prices import in_force, prices
from common.providers.choice import speech_synthesizer, transcriber
from common.settings import settings
from common.tenancy import is_test
from common.voices import voices
from voice.models import STTRequest, STTResponse, TTSBatchRequest, TTSRequest, VoiceInfo, VoiceListResponse
from voice.service import speech_wish, transcribe

if TYPE_CHECKING:
    from common.jobs import JobRepository
    from common.spending import Spending
    from common.tenancy import Tenant

router = tenant_router("/v1/voice", "Voice")


@dataclass(frozen=True, slots=True)
class _Studio:
    """Who orders, and with what."""

    tenant: Tenant
    jobs: JobRepository
    spending: Spending
    labels: Labels

    def wish(self, request: TTSRequest) -> Wish:
        self.labels.check(request)
        return speech_wish(
            request,
            jobs=self.jobs,
            queue=speech_queue(),
            synthesizer=speech_synthesizer(self.tenant.tenant_id),
            config=self.tenant.config,
        )


async def _studio(tenant: CurrentTenant, jobs: Jobs, spending: CurrentSpending) -> _Studio:
    return _Studio(tenant, jobs, spending, Labels(outbox_of(tenant.tenant_id), tenant.player))


Studio = Annotated[_Studio, Depends(_studio)]


@router.post(
    "/tts",
    status_code=202,
    response_model=JobAccepted,
    openapi_extra=spends("voice") | for_players(PlayerScope.TTS),
)
async def create_speech(request: TTSRequest, studio: Studio, wait: Wait) -> JobAccepted:
    """Have a text spoken.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `audio_url`, `duration_seconds` and
    `sample_rate`. With `wait` the answer comes when the job has ended, or after so many seconds as it then stands.
    """
    job = studio.wish(request).order(studio.spending)
    return JobAccepted.of(await await_end(job, jobs=studio.jobs, seconds=wait.left))


@router.post(
    "/tts/batch",
    status_code=202,
    response_model=BatchAccepted,
    response_model_exclude_none=True,
    openapi_extra=spends("voice"),
)
async def create_speeches(request: TTSBatchRequest, studio: Studio) -> BatchAccepted:
    """Have up to 100 texts spoken by one call.

    Each is a job of its own; watch all of them as `GET /v1/jobs/batches/{batch_id}`. What a budget refuses is named in
    its place; where nothing could be ordered, the answer is that refusal. Invalid input anywhere is a 422 of the whole,
    and nothing is ordered.
    """
    studio.labels.check_callback(request.callback_url)
    wishes = [placed(index, lambda one=one: studio.wish(one)) for index, one in enumerate(request.orders)]
    return order_batch(wishes, jobs=studio.jobs, spending=studio.spending, callback_url=request.callback_url)


@router.put(
    "/tts/{client_id}",
    status_code=202,
    response_model=JobAccepted,
    responses=NAMED_BEFORE,
    openapi_extra=spends("voice"),
)
async def put_speech(  # noqa: PLR0917 - FastAPI hands over what a route needs
    client_id: OwnId, request: TTSRequest, studio: Studio, response: Response, wait: Wait
) -> JobAccepted:
    """Have a text spoken under an id of your own.

    Sent again, the same order is answered with the same job and not paid again, as long as the job is kept: 200, with
    its present status. Another order under the id is a 409. `GET /v1/jobs/{client_id}` finds it too.
    """
    job, is_new = named_order(studio.wish(request), client_id, spending=studio.spending)
    response.status_code = 202 if is_new else 200
    return JobAccepted.of(await await_end(job, jobs=studio.jobs, seconds=wait.left))


@router.post(
    "/stt",
    response_model=STTResponse,
    responses=error_answers(502, 504),
    openapi_extra=spends("voice") | for_players(PlayerScope.STT),
)
async def create_transcript(request: STTRequest, tenant: CurrentTenant, spending: CurrentSpending) -> STTResponse:
    """Understand Turkish speech. Answers with the text."""
    return await transcribe(
        request,
        transcriber=transcriber(tenant.tenant_id),
        spending=spending,
        resolve=_resolver(tenant.tenant_id),
    )


def _resolver(tenant_id: str) -> Resolver | None:
    """Return how names are looked up; None where the sandbox listens (`common.providers.choice`)."""
    return None if is_test(tenant_id) or settings().provider == "sandbox" else system_resolver


@router.get("/voices", response_model=VoiceListResponse)
async def list_voices() -> VoiceListResponse:
    """List the voices: what each sounds like, the formats and speeds it knows, and what it costs."""
    listed = prices().speech
    return VoiceListResponse(
        voices=[
            VoiceInfo(
                **asdict(voice),
                microusd_per_1000_characters=in_force(listed[voice.family]).per_1000_characters,
            )
            for voice in voices()
        ]
    )
