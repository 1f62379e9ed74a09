"""Slow work: what a job is, what may become of it, and how its steps are carried from queue to queue."""

from common.jobs.charges import charge_late, end_as_failed, full_price, is_paid
from common.jobs.model import FINAL, Job, JobAccepted, JobKind, JobStatus, can_become
from common.jobs.open import OpenJobs, open_jobs
from common.jobs.queue import FinishMessage, JobMessage, finish_queue, image_queue, speech_queue
from common.jobs.repository import FIRST_DUE_SECONDS, JobRepository, jobs_of
from common.jobs.reuse import Reuse
from common.jobs.steps import (
    LEASE_SECONDS,
    POLL_SECONDS,
    Vendor,
    run_step,
    start_job,
    submit_handler,
    submit_step,
)

__all__ = [
    "FINAL",
    "FIRST_DUE_SECONDS",
    "LEASE_SECONDS",
    "POLL_SECONDS",
    "FinishMessage",
    "Job",
    "JobAccepted",
    "JobKind",
    "JobMessage",
    "JobRepository",
    "JobStatus",
    "OpenJobs",
    "Reuse",
    "Vendor",
    "can_become",
    "charge_late",
    "end_as_failed",
    "finish_queue",
    "full_price",
    "image_queue",
    "is_paid",
    "jobs_of",
    "open_jobs",
    "run_step",
    "speech_queue",
    "start_job",
    "submit_handler",
    "submit_step",
]
