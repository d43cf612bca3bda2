"""What a household chose and joined, as the own data of who registers for it: plain values. Cents."""

from typing import Any

from django.db.models import Prefetch, Q

from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.models import Cart, LineTicket, Registration, RegistrationEvent
from parvis.apps.leisure.queries.registrations import ranks_of
from parvis.lib import clock
from parvis.lib.i18n.localized import localized


def own_registrations(household: Household | None, individual: Individual) -> list[dict[str, Any]]:
    """{participant, activity, group, season, state, rank, resident, price_cents, channel, at, steps}, in order.

    Those of the people who are of the household now, made there, and one's own wherever they were made: never those of
    the same children in another household, nor of someone who left. A constant number of queries.
    """
    mine = Q(individual=individual)
    if household:
        mine |= Q(household=household, individual__links__household=household, individual__links__ended_at=None)
    rows = Registration.objects.filter(mine).distinct().order_by("pk")
    steps = Prefetch("events", RegistrationEvent.objects.order_by("at", "pk"))
    found = list(rows.select_related("group__activity", "group__season", "individual").prefetch_related(steps))
    moment, ranks = clock.now(), ranks_of(found)
    return [
        {
            "participant": row.individual.name,
            "activity": localized(row.group.activity, "title"),
            "group": row.group.slug,
            "season": localized(row.group.season, "title"),
            "state": str(row.state_at(moment).label),
            "rank": ranks.get(row.pk),
            "resident": row.resident,
            "price_cents": row.price_cents,
            "channel": str(row.get_channel_display()),
            "at": row.made_at,
            "ended_at": row.ended_at,
            "steps": [
                {"at": step.at, "what": str(step.get_what_display()), "words": step.words} for step in row.events.all()
            ],
        }
        for row in found
    ]


def own_carts(household: Household) -> list[dict[str, Any]]:
    """The carts of a household: {at, until, ended_at, number}; `number` is that of its invoice. One query."""
    rows = Cart.objects.filter(household=household).select_related("invoice").order_by("pk")
    return [
        {
            "at": row.made_at,
            "until": row.expires_at,
            "ended_at": row.closed_at,
            "number": row.invoice.number if row.invoice else "",
        }
        for row in rows
    ]


def own_tickets(household: Household) -> list[dict[str, Any]]:
    """Its places in the lines of openings: {ticket, season, at, channel, rank, entered_at}. One query.

    `rank` is that of who came after the hour; the draw is published, by tickets.
    """
    rows = LineTicket.objects.filter(household=household).select_related("rush__season").order_by("pk")
    return [
        {
            "ticket": row.public_id,
            "season": localized(row.rush.season, "title"),
            "at": row.arrived_at,
            "channel": str(row.get_channel_display()),
            "rank": row.rank,
            "entered_at": row.entered_at,
        }
        for row in rows
    ]
