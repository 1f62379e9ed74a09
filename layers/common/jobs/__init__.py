"""Slow work: what a job is, what may become of it, and how its steps are carried from queue to queue."""

from common.jobs.batches import MOST_ORDERS, Batch, Batches, batches_of
from common.jobs.charges import charge_late, end_as_failed, full_price, is_paid
from common.jobs.claims import FIRST_DUE_SECONDS
from common.jobs.follow_up import follow_up, wake
from common.jobs.lanes import Lane, places_of
from common.jobs.model import FINAL, Job, JobAccepted, JobKind, JobStatus, can_become
from common.jobs.open import OpenJobs, open_jobs
from common.jobs.queue import (
    FinishMessage,
    JobMessage,
    SubmitQueues,
    finish_queue,
    image_queue,
    image_urgent_queue,
    speech_queue,
    speech_urgent_queue,
    submit_queues,
)
from common.jobs.repository import Among, JobRepository, jobs_of
from common.jobs.reuse import Reuse
from common.jobs.starting import ClientId, Extras, start_job
from common.jobs.steps import (
    LEASE_SECONDS,
    POLL_SECONDS,
    Vendor,
    claim_to_finish,
    run_step,
    submit_handler,
    submit_step,
)
from common.jobs.waits import Patience, await_batch, await_end

__all__ = [
    "FINAL",
    "FIRST_DUE_SECONDS",
    "LEASE_SECONDS",
    "MOST_ORDERS",
    "POLL_SECONDS",
    "Among",
    "Batch",
    "Batches",
    "ClientId",
    "Extras",
    "FinishMessage",
    "Job",
    "JobAccepted",
    "JobKind",
    "JobMessage",
    "JobRepository",
    "JobStatus",
    "Lane",
    "OpenJobs",
    "Patience",
    "Reuse",
    "SubmitQueues",
    "Vendor",
    "await_batch",
    "await_end",
    "batches_of",
    "can_become",
    "charge_late",
    "claim_to_finish",
    "end_as_failed",
    "finish_queue",
    "follow_up",
    "full_price",
    "image_queue",
    "image_urgent_queue",
    "is_paid",
    "jobs_of",
    "open_jobs",
    "places_of",
    "run_step",
    "speech_queue",
    "speech_urgent_queue",
    "start_job",
    "submit_handler",
    "submit_queues",
    "submit_step",
    "wake",
]
