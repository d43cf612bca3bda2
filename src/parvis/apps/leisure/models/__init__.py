"""Seasons, activities, groups and their meetings; carts, registrations and their events; the line of an opening;
financial aid; noted groups.
"""

from parvis.apps.leisure.models.aid import FinancialAid
from parvis.apps.leisure.models.cancellations import CancellationRequest
from parvis.apps.leisure.models.groups import Activity, ActivityCategory, Group, Hall, Meeting, Season, SeasonFact
from parvis.apps.leisure.models.lines import LineTicket, Rush
from parvis.apps.leisure.models.registrations import Cart, Registration, RegistrationEvent
from parvis.apps.leisure.models.wishes import Wish

__all__ = [
    "Activity",
    "ActivityCategory",
    "CancellationRequest",
    "Cart",
    "FinancialAid",
    "Group",
    "Hall",
    "LineTicket",
    "Meeting",
    "Registration",
    "RegistrationEvent",
    "Rush",
    "Season",
    "SeasonFact",
    "Wish",
]
