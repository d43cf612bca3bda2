"""Template context of a household on the telephone or at the counter."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language

from parvis.apps.billing.models import Invoice, PaymentAttempt
from parvis.apps.billing.queries import balances as billing
from parvis.apps.billing.queries.standing import STANDING_WORDS, standing_of
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household
from parvis.apps.households.queries import Member, members_of, payer_of, recipients_of, residence_of
from parvis.apps.idempotency.rules import digest
from parvis.apps.leisure.models import Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import catalogue, registrations
from parvis.apps.leisure.queries import lines as line_queries
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.queries.aid import aid_of
from parvis.apps.leisure.queries.bounds import unproved
from parvis.apps.leisure.queries.catalogue import GroupFilter, GroupView
from parvis.apps.leisure.queries.health import lacking_health_forms
from parvis.apps.leisure.queries.registrations import RegistrationView
from parvis.apps.leisure.services.checking import Fit, fits_of
from parvis.lib import clock
from parvis.lib.words import number
from parvis.surfaces.desk.leisure.forms import CHANNELS, HoldForm, SearchForm

MOST_FOUND = 40
MOST_STEPS = 60
State = Registration.State


@dataclass(frozen=True)
class Person:
    """Someone of the household, their age on the rule date, what they have, and whether a health form is missing.

    `unproved`: the town has only the word of the household. `seen_by`: the name of who saw them at the counter, or "".
    """

    member: Member
    age: int | None
    rows: list[RegistrationView]
    lacks_health: bool
    unproved: bool
    seen_by: str


@dataclass(frozen=True)
class Found:
    """A group that was looked for: who of the household may join it, and the others with the reason."""

    view: GroupView
    fits: list[Fit]

    @property
    def may(self) -> list[Fit]:
        """Those who may join it."""
        return [fit for fit in self.fits if not fit.why]

    @property
    def may_not(self) -> list[Fit]:
        """Those who may not, or not without a rule set aside."""
        return [fit for fit in self.fits if fit.why]

    @property
    def offered(self) -> set[str]:
        """Whom a place may be held for, by public identifier: with a rule set aside if need be."""
        return {fit.member.individual.public_id for fit in self.fits if not fit.why or fit.may_set_aside}


@dataclass(frozen=True)
class Owed:
    """An invoice whose places wait for its payment."""

    invoice: Invoice
    balance: int
    attempt: PaymentAttempt | None

    @property
    def words(self) -> str:
        """Where the last try to pay it on line stands; "" without any."""
        if self.attempt is None:
            return ""
        is_over = self.attempt.is_over(clock.now())
        return str(STANDING_WORDS[standing_of(self.attempt, owed=self.balance, is_over=is_over)])


def channel_of(values: QueryDict) -> Channel:
    """Through what the agent speaks with them, as chosen at the top of the page: the telephone unless said."""
    return Channel.COUNTER if values.get("channel") == Channel.COUNTER else Channel.PHONE


def season_of(values: QueryDict) -> Season | None:
    """The published season that is looked at; the next one to begin unless said."""
    seasons = catalogue.published_seasons()
    return next((one for one in seasons if one.slug == values.get("season")), seasons[0] if seasons else None)


def page(
    request: HttpRequest, user: User, household: Household, *, form: HoldForm | None = None, **more: Any
) -> dict[str, Any]:
    """The whole context. A constant number of queries, one more for each invoice that waits."""
    values = request.POST if request.method == "POST" else request.GET
    members, today, season = members_of(household), clock.today(), season_of(values)
    rows, lacking = registrations.registrations_of(household), lacking_health_forms(household)
    rule = season.rule_date if season else today
    channel, groups = channel_of(values), choices(season, values, members)
    offered = set().union(*(one.offered for one in groups))
    chosen = [member for member in members if not groups or member.individual.public_id in offered]
    form = form or HoldForm(members=chosen, initial={"people": [m.individual.public_id for m in chosen if m.is_child]})
    form.offer(chosen)
    people = _people(members, rows, rule, lacking)
    return {
        "household": household,
        "people": people,
        "unproved": [one for one in people if one.unproved],
        "may_record_custody": may(user, Deed.RECORD_CUSTODY),
        "rule_date": rule,
        "residence": residence_of(household, today),
        "payer": payer_of(household),
        "recipients": recipients_of(household),
        "channel": channel,
        "channels": CHANNELS,
        "season": season,
        "seasons": catalogue.published_seasons(),
        "search": SearchForm(values),
        "found": groups,
        "out_of_all": [fit for fit in groups[0].fits if fit.member not in chosen] if groups else [],
        "form": form,
        "cart": registrations.open_cart(household),
        "owed": owed(rows),
        "has_provider": billing.has_provider(),
        "may_take_payment": user.may(Action.TAKE_PAYMENT),
        "may_give_aid": (may_give := may(user, Deed.GIVE_AID)),
        "aid": aid_of(household, season) if may_give and season else None,
        **steps(household),
        **place_in_line(household, season),
        **more,
    }


def _people(members: list[Member], rows: list[RegistrationView], rule: date, lacking: set[int]) -> list[Person]:
    own: dict[int, list[RegistrationView]] = defaultdict(list)
    for row in rows:
        own[row.registration.individual_id].append(row)
    declared = unproved(member.individual for member in members)
    seen_by = User.objects.in_bulk({member.individual.seen_by_id for member in members} - {None})
    found = []
    for member in members:
        one = member.individual
        live = [row for row in own[one.pk] if row.state in Registration.LIVE]
        agent = seen_by.get(one.seen_by_id or 0)
        found.append(
            Person(
                member,
                member.age_on(rule),
                live or own[one.pk][:3],
                one.pk in lacking,
                unproved=one.pk in declared,
                seen_by=agent.display_name if agent else "",
            )
        )
    return found


def found(season: Season | None, values: QueryDict) -> list[GroupView]:
    """The groups that fit the search, at most 40; those of the first age asked for when nothing is typed."""
    form = SearchForm(values)
    form.is_valid()
    said = form.cleaned_data
    if season is None or not any(said.get(name) not in (None, "", False) for name in ("q", "age", "day")):
        return []
    chosen = GroupFilter(
        age=said.get("age"),
        day=number(said.get("day") or ""),
        words=said.get("q", ""),
        free_only=said.get("free", False),
    )
    return catalogue.listed_groups(season, chosen)[:MOST_FOUND]


def choices(season: Season | None, values: QueryDict, members: list[Member]) -> list[Found]:
    """Each group found, with who of these people may join it. A constant number of queries."""
    views = found(season, values)
    fits = fits_of([view.group for view in views], members)
    return [Found(view, fits[view.group.pk]) for view in views]


def owed(rows: list[RegistrationView]) -> list[Owed]:
    """The invoices of the places that wait for a payment, the latest first."""
    invoices = {
        row.registration.invoice_line.invoice
        for row in rows
        if row.state == State.AWAITING_PAYMENT and row.registration.invoice_line
    }
    balances = billing.balances_of(invoices)
    ordered = sorted(invoices, key=lambda invoice: -invoice.pk)
    return [Owed(invoice, balances[invoice.pk], billing.latest_attempt(invoice)) for invoice in ordered]


def steps(household: Household) -> dict[str, Any]:
    """Each step of their registrations, the latest first, and the mark of what is shown, their place in a line too."""
    rows = registrations.steps_of(household)[:MOST_STEPS]
    cart = registrations.open_cart(household)
    seen = [row.pk for row in rows[:1]], len(rows), cart.expires_at.isoformat() if cart else "", _standings(household)
    return {"steps": rows, "mark": digest(str(seen), get_language() or "")[:16]}


def _standings(household: Household) -> list[str]:
    """Where they stand in the lines that are on, without a query where none is."""
    moment = clock.now()
    seasons = {rush.season_id: rush.season for rush in line_queries.lines() if rush.is_on(moment)}
    return [str(line_queries.admission(household, one, moment).standing) for one in seasons.values()]


def place_in_line(household: Household, season: Season | None) -> dict[str, Any]:
    """The line that is on for the household, if any, and its place there."""
    if season is None:
        return {"rush": None, "admission": None}
    moment = clock.now()
    resident = residence_of(household, clock.today()).resident
    return {
        "rush": line_queries.rush_now(season, resident, moment),
        "admission": line_queries.admission(household, season, moment),
    }
