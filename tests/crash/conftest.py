"""A service of its own for each test of this folder, whose processes are killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.service import Service
from tests.settings import ON_POSTGRES, SERVER


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service("carignan", tmp_path / "house", SERVER if ON_POSTGRES else "")
    try:
        running.prepare()
        running.extra["PARVIS_JOB_RETRY"] = "15"  # the jobs of a killed worker are given again sooner
        yield running
    finally:
        running.stop()
