"""All schedule information of an address, as shown on both the citizen's page and the agent's screen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from parvis.apps.places.models import Address
from parvis.apps.schedules.queries.collections import Pickups, pickups
from parvis.apps.schedules.queries.parking import Tonight, tonight
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.transit import Departures, departures
from parvis.apps.schedules.queries.works import NoticeView, Touching, works_touching
from parvis.lib import clock

AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class AtAddress:
    """Schedule information of an address at a given time. `alarms` come first on screens."""

    address: Address
    today: date
    pickups: Pickups
    tonight: Tonight
    works: Touching
    departures: Departures

    @property
    def alarms(self) -> tuple[NoticeView, ...]:
        """Water notices in force."""
        return tuple(notice for notice in self.works.notices if notice.urgent)

    @property
    def elsewhere(self) -> tuple[NoticeView, ...]:
        """Boil-water notices in force that do not affect this address."""
        return self.works.elsewhere

    @property
    def lifted(self) -> tuple[NoticeView, ...]:
        """Water notices lifted today: whoever was told to boil must read that it is over."""
        return tuple(notice for notice in self.works.notices if notice.lifted_water)

    @property
    def notices(self) -> tuple[NoticeView, ...]:
        """Other notices of the next two weeks."""
        return tuple(notice for notice in self.works.notices if not notice.urgent and not notice.lifted_water)


def at_address(address: Address, at: datetime | None = None) -> AtAddress:
    """The answers for an address, in the active language; load `street` and `sector` beforehand."""
    moment = at or clock.now()
    today = moment.astimezone(zone()).date()
    return AtAddress(
        address=address,
        today=today,
        pickups=pickups(address, moment),
        tonight=tonight(address, moment),
        works=works_touching(address, today, today + AHEAD, moment),
        departures=departures(address, moment),
    )
