"""What can be done with webhooks: by studios, by the worker, by the watcher."""

from webhooks.service.delivering import BODY_CAP_BYTES, FAILING_SECONDS, TIMEOUT_SECONDS, Delivering, Poster, hand_out
from webhooks.service.endpoints import change_endpoint, create_endpoint, rotate_callbacks, rotate_secret
from webhooks.service.events import replay_event, try_endpoint
from webhooks.service.watching import watch

__all__ = [
    "BODY_CAP_BYTES",
    "FAILING_SECONDS",
    "TIMEOUT_SECONDS",
    "Delivering",
    "Poster",
    "change_endpoint",
    "create_endpoint",
    "hand_out",
    "replay_event",
    "rotate_callbacks",
    "rotate_secret",
    "try_endpoint",
    "watch",
]
