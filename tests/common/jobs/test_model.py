import pytest

from common.jobs import FINAL, JobStatus, can_become
from common.jobs.model import sources_of


def test_the_way_of_a_job_is_pending_processing_and_one_end() -> None:
    assert can_become(JobStatus.PENDING, JobStatus.PROCESSING)
    assert can_become(JobStatus.PROCESSING, JobStatus.COMPLETED)
    assert not can_become(JobStatus.PENDING, JobStatus.COMPLETED)


@pytest.mark.parametrize("final", sorted(FINAL))
@pytest.mark.parametrize("then", list(JobStatus))
def test_nothing_leaves_a_final_state(final: JobStatus, then: JobStatus) -> None:
    assert not can_become(final, then)


def test_a_job_can_fail_before_it_is_ever_taken_up() -> None:
    assert set(sources_of(JobStatus.FAILED)) == {JobStatus.PENDING, JobStatus.PROCESSING}
