"""Marks that say where a journey runs. Without one: in the sample town, on SQLite, by `make test`.

Those left to `make soak PART=journeys` are the edges of a screen whose main way `make test` walks.
"""

import pytest

from tests.journeys.service import OTHER_TOWN, SAMPLE_TOWN

soak = pytest.mark.soak("journeys")
# In both; at every width in `make soak`, at 360 px in `make test`.
each_width = pytest.mark.soak("journeys", sampled=True)
# In the sample town by `make test`, in the second town too by `make soak`.
each_town = pytest.mark.parametrize("service", [SAMPLE_TOWN, pytest.param(OTHER_TOWN, marks=soak)], indirect=True)
each_town_and_width = pytest.mark.parametrize(
    "service", [pytest.param(SAMPLE_TOWN, marks=each_width), pytest.param(OTHER_TOWN, marks=soak)], indirect=True
)
both_databases = pytest.mark.both_databases
