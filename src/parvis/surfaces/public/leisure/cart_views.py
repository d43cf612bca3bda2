"""The basket: what is held, until when, and the way to pay."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from parvis.apps.billing.models import Invoice
from parvis.apps.billing.queries.balances import balance_of, has_provider, latest_attempt
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.bounds import kept_until
from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.queries.registrations import (
    CartLine,
    CartView,
    RegistrationView,
    open_cart,
    registration_of,
    registrations_of,
)
from parvis.apps.leisure.queries.wishes import current_wishes
from parvis.apps.leisure.services.bounds import counter_until, why_not_at_counter
from parvis.apps.leisure.services.refusals import NotAtCounter
from parvis.apps.leisure.services.registering import check_out, extend_hold, hold_places, release
from parvis.lib import clock, quebec
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.holding import holdings
from parvis.surfaces.public.leisure.people import Registrant, with_household
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404

State = Registration.State
AFTER = 3600  # seconds during which places that lapsed are still listed, to choose them again
SETTS = 20
MINUTE = 60
LAST = 2  # minutes of a basket that are worth a warning


@with_household
@require_safe
def cart(request: HttpRequest, _registrant: Registrant, household: Household) -> HttpResponse:
    """What it is paying; then what it is choosing, by participant, with what it costs and until when it is held."""
    return _page(request, household)


def _page(request: HttpRequest, household: Household, *, said: type_text = "", status: int = 200) -> HttpResponse:
    """The basket; `said` is why it cannot be paid as was asked."""
    found, rows = open_cart(household), registrations_of(household)
    context: dict[str, Any] = {
        "title": _("Your basket"),
        "public_nav": nav("file"),
        "cart": found,
        "holdings": holdings(household, basket=False),
        "waiting": [row for row in rows if row.state == State.WAITING],
        "offered": [row for row in rows if row.state == State.OFFERED],
        "on_line": has_provider(),
        "said": said,
        "noted_count": current_wishes(household.pk).values("group").distinct().count(),
    }
    if found:
        context |= _held(found) | _at_counter(household, found)
    else:
        context["lapsed"] = _lapsed(rows)
    return private(render(request, "public/leisure/cart.html", context, status=status))


def _at_counter(household: Household, found: CartView) -> dict[str, Any]:
    """Why it is not paid at the counter now, or until when it waits for that."""
    why = why_not_at_counter(household, [line.registration.group.season for line in found.lines])
    return {
        "why_not_counter": why,
        "counter_until": "" if why else words.when_words(counter_until(household, by=None)),
    }


def _held(found: CartView) -> dict[str, Any]:
    left = max(0, int((found.expires_at - clock.now()).total_seconds()))
    whole = max(1, int((found.expires_at - found.cart.made_at).total_seconds()))
    past = min(SETTS - 1, (whole - left) * SETTS // whole)
    return {
        "kids": [(person, [cart_line(line) for line in lines]) for person, lines in found.by_participant],
        "until": words.when_words(found.expires_at),
        "until_at": found.expires_at,
        "seconds": left,
        "whole": whole,
        "clock_words": f"{left // MINUTE}:{left % MINUTE:02d}",
        "is_short": left <= LAST * MINUTE,
        "setts": ["past"] * past + ["now"] + [""] * (SETTS - 1 - past),
        "rule_date": found.lines[0].registration.group.season.rule_date if found.lines else None,
    }


def cart_line(line: CartLine) -> dict[str, Any]:
    """A held place as a line of the basket."""
    return {"line": line, "registration": line.registration, "when": when_of(line), "clashes": line.clashes}


def when_of(line: CartLine | RegistrationView) -> str:
    """Reads "Samedi, de 9 h 30 à 10 h 20, 8 cours dès le 16 janvier"."""
    view = _view(line)
    slot = words.slot_words(view)[1]
    return words.hours_words(view) + ("" if words.is_one_run(view) or not slot else f" · {slot}")


def _view(line: CartLine | RegistrationView) -> GroupView:
    return GroupView(line.registration.group, line.meetings, 0, 0)


def _lapsed(rows: list[RegistrationView]) -> list[RegistrationView]:
    """The places that this household held an hour ago or less, and holds no more."""
    moment = clock.now()
    live = {
        (row.registration.group_id, row.registration.individual_id) for row in rows if row.state in Registration.LIVE
    }
    return [
        row
        for row in rows
        if row.state == State.LAPSED
        and row.registration.cart_id
        and row.registration.until
        and (moment - row.registration.until).total_seconds() <= AFTER
        and (row.registration.group_id, row.registration.individual_id) not in live
    ]


@with_household
@require_POST
def extend(request: HttpRequest, _registrant: Registrant, household: Household) -> HttpResponse:
    """Puts off the end of the basket, once."""
    if found := open_cart(household):
        with showing_refusal(request):
            extended = extend_hold(cart=found.cart)
            values = {"moment": words.when_words(extended.expires_at)}
            done(request, quebec.without_double_stop(_("Your places are held until %(moment)s.") % values))
    return redirect("public:cart")


@with_household
@require_POST
def remove(request: HttpRequest, _registrant: Registrant, household: Household, public_id: str) -> HttpResponse:
    """Gives back a held place, or leaves a waiting list; it may be put back as long as a place is free."""
    row = or_404(registration_of(household, public_id))
    with showing_refusal(request):
        was_held = row.state == State.HELD
        release(registration=row, channel=Channel.WEB)
        values = {"activity": row.group.activity, "name": row.individual.name}
        undo = reverse("public:cart_put_back", args=[public_id]) if was_held else ""
        done(request, _("Removed: %(activity)s, %(name)s.") % values, undo_url=undo)
    return redirect("public:cart" if was_held else "public:registrations")


@with_household
@require_POST
def put_back(request: HttpRequest, registrant: Registrant, household: Household, public_id: str) -> HttpResponse:
    """Holds again a place just removed, when it is still free."""
    row = or_404(registration_of(household, public_id))
    with showing_refusal(request, Conflict, Invalid, NotAllowed):
        hold_places(
            household=household,
            group=row.group,
            individuals=[row.individual],
            together=False,
            wait=False,
            channel=Channel.WEB,
            assurance=registrant.assurance,
            account=registrant.account,
        )
    return redirect("public:cart")


@with_household
@require_POST
def pay(request: HttpRequest, _registrant: Registrant, household: Household) -> HttpResponse:
    """Bills the basket, then leads to the page of the bank; or keeps the places until they are paid at the counter, for
    who may: others are told why not (422), and nothing is billed.
    """
    at_counter = "counter" in request.POST or not has_provider()
    with showing_refusal(request):
        language = get_language() or "fr"
        try:
            invoice = check_out(household=household, language=language, at_counter=at_counter, channel=Channel.WEB)
        except NotAtCounter as refusal:
            return _page(request, household, said=refusal.message, status=refusal.status)
        attempt = latest_attempt(invoice)
        if balance_of(invoice) <= 0:
            done(request, _("It is done: nothing is to be paid."))
        elif attempt is None:
            done(request, _kept_words(invoice))
        else:
            return redirect(f"{reverse('public:payment', args=[attempt.secret])}?etape=aller")
        return redirect("public:registrations")
    return redirect("public:cart")


def _kept_words(invoice: Invoice) -> str:
    until = kept_until(invoice)
    values = {"number": invoice.number, "until": words.when_words(until) if until else ""}
    if until is None:
        return _("Pay invoice %(number)s at the counter.") % values
    said = _("Your places are kept until %(until)s. Pay invoice %(number)s at the counter.")
    return quebec.without_double_stop(said % values)
