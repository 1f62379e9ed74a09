"""One order: what a studio may say of it besides what is to be made, and how it is ordered under an id of its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from common.clock import new_id
from common.errors import Forbidden
from common.jobs import Extras, Job
from common.player_tokens import PlayerScope
from common.text import Label, PublicUrl, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.events import Outbox
    from common.player_tokens import Player
    from common.spending import Spending

_NAMES = frozenset({"kind", "client_id"})
"""What says which order it is, not what it asks for."""


class OrderRequest(Request):
    """An order of slow work."""

    character_id: Label | None = Field(
        default=None, description="The character it is for: a label to list jobs by. It is not looked up."
    )
    callback_url: PublicUrl | None = Field(
        default=None,
        description="Where its end is told, signed, besides your webhooks. Needs the secret that `POST "
        "/v1/webhooks/callbacks/rotate-secret` gives you.",
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """An order that has been found good: all that can refuse it now is money, a limit or a name that is taken."""

    least_microusd: int
    """What the ledger must have room for: its ceiling, or nothing where what was made before may answer it."""
    extras: Extras
    start: Callable[[Spending, Extras], Job]
    """Stores its job; see `common.jobs.start_job`."""

    def order(self, spending: Spending) -> Job:
        """Order it.

        Raises:
            LimitReached, BudgetExhausted: the tenant may not; nothing is stored.
            KeyReused: the request's key stands for another order.
        """
        return self.start(spending, self.extras)


class Named(NamedTuple):
    """What an order under a studio's own id brought."""

    job: Job
    is_new: bool


def named_order(wish: Wish, client_id: str, *, spending: Spending) -> Named:
    """Order what a studio calls `client_id`, or return the job that it ordered so before, which is not paid again.

    Raises:
        ClientIdTaken: the id stands for another order.
        LimitReached, BudgetExhausted: the tenant may not; nothing is stored.
    """
    job_id = new_id("job")
    job = wish.start(spending, replace(wish.extras, client_id=client_id, job_id=job_id))
    return Named(job, is_new=job.id == job_id)


def extras_of(request: OrderRequest, kind: str) -> Extras:
    """Return what a request says of its order besides the order; `kind` is what it orders.

    Its fingerprint is of what was sent, so that neither a seed drawn here nor a changed default makes it another order.
    """
    asked = request.model_dump(mode="json", exclude_unset=True, exclude=set(_NAMES))
    text = json.dumps([kind, asked], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Extras(
        character_id=request.character_id,
        callback_url=request.callback_url,
        client_id=getattr(request, "client_id", None),
        fingerprint=hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(),
    )


class Labels:
    """What the orders of one request may say of themselves."""

    def __init__(self, outbox: Outbox, player: Player | None = None) -> None:
        self._outbox = outbox
        self._player = player
        self._is_signed = False

    def check(self, request: OrderRequest) -> None:
        """Make sure that an order may carry what it says.

        Raises:
            Forbidden: a player's token names a character that is not one of its own, or has us call an address.
            InvalidInput: the tenant has no secret to sign callbacks with yet.
        """
        if self._player is not None and request.character_id is not None:
            self._player.require(PlayerScope.TTS, character_id=request.character_id)
        self.check_callback(request.callback_url)

    def check_callback(self, url: str | None) -> None:
        """Make sure that what goes there, if anywhere, can be signed (1 read unit for the first that is given).

        Raises:
            Forbidden: a player's token has us call an address. InvalidInput: there is no secret yet.
        """
        if url is None or self._is_signed:
            return
        if self._player is not None:
            raise Forbidden("Only the studio's key may name a callback_url", details={"scope": None})
        self._outbox.require_callbacks()
        self._is_signed = True
