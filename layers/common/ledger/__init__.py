"""The ledger: what a tenant may still ask for and spend, what it has used, and the writes that keep it true."""

from common.ledger.days import KEPT_SECONDS
from common.ledger.repository import Ledger, ledger_of
from common.ledger.rules import Call, Quota, Terms, budget_resets, quotas
from common.ledger.standing import HOLD_SECONDS, Hold, Meter, Moment, Standing

__all__ = [
    "HOLD_SECONDS",
    "KEPT_SECONDS",
    "Call",
    "Hold",
    "Ledger",
    "Meter",
    "Moment",
    "Quota",
    "Standing",
    "Terms",
    "budget_resets",
    "ledger_of",
    "quotas",
]
