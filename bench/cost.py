"""`python -m bench.cost`: what each operation uses, counted, and what that costs at list prices.

DynamoDB's units are those its own engine reports (DynamoDB Local, ReturnConsumedCapacity); SQS and S3 requests and
invocations are counted, Lambda's polling of a queue included once per batch. The caches are warm. Beneath it what
Lambda bills for a picture whose vendor takes ten seconds (`bench.jobs`), and what limits and money add to `speak`
(`bench.ledger`). Exit codes: 1 when `speak` costs more the more is remembered, such a picture 400 ms or more, or the
ledger more than it may; 2 when DynamoDB Local cannot be had.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from ulid import ULID

from bench import jobs, ledger
from bench.counting import Usage
from bench.lab import TENANT, Lab, laboratory
from characters.models import Exchange
from common.storage import to_item
from tests.support import dynamodb_local

# Micro-USD each: Lambda $0.20, API Gateway's HTTP API $1.00, SQS $0.40, DynamoDB $0.125 and $0.625 a million.
PRICES = {"lambdas": 0.2, "http": 1.0, "sqs": 0.4, "read_units": 0.125, "write_units": 0.625}
_FEW, _MANY = 10, 10_000
_LISTED = 50
_TURN = {"message": "Yaramı sarabilir misin? Gece çok soğuk geçti."}
_PERSON = {"name": "Elif", "role": "Şifacı", "archetype": "Bilge", "lore": "Köyün kıyısında bitki toplar."}


def microusd(used: Usage) -> float:
    """Return what `used` costs, without S3, Lambda's time, and the models."""
    return sum(price * getattr(used, name) for name, price in PRICES.items())


def _character(lab: Lab) -> str:
    return lab.call("POST", "/v1/characters", _PERSON)["id"]


def _remember(lab: Lab, character_id: str, count: int) -> None:
    """Write `count` exchanges and the summary of them straight into the table."""
    owner = f"{TENANT.tenant_id}#{character_id}"
    exchanges = [
        Exchange(id=str(ULID.from_timestamp(1_700_000_000 + n)), message=_TURN["message"], reply="Otur, bakalım " * 6,
                 created_at="2026-11-20T15:16:00.000Z")
        for n in range(count)
    ]  # fmt: skip
    items = [exchange.model_dump(exclude={"id"}) | {"exchange_id": exchange.id} for exchange in exchanges]
    last = exchanges[-1].id
    items.append({"exchange_id": "total", "total": count})
    items.append(
        {
            "exchange_id": "summary",
            "text": "Oyuncu yaralıydı. " * 20,
            "summarised": count,
            "covered": last,
            "version": last,
        }
    )
    for start in range(0, len(items), 25):
        puts: Any = [{"PutRequest": {"Item": to_item(item | {"owner": owner})}} for item in items[start : start + 25]]
        left = lab.deployment.dynamodb.batch_write_item(RequestItems={lab.deployment.settings.memory_table: puts})
        assert not left.get("UnprocessedItems")


def speaker(lab: Lab, remembered: int) -> Callable[[], Any]:
    """Return a speak with a character of its own that remembers so many exchanges."""
    character_id = _character(lab)
    _remember(lab, character_id, remembered)
    return partial(lab.call, "POST", f"/v1/characters/{character_id}/speak", _TURN)


def _spoken_ten_times(lab: Lab) -> Callable[[], Any]:
    speak = speaker(lab, _FEW)

    def ten_times() -> None:
        for _ in range(10):
            speak()

    return ten_times


def _listed(lab: Lab) -> Callable[[], Any]:
    for _ in range(_LISTED):
        lab.call("POST", "/v1/worlds", {"name": "Kızılova", "description": "Yorgun bir bozkır.", "tone": "karanlık"})
    return partial(lab.call, "GET", f"/v1/worlds?limit={_LISTED}")


def _finished_job(lab: Lab) -> Callable[[], Any]:
    job_id = lab.call("POST", "/v1/voice/tts", {"text": "Nereden geliyorsun?"})["job_id"]
    lab.drain()
    return partial(lab.call, "GET", f"/v1/jobs/{job_id}")


def operations(lab: Lab) -> dict[str, Callable[[], Any]]:
    """Return every operation that is measured, with what it needs already in place."""
    react = f"/v1/characters/{_character(lab)}/react"
    return {
        "create character": partial(_character, lab),
        f"speak, {_FEW} remembered": speaker(lab, _FEW),
        f"speak, {_MANY:,} remembered": speaker(lab, _MANY),
        "speak ×10, with the summary": _spoken_ten_times(lab),
        "react": partial(lab.call, "POST", react, {"message": "Köprüde bir yabancı var!"}),
        f"list page ({_LISTED} worlds)": _listed(lab),
        "tts job, to its end": partial(lab.call, "POST", "/v1/voice/tts", {"text": "Merhaba yolcu."}),
        "avatar job, to its end": partial(lab.call, "POST", "/v1/images/avatar", {"description": "yaşlı bir şifacı"}),
        "get job": _finished_job(lab),
    }


def measure() -> tuple[dict[str, Usage], ledger.Added]:
    """Return what each operation uses, and what the ledger adds to `speak`."""
    with dynamodb_local.running() as endpoint, laboratory(endpoint) as lab:
        prepared = operations(lab)
        lab.drain()
        used = {name: lab.measure(operation) for name, operation in prepared.items()}
        return used, ledger.measure(lab, speaker(lab, _FEW))


def show(rows: dict[str, Usage]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| Operation | HTTP | Lambda | SQS | S3 PUT | RRU | WRU | µUSD |", "| --- |" + " ---: |" * 7]
    for name, used in rows.items():
        counts = (used.http, used.lambdas, used.sqs, used.s3_puts, used.read_units, used.write_units)
        lines.append(f"| {name} | " + " | ".join(f"{count:g}" for count in counts) + f" | {microusd(used):.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; return the exit code."""
    if reason := dynamodb_local.why_not():
        print(f"Nothing was measured: {reason}", file=sys.stderr)
        return 2
    rows, added = measure()
    print(show(rows))
    print("\nList prices, eu-central-1, without S3, Lambda's GB-seconds, logs and the models.")
    few, many = rows[f"speak, {_FEW} remembered"], rows[f"speak, {_MANY:,} remembered"]
    if few != many:
        print("speak does not cost the same with more remembered", file=sys.stderr)
    print(f"\n{ledger.show(added)}")
    if added.is_too_much:
        print("the ledger adds more to speak than it may", file=sys.stderr)
    steps = jobs.measure()
    print(f"\n{jobs.show(steps)}")
    print("\nHandlers' milliseconds in the local stack, warm, each a median; the order's own request aside.")
    slow = sum(steps.values()) >= jobs.LIMIT_MS
    if slow:
        print(f"an image job costs more than {jobs.LIMIT_MS} ms of Lambda", file=sys.stderr)
    return int(few != many or slow or added.is_too_much)


if __name__ == "__main__":
    sys.exit(main())
