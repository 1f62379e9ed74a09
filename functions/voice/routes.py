"""HTTP routes of the voice domain."""

from __future__ import annotations

from dataclasses import asdict

from common.api import CurrentSpending, CurrentTenant, error_answers, for_players, spends, tenant_router
from common.dependencies import Jobs
from common.jobs import JobAccepted, speech_queue
from common.player_tokens import PlayerScope
from common.prices import in_force, prices
from common.providers.choice import speech_synthesizer, transcriber
from common.voices import voices
from voice.models import STTRequest, STTResponse, TTSRequest, VoiceInfo, VoiceListResponse
from voice.service import request_speech, transcribe

router = tenant_router("/v1/voice", "Voice")


@router.post(
    "/tts",
    status_code=202,
    response_model=JobAccepted,
    openapi_extra=spends("voice") | for_players(PlayerScope.TTS),
)
async def create_speech(
    request: TTSRequest, tenant: CurrentTenant, jobs: Jobs, spending: CurrentSpending
) -> JobAccepted:
    """Have a text spoken.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `audio_url`, `duration_seconds` and
    `sample_rate`.
    """
    synthesizer = speech_synthesizer(tenant.tenant_id)
    job = request_speech(
        request,
        jobs=jobs,
        queue=speech_queue(),
        synthesizer=synthesizer,
        spending=spending,
        config=tenant.config,
    )
    return JobAccepted.of(job)


@router.post(
    "/stt",
    response_model=STTResponse,
    responses=error_answers(502, 504),
    openapi_extra=spends("voice") | for_players(PlayerScope.STT),
)
async def create_transcript(request: STTRequest, tenant: CurrentTenant, spending: CurrentSpending) -> STTResponse:
    """Understand Turkish speech. Answers with the text."""
    return await transcribe(request, transcriber=transcriber(tenant.tenant_id), spending=spending)


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
