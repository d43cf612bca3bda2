"""What a household chose and joined, as the own data of who registers for it: plain values. Cents."""

from typing import Any

from django.db.models import F, Prefetch, Q

from parvis.apps.households.models import Consent, HealthForm, Household, Individual
from parvis.apps.leisure.models import Cart, FinancialAid, LineTicket, Registration, RegistrationEvent
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


def own_aids(household: Household) -> list[dict[str, Any]]:
    """The financial aid of a household: {season, percent, most_cents, at, until, ended_at}. One query.

    Left out: the reason, which is a note of the staff.
    """
    rows = FinancialAid.objects.filter(household=household).select_related("season").order_by("pk")
    return [
        {
            "season": localized(row.season, "title"),
            "percent": row.percent,
            "most_cents": row.most_cents,
            "at": row.made_at,
            "until": row.ends_on,
            "ended_at": row.ended_at,
        }
        for row in rows
    ]


def own_health(household: Household, individual: Individual) -> list[dict[str, Any]]:
    """What the household said of the health of its people, form by form: {participant, at, signed_by,
    ended_at, destroyed_at, nothing_to_report, ...}, without the words that were destroyed. One query.

    Never what the other household of a child said, nor what another adult with an account of their own did.
    """
    rows = HealthForm.objects.filter(_said_for(individual), household=household)
    forms = rows.select_related("individual", "signed_by").order_by("pk").distinct()
    return [
        {
            "participant": row.individual.name,
            "at": row.signed_at,
            "signed_by": row.signed_by.name if row.signed_by else "",
            "ended_at": row.replaced_at,
            "destroyed_at": row.destroyed_at,
            "nothing_to_report": row.nothing_to_report,
            **{name: getattr(row, name) for name in HealthForm.WORDS},
        }
        for row in forms
    ]


def own_consents(household: Household, individual: Individual) -> list[dict[str, Any]]:
    """Each answer of the household about its people, in order: {participant, what, version, given, at}. One query.

    Of the same people as `own_health`.
    """
    rows = Consent.objects.filter(_said_for(individual), household=household)
    return [
        {
            "participant": row.individual.name,
            "what": str(row.get_purpose_display()),
            "version": row.version,
            "given": row.given,
            "at": row.at,
        }
        for row in rows.select_related("individual").order_by("pk").distinct()
    ]


def _said_for(individual: Individual) -> Q:
    """Of whom someone speaks, as `households.services.health.may_speak_for`, among those who are there now."""
    speaks = Q(individual=individual) | Q(individual__account=None)
    return speaks & Q(individual__links__household=F("household"), individual__links__ended_at=None)
