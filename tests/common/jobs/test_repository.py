import pytest
from ulid import ULID

from common.clock import new_id
from common.errors import InvalidInput, JobBusy, NotFound
from common.jobs import Among, Job, JobKind, JobRepository, JobStatus, OpenJobs
from common.ledger import Ledger
from common.storage import encode_cursor
from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.support.money import store_jobs

LEASE = 45


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000.0)


@pytest.fixture
def jobs(deployment: Deployment, clock: ManualClock) -> JobRepository:
    return _jobs_of("alice", deployment, clock)


def _jobs_of(tenant: str, deployment: Deployment, clock: ManualClock) -> JobRepository:
    client, names = deployment.dynamodb, deployment.settings
    ledger = Ledger(tenant, client=client, table=names.usage_table, clock=clock)
    return JobRepository(tenant, client=client, table=names.jobs_table, ledger=ledger, clock=clock)


def _open_jobs(deployment: Deployment, clock: ManualClock) -> OpenJobs:
    return OpenJobs(client=deployment.dynamodb, table=deployment.settings.jobs_table, clock=clock)


def _job(clock: ManualClock, kind: JobKind = JobKind.IMAGE) -> Job:
    return Job(id=new_id("job"), kind=kind, order={"guidance_scale": 7.5, "text": "şifacı"}, created_at=clock())


def _claimed(jobs: JobRepository, job: Job) -> Job:
    claimed = jobs.claim(job.id, lease=LEASE)
    assert claimed is not None
    return claimed


def _complete(jobs: JobRepository, job: Job) -> Job | None:
    return jobs.complete(job, result={"seed_used": 7}, asset_key="jobs/alice/x.png", receipt={"model": "m"}, usages=[])


def test_a_job_comes_back_as_it_was_ordered(jobs: JobRepository, clock: ManualClock) -> None:
    job = _job(clock)
    store_jobs(jobs, job)

    assert jobs.get(job.id) == job


def test_of_two_deliveries_of_one_message_only_one_gets_the_job(jobs: JobRepository, clock: ManualClock) -> None:
    job = _job(clock)
    store_jobs(jobs, job)

    assert _claimed(jobs, job).status is JobStatus.PROCESSING
    with pytest.raises(JobBusy):
        jobs.claim(job.id, lease=LEASE)


def test_a_lease_that_ran_out_lets_another_worker_in_and_shuts_the_first_one_out(
    jobs: JobRepository, clock: ManualClock
) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    first = _claimed(jobs, job)
    clock.advance(LEASE + 1)
    second = _claimed(jobs, job)

    assert _complete(jobs, first) is None
    assert _complete(jobs, second) is not None


def test_a_job_that_has_ended_cannot_be_claimed_completed_or_failed_again(
    jobs: JobRepository, clock: ManualClock
) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    claimed = _claimed(jobs, job)
    done = _complete(jobs, claimed)

    assert done is not None and done.status is JobStatus.COMPLETED
    assert jobs.claim(job.id, lease=LEASE) is None
    assert jobs.fail(claimed, error={"code": "X"}, receipt={}, usages=[]) is None
    assert jobs.get(job.id) == done


def test_the_vendors_id_is_kept_and_the_job_let_go(jobs: JobRepository, clock: ManualClock) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    jobs.attach(_claimed(jobs, job), "req-1")

    again = _claimed(jobs, job)
    assert again.request_id == "req-1"
    assert again.attempts == 2


def test_another_tenants_job_is_not_found(deployment: Deployment, jobs: JobRepository, clock: ManualClock) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    bob = _jobs_of("bob", deployment, clock)

    with pytest.raises(NotFound):
        bob.get(job.id)
    with pytest.raises(NotFound):
        bob.claim(job.id, lease=LEASE)


@pytest.mark.parametrize("job_id", ["", "job_", "x" * 3000, "job_01K0000000000000000000000\n", "char_" + "0" * 26])
def test_an_id_that_cannot_be_one_is_not_found(jobs: JobRepository, job_id: str) -> None:
    with pytest.raises(NotFound):
        jobs.get(job_id)


def test_a_job_is_gone_a_day_after_its_end_though_the_database_still_has_it(
    jobs: JobRepository, clock: ManualClock
) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    _complete(jobs, _claimed(jobs, job))

    clock.advance(24 * 3600 - 1)
    assert jobs.get(job.id).status is JobStatus.COMPLETED
    clock.advance(2)
    with pytest.raises(NotFound):
        jobs.get(job.id)
    assert jobs.recent(limit=10, cursor=None, kind=None, status=None).records == []


def test_open_jobs_are_due_in_time_and_ended_ones_never(
    deployment: Deployment, jobs: JobRepository, clock: ManualClock
) -> None:
    lost, done = _job(clock), _job(clock)
    store_jobs(jobs, lost)
    store_jobs(jobs, done)
    _complete(jobs, _claimed(jobs, done))
    watcher = _open_jobs(deployment, clock)

    assert watcher.due(limit=10) == []
    clock.advance(241)
    assert [message.job_id for message in watcher.due(limit=10)] == [lost.id]
    assert watcher.due(limit=10)[0].tenant_id == "alice"


def test_of_two_watchers_one_looks_after_a_job(jobs: JobRepository, clock: ManualClock) -> None:
    job = _job(clock)
    store_jobs(jobs, job)
    clock.advance(241)

    assert jobs.postpone(job.id, due_in=60) is not None
    assert jobs.postpone(job.id, due_in=60) is None


def test_the_list_is_newest_first_filtered_and_paged(jobs: JobRepository, clock: ManualClock) -> None:
    made = [_job(clock, JobKind.IMAGE if index % 2 else JobKind.SPEECH) for index in range(7)]
    for job in made:
        store_jobs(jobs, job)
    jobs.claim(made[3].id, lease=LEASE)

    first = jobs.recent(limit=5, cursor=None, kind=None, status=None)
    rest = jobs.recent(limit=5, cursor=first.next_cursor, kind=None, status=None)
    assert [job.id for job in first.records + rest.records] == [job.id for job in reversed(made)]
    assert rest.next_cursor is None

    images = jobs.recent(limit=5, cursor=None, kind=JobKind.IMAGE, status=JobStatus.PENDING)
    assert [job.id for job in images.records] == [made[5].id, made[1].id]


def test_a_cursor_goes_on_where_it_can_also_among_jobs_of_other_times(jobs: JobRepository, clock: ManualClock) -> None:
    made: list[Job] = []
    for _ in range(4):
        made.append(_job(clock).model_copy(update={"id": f"job_{ULID.from_timestamp(clock())}"}))
        store_jobs(jobs, made[-1])
        clock.advance(10)
    after_third = encode_cursor(made[2].id)

    def found(**span: float) -> list[str]:
        return [job.id for job in jobs.recent(limit=10, cursor=after_third, among=Among(**span)).records]

    assert found() == [made[1].id, made[0].id]
    assert found(created_before=made[1].created_at) == [made[0].id], "the cursor is later than all of them"
    assert found(created_after=made[3].created_at) == [], "the cursor is earlier"


def test_a_cursor_that_is_not_ours_is_refused(jobs: JobRepository) -> None:
    with pytest.raises(InvalidInput):
        jobs.recent(limit=5, cursor="bm9wZQ", kind=None, status=None)
