"""A running web server without a proxy, one per test module."""

from collections.abc import Iterator

import pytest

from tests.journeys.service import Service
from tests.settings import ON_POSTGRES, SERVER


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The web server alone, which trusts the headers of a local proxy."""
    service = Service("val-des-aulnes", tmp_path_factory.mktemp("served"), SERVER if ON_POSTGRES else "")
    try:
        service.prepare()
        service.extra["PARVIS_PROXY"] = "1"  # once installed: the installation is that of the other tests
        service.start("web")
        yield service
    finally:
        service.stop()
