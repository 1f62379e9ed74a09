from __future__ import annotations

import pytest

from tests.support.clock import ManualClock
from tests.support.deployment import Deployment
from tests.webhooks.studio import NOW, Receiver, Studio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW())


@pytest.fixture
def receiver(clock: ManualClock) -> Receiver:
    return Receiver(clock)


@pytest.fixture
def studio(deployment: Deployment, clock: ManualClock, receiver: Receiver) -> Studio:
    return Studio("tenant_demo", deployment=deployment, clock=clock, receiver=receiver)
