"""Schedule queries for an address and a day, shared by the public site and the desk.

Each returns text in the active language, states what is unknown, and names a contact point.
"""

from parvis.apps.schedules.queries.address import AtAddress, at_address
from parvis.apps.schedules.queries.collections import calendar_of_address, calendar_of_sector, pickups, pickups_in
from parvis.apps.schedules.queries.parking import tonight
from parvis.apps.schedules.queries.transit import departures
from parvis.apps.schedules.queries.works import works_touching
