"""All that is computed for one address, in one reading: what the citizen's page and the agent's screen show alike."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from parvis.apps.places.models import Address
from parvis.apps.schedules.provenance import zone
from parvis.apps.schedules.queries.collections import Pickups, pickups
from parvis.apps.schedules.queries.parking import Tonight, tonight
from parvis.apps.schedules.queries.transit import Departures, departures
from parvis.apps.schedules.queries.works import NoticeTold, Touching, works_touching
from parvis.lib import clock

AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class AtAddress:
    """What is known of an address at a moment. `alarms` come before everything else."""

    address: Address
    today: date
    pickups: Pickups
    tonight: Tonight
    works: Touching
    departures: Departures

    @property
    def alarms(self) -> tuple[NoticeTold, ...]:
        """The notices about water in force."""
        return tuple(notice for notice in self.works.notices if notice.urgent)

    @property
    def elsewhere(self) -> tuple[NoticeTold, ...]:
        """The notices to boil water in force that do not touch this address."""
        return self.works.elsewhere

    @property
    def notices(self) -> tuple[NoticeTold, ...]:
        """The other notices of the next two weeks."""
        return tuple(notice for notice in self.works.notices if not notice.urgent)


def at_address(address: Address, at: datetime | None = None) -> AtAddress:
    """The answers of that address, in the language of the moment; `street` and `sector` should be read."""
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
