"""What a household joined or waits for: its list, offers, cancellations, calendar."""

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.apps.billing.queries.balances import has_provider
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.calendars import calendar_of
from parvis.apps.leisure.queries.cancellations import effect_of, kept_words, words_after
from parvis.apps.leisure.queries.freed import freed_words
from parvis.apps.leisure.queries.health import without_health_form
from parvis.apps.leisure.queries.registrations import (
    RegistrationView,
    kept_beside,
    registration_by_id,
    registration_of,
    registrations_of,
    those_together,
)
from parvis.apps.leisure.services.refusals import TooManyUnpaid
from parvis.apps.leisure.services.registering import cancel_registration, pay_again
from parvis.apps.leisure.services.waiting import accept_offer, decline_offer
from parvis.lib import clock, ics, quebec
from parvis.lib.errors import Conflict
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.cart_views import when_of
from parvis.surfaces.public.leisure.holding import holdings
from parvis.surfaces.public.leisure.people import Registrant, registrant_of, with_household
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404

State = Registration.State
ENDED = "annulee"  # in the address: what was just cancelled, so that the page says what happened


@with_household
@require_safe
def registrations(request: HttpRequest, _registrant: Registrant, household: Household) -> HttpResponse:
    """What it has to pay, once; then what the household joined, waits for, or left; the live ones first."""
    rows = registrations_of(household)
    coming = [row.registration for row in rows if row.state in (State.AWAITING_PAYMENT, State.CONFIRMED)]
    lacking = without_health_form(coming)
    shown = [_line(row) | {"lacks_health": row.registration.pk in lacking} for row in rows]
    context = {
        "title": _("My registrations"),
        "public_nav": nav("file"),
        "holdings": holdings(household),
        "live": [line for line in shown if line["live"]],
        "past": [line for line in shown if not line["live"]],
        "any_confirmed": any(row.state == State.CONFIRMED for row in rows),
        "on_line": has_provider(),
    }
    if public_id := request.GET.get(ENDED, ""):
        context |= _ended(request, household, public_id)
    return private(render(request, "public/leisure/registrations.html", context))


def _ended(request: HttpRequest, household: Household, public_id: str) -> dict[str, Any]:
    """What was said of the registration that was just cancelled, on the page rather than in a toast, and what became of
    its place.
    """
    row = registration_of(household, public_id)
    if row is None:
        return {}
    said = [one.message for one in get_messages(request)]
    title = f"{row.group.activity}, {row.individual}"
    return {"ended": {"title": title, "said": said, "freed": freed_words(row)}, "messages": ()}


def _line(row: RegistrationView) -> dict[str, Any]:
    registration = row.registration
    line = registration.invoice_line
    is_cancelling = row.state == State.AWAITING_PAYMENT and registration.cancel_asked_at is not None
    return {
        "registration": registration,
        "state": row.state,
        "label": row.state.label,
        "live": row.state in Registration.LIVE,
        "rank": row.rank,
        "when": when_of(row),
        "until": words.when_words(registration.until) if registration.until else "",
        "invoice": line.invoice if line else None,
        "part": line.total_cents if line else 0,
        "is_cancelling": is_cancelling,
        "may_cancel": row.state in (State.CONFIRMED, State.AWAITING_PAYMENT) and not is_cancelling,
    }


@with_household
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, _registrant: Registrant, household: Household, public_id: str) -> HttpResponse:
    """Says first what is given back, and what stays; POST cancels, and says what was done."""
    row = or_404(registration_of(household, public_id))
    if request.method == "POST":
        with showing_refusal(request):
            done(request, " ".join(words_after(cancel_registration(registration=row, channel=Channel.WEB))))
        return redirect(f"{reverse('public:registrations')}?{ENDED}={public_id}")
    effect = effect_of(row)
    page = {
        "title": _("Cancel a registration"),
        "public_nav": nav("file"),
        "registration": row,
        "effect": effect,
        "back": effect.back,
        "kept_words": " ".join(kept_words(effect.kept)),
    }
    return private(render(request, "public/leisure/cancel.html", page))


@with_household
@require_POST
def pay_now(request: HttpRequest, _registrant: Registrant, household: Household, public_id: str) -> HttpResponse:
    """Leads to the page of the bank for the invoice of a place that waits to be paid."""
    row = or_404(registration_of(household, public_id))
    invoice = row.invoice_line.invoice if row.invoice_line else None
    with showing_refusal(request):
        attempt = pay_again(household=household, invoice=or_404(invoice), language=get_language() or "fr")
        return redirect(f"{reverse('public:payment', args=[attempt.secret])}?etape=aller")
    return redirect("public:registrations")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    """A place offered by a letter: whoever has the letter declines it; the household, signed in, accepts it."""
    row = or_404(registration_by_id(public_id))
    if request.method == "POST":
        with showing_refusal(request, Conflict, TooManyUnpaid):
            if "accept" in request.POST:
                return _accept(request, row)
            decline_offer(registration=row, channel=Channel.WEB)
            done(
                request,
                _("Declined. Thank you for telling us.")
                if row.channel == Channel.KEPT
                else _("Declined. The place goes to the next person at once. Thank you for telling us."),
            )
        return redirect("public:offer", public_id)
    registrant = registrant_of(request)
    unit = [each for each in those_together(row) if each.state == row.state]
    is_kept = row.channel == Channel.KEPT
    page = {
        "title": _("Your place from last season") if is_kept else _("A place is free"),
        "is_kept": is_kept,
        "beside": kept_beside(row) if is_kept else [],
        "public_nav": nav("leisure"),
        "registration": row,
        "names": quebec.join([each.individual.name for each in unit], words.lang()),
        "state": row.state_at(clock.now()),
        "until": words.when_words(row.until) if row.until else "",
        "theirs": registrant is not None and registrant.household == row.household,
    }
    return private(render(request, "public/leisure/offer.html", page))


def _accept(request: HttpRequest, row: Registration) -> HttpResponse:
    registrant = registrant_of(request)
    if registrant is None or registrant.household != row.household:
        return redirect("public:leisure_enter")
    accept_offer(registration=row, channel=Channel.WEB, account=registrant.account)
    done(request, _("The place is in your basket."))
    return redirect("public:cart")


@with_household
@require_safe
def calendar(request: HttpRequest, _registrant: Registrant, household: Household) -> HttpResponse:
    """The meetings of every place that the household has, as a calendar file."""
    rows = [row.registration for row in registrations_of(household) if row.state == State.CONFIRMED]
    content = calendar_of(rows, get_language() or "fr")
    headers = {"Content-Disposition": 'attachment; filename="loisirs.ics"'}
    return private(HttpResponse(content, content_type=ics.CONTENT_TYPE, headers=headers))
