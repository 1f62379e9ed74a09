"""SQS entry point of the voice domain: hands texts to the vendor."""

from __future__ import annotations

from common.jobs import speech_queue, speech_urgent_queue, submit_handler
from common.providers.choice import speech_synthesizer
from voice.service import speech_vendor

handler = submit_handler(
    lambda tenant_id: speech_vendor(speech_synthesizer(tenant_id)), queue=speech_queue, urgent=speech_urgent_queue
)
