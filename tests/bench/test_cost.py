"""The bench counts what it says it counts (here on moto, whose units are its own)."""

from collections.abc import Iterator

import pytest

from bench import cost, ledger
from bench.counting import Usage
from bench.lab import Lab, laboratory


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with laboratory(None) as one:
        yield one


@pytest.fixture(scope="module")
def rows(lab: Lab) -> dict[str, Usage]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "_MANY", 100)
        return _measured(lab)


def _measured(lab: Lab) -> dict[str, Usage]:
    return {name: lab.measure(operation) for name, operation in cost.operations(lab).items()}


def test_a_request_is_one_invocation_and_what_it_leaves_to_queues_is_counted_too(rows: dict[str, Usage]) -> None:
    speak, job = rows["speak, 10 remembered"], rows["tts job, to its end"]

    assert (speak.http, speak.lambdas, speak.sqs, speak.s3_puts) == (1, 1, 0, 0)
    # The API, the worker, the finisher, whoever tells of its end; three messages sent, received and deleted; one file.
    assert (job.http, job.lambdas, job.sqs, job.s3_puts) == (1, 4, 9, 1)


def test_speaking_costs_the_same_however_much_is_remembered(rows: dict[str, Usage]) -> None:
    assert rows["speak, 10 remembered"] == rows["speak, 100 remembered"]


def test_reads_and_writes_are_told_apart(rows: dict[str, Usage]) -> None:
    counted_only, listed = rows["get job"], rows["list page (50 worlds)"]

    assert counted_only.write_units == listed.write_units > 0, "the one write that counts a request"
    assert 0 < counted_only.read_units < listed.read_units
    assert rows["tts job, to its end"].write_units > counted_only.write_units


def test_the_ledger_adds_no_more_to_speak_than_it_may(lab: Lab) -> None:
    added = ledger.measure(lab, cost.speaker(lab, 10), rounds=2)

    assert (added.used.reads, added.used.writes) == (0, 2)
    assert (added.used.http, added.used.lambdas, added.used.sqs, added.used.s3_puts) == (0, 0, 0, 0)
    assert added.free.writes == 2, "what was said is remembered all the same, and counted"
    assert 0 < added.free_ms < added.counted_ms


@pytest.mark.parametrize(
    ("reads", "writes", "cpu_ms", "is_too_much"),
    [(2, 2, 2.9, False), (3, 2, 1, True), (2, 3, 1, True), (1, 1, 3.0, True)],
)
def test_what_is_too_much(reads: int, writes: int, cpu_ms: float, is_too_much: bool) -> None:
    added = ledger.Added(Usage(reads=reads + 4, writes=writes + 1), Usage(reads=4, writes=1), 10 + cpu_ms, 10)

    assert added.is_too_much is is_too_much
    assert f"| added | {reads} | {writes} |" in ledger.show(added)


def test_the_price_is_the_sum_of_what_has_one() -> None:
    used = Usage(http=1, lambdas=2, sqs=3, s3_puts=4, read_units=2, write_units=4)

    assert cost.microusd(used) == pytest.approx(1.0 + 0.4 + 1.2 + 0.25 + 2.5)


def test_the_table_has_a_row_for_every_operation(rows: dict[str, Usage]) -> None:
    assert len(cost.show(rows).splitlines()) == len(rows) + 2
