from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.dependencies import new_asking
from common.providers.asking import Asking
from tests.support.deployment import Deployment
from tests.support.http import BOB, Studio
from tests.support.models import ScriptedModel
from worlds.api import app


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def studio(deployment: Deployment, model: ScriptedModel) -> Iterator[Studio]:
    async def asking() -> Asking:
        return Asking(model)

    app.dependency_overrides[new_asking] = asking
    yield Studio(app)
    app.dependency_overrides.clear()


@pytest.fixture
def other_studio(studio: Studio) -> Studio:
    return Studio(app, BOB)
