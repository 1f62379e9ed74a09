"""HTTP routes of the voice domain."""

from __future__ import annotations

from dataclasses import asdict

from common.api import error_answers, tenant_router
from common.dependencies import Jobs
from common.jobs import JobAccepted, speech_queue
from common.providers.choice import transcriber
from common.voices import voices
from voice.models import STTRequest, STTResponse, TTSRequest, VoiceInfo, VoiceListResponse
from voice.service import request_speech, transcribe

router = tenant_router("/v1/voice", "Voice")


@router.post("/tts", status_code=202, response_model=JobAccepted)
async def create_speech(request: TTSRequest, jobs: Jobs) -> JobAccepted:
    """Have a text spoken.

    Answers at once with a job. Poll `GET /v1/jobs/{job_id}`; its result holds `audio_url`, `duration_seconds` and
    `sample_rate`.
    """
    return JobAccepted.of(request_speech(request, jobs=jobs, queue=speech_queue()))


@router.post("/stt", response_model=STTResponse, responses=error_answers(502, 504))
async def create_transcript(request: STTRequest) -> STTResponse:
    """Understand Turkish speech. Answers with the text."""
    return await transcribe(request, transcriber=transcriber())


@router.get("/voices", response_model=VoiceListResponse)
async def list_voices() -> VoiceListResponse:
    """List the voices: what each sounds like, the formats and speeds it knows, and what it costs."""
    return VoiceListResponse(voices=[VoiceInfo(**asdict(voice)) for voice in voices()])
