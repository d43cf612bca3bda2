"""What is known for an address and a day: one function for each kind of question, the same for everyone.

Each gives words in the language of the moment, says what it does not know, and names the door that knows.
"""

from parvis.apps.schedules.queries.address import AtAddress, at_address
from parvis.apps.schedules.queries.collections import calendar_of_address, calendar_of_sector, pickups, pickups_in
from parvis.apps.schedules.queries.parking import tonight
from parvis.apps.schedules.queries.transit import departures
from parvis.apps.schedules.queries.works import works_touching

__all__ = [
    "AtAddress",
    "at_address",
    "calendar_of_address",
    "calendar_of_sector",
    "departures",
    "pickups",
    "pickups_in",
    "tonight",
    "works_touching",
]
