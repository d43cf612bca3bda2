"""The clock may be held for a while."""

from datetime import UTC, datetime

import pytest

from parvis.lib import clock

PAST, EARLIER = datetime(2026, 3, 2, 14, tzinfo=UTC), datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_held_clock_goes_on_afterwards() -> None:
    with pytest.raises(ZeroDivisionError), clock.at(PAST):
        with clock.at(EARLIER):
            assert clock.now() == EARLIER and clock.today() == EARLIER.date()
        assert clock.now() == PAST
        _ = 1 / 0
    assert clock.now().year >= 2026 and clock.now() != PAST
