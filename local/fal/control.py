"""The control port: what tests in another process script and read, as JSON. Not fal's; nothing of it is recorded."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from local.fal.stand_in import FalStandIn


class Control:
    """POST /script, /reset, /release/{id}, /settings; GET /addresses, /requests, /counts, /bill, /jobs, /deliveries.

    A rule is an object with the fields of `FalStandIn.script`; options stand beside them. `GET /requests` takes
    `host`, `what`, `method` and `path`. Settings: `latency` (by kind), `media_lifetime`, `result_lifetime`,
    `webhook_pause` (seconds).
    """

    def __init__(self, stand_in: "FalStandIn") -> None:
        self._stand_in = stand_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            told: dict[str, Any] = json.loads(await request.body() or b"{}")
            answer, status = self._answer(request, told), 200
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            answer, status = {"detail": f"{type(error).__name__}: {error}"}, 400
        await JSONResponse(answer, status)(scope, receive, send)

    def _answer(self, request: Request, told: dict[str, Any]) -> Any:
        name, _, rest = request.url.path.strip("/").partition("/")
        actions: dict[tuple[str, str], Callable[[], Any]] = {
            ("POST", "script"): lambda: asdict(self._stand_in.script(**told)),
            ("POST", "reset"): self._stand_in.reset,
            ("POST", "release"): lambda: self._stand_in.release(rest),
            ("POST", "settings"): lambda: self._set(told),
            ("GET", "addresses"): lambda: {"urls": self._stand_in.urls, "variables": self._stand_in.variables},
            ("GET", "requests"): lambda: self._requests(dict(request.query_params)),
            ("GET", "counts"): self._counts,
            ("GET", "bill"): self._bill,
            ("GET", "jobs"): self._jobs,
            ("GET", "deliveries"): lambda: [asdict(one) for one in self._stand_in.deliveries],
        }
        return actions[request.method, name]()

    def _set(self, told: dict[str, Any]) -> None:
        stand_in = self._stand_in
        stand_in.models.latencies.update(told.get("latency", {}))
        stand_in.media.lifetime = float(told.get("media_lifetime", stand_in.media.lifetime))
        stand_in.queue.result_lifetime = float(told.get("result_lifetime", stand_in.queue.result_lifetime))
        stand_in.courier.first_pause = float(told.get("webhook_pause", stand_in.courier.first_pause))

    def _requests(self, wanted: dict[str, str]) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._stand_in.ledger.find(**wanted)]

    def _counts(self) -> dict[str, Any]:
        ledger = self._stand_in.ledger
        return {
            "submissions": len(ledger.submissions),
            "by_app": ledger.by_app(),
            "by_webhook": ledger.by_webhook(),
            "busy": self._stand_in.queue.busy,
        }

    def _bill(self) -> dict[str, Any]:
        ledger = self._stand_in.ledger
        return {"microusd": ledger.microusd(), "charges": [asdict(charge) for charge in list(ledger.charges)]}

    def _jobs(self) -> list[dict[str, Any]]:
        return [
            {
                "request_id": job.request_id,
                "app": job.app,
                "status": job.status,
                "cancelled": job.cancelled,
                "webhook_url": job.webhook_url,
                "error": job.outcome.status if job.outcome and job.outcome.failed else None,
            }
            for job in list(self._stand_in.queue.jobs.values())
        ]
