"""The catalogue of endpoints, and how one is run: its latency, its faults, its bill."""

import asyncio
import traceback
from collections.abc import Callable, Iterator, Mapping

from local.fal import chat, hearing, pictures, speech
from local.fal.ledger import Charge
from local.fal.making import Endpoint, Made, Making
from local.fal.media import MediaStore, wished_lifetime
from local.fal.memory import Memory
from local.fal.script import Rule, Rules
from local.fal.wire import Fields, Outcome, Refused, plain_error, platform_error, refused

LATENCY = {"image": 0.8, "tts": 0.4, "stt": 0.3, "chat": 0.15}
"""Seconds; of a stream, until its first event."""

CATALOGUE: dict[str, Endpoint] = {
    # Units: megapixels, pictures (ultra), thousand characters, dollars (chat). List prices; Freya publishes none.
    "fal-ai/flux/dev": Endpoint("image", 25_000, pictures.dev),
    "fal-ai/flux/schnell": Endpoint("image", 3_000, pictures.schnell),
    "fal-ai/flux-1/dev": Endpoint("image", 25_000, pictures.dev),
    "fal-ai/flux-1/schnell": Endpoint("image", 3_000, pictures.schnell),
    "fal-ai/flux-pro/v1.1": Endpoint("image", 40_000, pictures.pro),
    "fal-ai/flux-pro/v1.1-ultra": Endpoint("image", 60_000, pictures.ultra),
    "freya-mypsdi253hbk/freya-tts/generate": Endpoint("tts", 0, speech.freya),
    "freya-mypsdi253hbk/freya-tts/stream": Endpoint("tts", 0, events=speech.freya_events),
    "freya-mypsdi253hbk/freya-tts/audio/speech": Endpoint("tts", 0, speech.freya_bytes),
    "fal-ai/elevenlabs/tts/turbo-v2.5": Endpoint("tts", 50_000, speech.elevenlabs),
    "fal-ai/elevenlabs/tts/multilingual-v2": Endpoint("tts", 100_000, speech.elevenlabs),
    "freya-mypsdi253hbk/freya-stt/generate": Endpoint("stt", 0, hearing.freya),
    "fal-ai/wizper": Endpoint("stt", 0, hearing.wizper),
    "openrouter/router": Endpoint("chat", 1_000_000, chat.native),
    "openrouter/router/stream": Endpoint("chat", 1_000_000, events=chat.native_events),
    "openrouter/router/openai/v1/chat/completions": Endpoint("chat", 1_000_000, chat.openai, chat.openai_events),
}
_APPLICATIONS = {"/".join(path.split("/")[:2]) for path in CATALOGUE}
_MESSAGES = {
    "sequence_too_long": "String should have at most 5000 characters",
    "file_download_error": "Failed to download the file",
}


class ModelRunner:
    """Runs the models of the catalogue, in threads: the event loop stays free."""

    def __init__(self, media: MediaStore, latency: Mapping[str, float]) -> None:
        """`latency` are the seconds of each kind of model, as in `LATENCY`; may be changed later on."""
        self.memory = Memory()
        self.latencies = {**LATENCY, **latency}
        self._media = media

    def endpoint(self, path: str) -> Endpoint:
        """Return what is called by this path.

        Raises:
            Refused: 404 with fal's words.
        """
        if path in CATALOGUE:
            return CATALOGUE[path]
        application = "/".join(path.split("/")[:2])
        if application in _APPLICATIONS:
            raise plain_error(404, f"Path /{path.removeprefix(application).lstrip('/')} not found")
        raise plain_error(404, f'Application "{application}" not found')

    def latency(self, path: str) -> float:
        """Seconds a run of this model takes."""
        return self.latencies[self.endpoint(path).kind]

    def charge(self, request_id: str, path: str, outcome: Outcome) -> Charge:
        """Return the line of the bill for an output."""
        return Charge(request_id, path, outcome.units, round(outcome.units * self.endpoint(path).unit_microusd))

    async def run(self, path: str, arguments: Fields, *, headers: Mapping[str, str], rules: Rules) -> Outcome:
        """Return what the model makes of the arguments, be it an error."""
        make = self.endpoint(path).make
        if make is None:
            return plain_error(405, "This path only streams").outcome
        try:
            made = await asyncio.to_thread(_made, make, arguments, self._making(headers, rules))
        except Refused as refusal:
            return refusal.outcome
        except Exception:  # noqa: BLE001 - a runner's crash is an answer too
            traceback.print_exc()
            return platform_error(500, "internal_error", "Internal server error").outcome
        return Outcome(200, made.output, made.headers, made.units)

    async def events(
        self, path: str, arguments: Fields, *, headers: Mapping[str, str], rules: Rules
    ) -> list[Fields | str]:
        """Return everything that a stream is going to say.

        Raises:
            Refused: it answers with an error instead.
        """
        events = self.endpoint(path).events
        if events is None:
            raise plain_error(404, "This path does not stream")

        def collected() -> list[Fields | str]:
            _refuse_if_told(rules)
            return list(events(arguments, self._making(headers, rules)))

        return await asyncio.to_thread(collected)

    def _making(self, headers: Mapping[str, str], rules: Rules) -> Making:
        return Making(self._media, self.memory, rules, wished_lifetime(headers))


def _made(make: Callable[[Fields, Making], Made], arguments: Fields, making: Making) -> Made:
    _refuse_if_told(making.rules)
    return make(arguments, making)


def _refuse_if_told(rules: Rules) -> None:
    refusals: dict[str, Callable[[Rule], Refused]] = {
        "moderated": lambda _: refused(
            422, "content_policy_violation", "The content was flagged by a content checker.", at=["body", "prompt"]
        ),
        "invalid": _invalid,
        "model_error": lambda rule: refused(
            int(rule.options.get("status", 500)),
            str(rule.options.get("type", "internal_server_error")),
            "Internal server error",
        ),
        "runner_error": lambda rule: platform_error(
            int(rule.options.get("status", 503)),
            str(rule.options.get("error_type", "runner_disconnected")),
            "The runner is not available",
        ),
    }
    for rule in rules:
        if rule.fault in refusals:
            raise refusals[rule.fault](rule)


def _invalid(rule: Rule) -> Refused:
    kind = str(rule.options.get("type", "sequence_too_long"))
    at = [str(part) for part in rule.options.get("loc", ("body", "prompt"))]
    return refused(422, kind, _MESSAGES.get(kind, "Input is not acceptable"), at=at)


def parsed_latency(text: str) -> dict[str, float]:
    """Read FAL_STANDIN_LATENCY: seconds for all (`2`), or for some kinds (`image=10,tts=2`).

    Raises:
        ValueError: it is neither.
    """
    if not text.strip():
        return {}
    if "=" not in text:
        return dict.fromkeys(LATENCY, float(text))
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, float]]:
    for part in text.split(","):
        kind, _, seconds = part.partition("=")
        if kind.strip() not in LATENCY:
            raise ValueError(f"no kind of model is called {kind.strip()!r}; there are: {', '.join(LATENCY)}")
        yield kind.strip(), float(seconds)
