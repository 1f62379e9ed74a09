"""Endpoints, the log of events and their deliveries, in DynamoDB.

webhooks table   tenant_id + item
  endpoint#<id>              an endpoint
  endpoints                  how many there are
  callbacks                  the secret for the `callback_url` of single jobs
  event#<id>                 an event (`common.events`)
  delivery#<event>#<id>      what becomes of it at one endpoint; in the index `open-by-due` while it is pending
"""

from webhooks.repository.deliveries import LEASE_SECONDS, Deliveries, deliveries_of
from webhooks.repository.endpoints import Endpoints, endpoints_of
from webhooks.repository.overdue import Due, Overdue, overdue

__all__ = [
    "LEASE_SECONDS",
    "Deliveries",
    "Due",
    "Endpoints",
    "Overdue",
    "deliveries_of",
    "endpoints_of",
    "overdue",
]
