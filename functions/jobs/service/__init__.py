"""What is done with jobs: finishing, cancelling, prioritizing and retrying them, looking after what got lost."""

from jobs.service.cancelling import LAST_WORD_SECONDS, Cancelled, VendorWord, cancel_job
from jobs.service.control import find_job, prioritize_job, retry_job
from jobs.service.finishing import OVERDUE_SECONDS, WATCH_SECONDS, finish_job, hear_too_late
from jobs.service.standing import JobView, summarise, view_of, views_of
from jobs.service.vendors import CANCEL_SECONDS, COLLECT_SECONDS, Vendors, vendors
from jobs.service.watching import UNCLEAR_SECONDS, WAITING_SECONDS, watch

__all__ = [
    "CANCEL_SECONDS",
    "COLLECT_SECONDS",
    "LAST_WORD_SECONDS",
    "OVERDUE_SECONDS",
    "UNCLEAR_SECONDS",
    "WAITING_SECONDS",
    "WATCH_SECONDS",
    "Cancelled",
    "JobView",
    "VendorWord",
    "Vendors",
    "cancel_job",
    "find_job",
    "finish_job",
    "hear_too_late",
    "prioritize_job",
    "retry_job",
    "summarise",
    "vendors",
    "view_of",
    "views_of",
    "watch",
]
