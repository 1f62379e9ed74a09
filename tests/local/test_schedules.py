import asyncio
import json
from pathlib import Path

from local.functions import Function
from local.schedules import Fired, run_schedule
from tests.local.conftest import definition


async def test_a_schedule_fires_again_and_again_with_eventbridges_event(tmp_path: Path) -> None:
    fired: asyncio.Queue[Fired] = asyncio.Queue()
    function = Function(
        definition("tick", name="Watcher"),
        {"RECORD": str(tmp_path)},
        region="eu-central-1",
        concurrency=1,
        log=lambda _, line: None,
    )
    await function.warm()
    schedule = asyncio.create_task(run_schedule(function, 0, region="eu-central-1", report=fired.put_nowait))
    assert not (await fired.get()).failed
    assert not (await fired.get()).failed
    schedule.cancel()
    await asyncio.wait([schedule])
    await function.close()

    event = json.loads((tmp_path / "ticks").read_text().splitlines()[0])
    assert event["detail-type"] == "Scheduled Event"
    assert event["source"] == "aws.events"
    assert event["resources"] == ["arn:aws:events:eu-central-1:123456789012:rule/Watcher"]
