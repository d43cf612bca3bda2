"""A household on the telephone or at the counter: places held, put off, given back and billed, under the same rules
as on the site; each step to the second.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.households.models import Household
from parvis.apps.households.queries import household_by_id, members_of, payer_of
from parvis.apps.households.services.households import mark_members_seen
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.queries import lines as line_queries
from parvis.apps.leisure.queries import management
from parvis.apps.leisure.queries.cancellations import words_after
from parvis.apps.leisure.queries.registrations import open_cart, registration_of
from parvis.apps.leisure.services import lines, payment_pages, registering, waiting
from parvis.apps.leisure.services.cancellation_approvals import ask_to_cancel_registration
from parvis.apps.leisure.services.refusals import Full
from parvis.lib import clock, quebec
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.i18n.languages import clean
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.leisure import household_screen as screen
from parvis.surfaces.desk.leisure.forms import HoldForm
from parvis.surfaces.desk.people.views import ask_reason_for
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404

AGAIN = timedelta(minutes=30)  # the same household looked at again so soon is one reading
KEPT = ("channel", "season", "q", "age", "day", "free")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Household, P], HttpResponseBase]


def of_household(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A view of the household of `public_id`, else Http404; a sensitive file among its people asks for a reason."""

    @wraps(view)
    def explained(request: HttpRequest, public_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        one = or_404(household_by_id(public_id))
        asked = ask_reason_for(request, one, back=reverse("desk:leisure_household", args=[one.public_id]))
        return asked or view(request, one, *args, **kwargs)

    return explained


def log_reading(user: User, one: Household, reason: str = "") -> None:
    """Records that the file of a household was read, once in half an hour."""
    since = clock.now() - AGAIN
    record_reading(user=user, subject="household", subject_id=one.pk, reason=reason[:16], once_since=since)


@requires(Action.REGISTER_OTHERS, "GET")
@of_household
def household(request: HttpRequest, one: Household) -> HttpResponse:
    """Their people, what each has, the cart, the groups to choose from, each step; the reading is logged."""
    user = agent_of(request)
    log_reading(user, one, request.GET.get("from", ""))
    return render(request, "desk/leisure/household.html", screen.page(request, user, one))


@requires(Action.REGISTER_OTHERS, "GET")
@of_household
def steps(request: HttpRequest, one: Household) -> HttpResponse:
    """The steps again when something moved since `mark`, else 204; all that moves with them beside, out of band."""
    seen = screen.steps(one)
    if request.GET.get("mark") == seen["mark"]:
        return HttpResponse(status=204)
    context = screen.page(request, agent_of(request), one, moved=True)
    return render(request, "desk/leisure/steps.html", context)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def hold(request: HttpRequest, one: Household) -> HttpResponseBase:
    """Holds places for the people chosen, or puts them on the waiting list; what the rules refuse is said as it is."""
    user = agent_of(request)
    members = members_of(one)
    form = HoldForm(request.POST, members=members)
    group = or_404(management.group_of(request.POST.get("group", "")))
    if not form.is_valid():
        return _again(request, user, one, form, Invalid.status)
    values = form.cleaned_data
    try:
        made = registering.hold_places(
            household=one,
            group=group,
            individuals=[m.individual for m in members if m.individual.public_id in values["people"]],
            together=values["together"],
            wait=values["wait"],
            channel=screen.channel_of(request.POST),
            assurance=payer_of(one).assurance,
            by=user,
            override=values["override"],
        )
    except Full as full:
        form.refuse({}, full.message)
        return _again(request, user, one, form, full.status, suggestion=full.suggestion)
    except Invalid as error:
        form.refuse({}, error.message)
        for words in error.fields.values():
            form.add_error(None, words)
        return _again(request, user, one, form, error.status)
    except (NotAllowed, Conflict, NotFound) as error:
        form.refuse({}, error.message)
        return _again(request, user, one, form, error.status)
    done(request, _held_words(made))
    return _back(request, one)


def _held_words(made: list[Registration]) -> str:
    queued = sum(row.state == Registration.State.WAITING for row in made)
    held = len(made) - queued
    words = [ngettext("%(n)d place held.", "%(n)d places held.", held) % {"n": held}] if held else []
    if queued:
        words.append(ngettext("%(n)d on the waiting list.", "%(n)d on the waiting list.", queued) % {"n": queued})
    return " ".join(words)


def _again(
    request: HttpRequest, user: User, one: Household, form: HoldForm, status: int, **more: object
) -> HttpResponse:
    context = screen.page(request, user, one, form=form, **more)
    return render(request, "desk/leisure/household.html", context, status=status)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def extend(request: HttpRequest, one: Household) -> HttpResponseBase:
    """Puts off the end of the hold, once."""
    user = agent_of(request)
    view = open_cart(one)
    with showing_refusal(request):
        if view is None:
            raise Conflict(_("Nothing is held any more: the time was up."))
        registering.extend_hold(cart=view.cart, channel=screen.channel_of(request.POST), by=user)
        done(request, _("Ten minutes more."))
    return _back(request, one)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def release(request: HttpRequest, one: Household, registration: str) -> HttpResponseBase:
    """Gives back a place or leaves a waiting list; `do` may accept an offer, or cancel what is billed, instead."""
    user = agent_of(request)
    row = or_404(registration_of(one, registration))
    channel, deed = screen.channel_of(request.POST), request.POST.get("do")

    def give_back() -> None:
        if deed == "accept":
            waiting.accept_offer(registration=row, channel=channel, by=user)
            done(request, _("Accepted: the place is held."))
        elif deed == "cancel":
            if ask_to_cancel_registration(registration=row, channel=channel, by=user):
                done(request, _("Not cancelled yet: what it gives back is approved by a second person first."))
            else:
                done(request, " ".join(words_after(row)))
        elif row.state == Registration.State.OFFERED:
            waiting.decline_offer(registration=row, channel=channel, by=user)
            done(request, _("Declined: the place goes to the next ones."))
        else:
            registering.release(registration=row, channel=channel, by=user)
            done(request, _("Given back."))

    _doing(request, give_back)
    return _back(request, one)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def check_out(request: HttpRequest, one: Household) -> HttpResponseBase:
    """Issues the invoice of what is held: paid at the counter (`how=counter`), or on the page sent by e-mail."""
    user = agent_of(request)
    at_counter = request.POST.get("how") != "page"
    made: list[Invoice] = []

    def bill() -> None:
        invoice = registering.check_out(
            household=one,
            language=clean(get_language()),
            at_counter=at_counter,
            by=user,
            channel=screen.channel_of(request.POST),
        )
        made.append(invoice)
        if not at_counter:
            sent = payment_pages.send_payment_page(invoice=invoice, by=user)
            done(request, _("The payment page is sent to %(to)s.") % {"to": ", ".join(sent)})

    _doing(request, bill)
    if made and at_counter and user.may(Action.TAKE_PAYMENT):
        return redirect("desk:pay_invoice", made[0].public_id)
    return _back(request, one)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def send_page(request: HttpRequest, one: Household, invoice: str) -> HttpResponseBase:
    """Sends again, by e-mail, the page where the invoice is paid."""
    user = agent_of(request)
    row = or_404(Invoice.objects.filter(household=one, public_id=invoice).first())

    def send() -> None:
        sent = payment_pages.send_payment_page(invoice=row, by=user)
        done(request, _("The payment page is sent to %(to)s.") % {"to": ", ".join(sent)})

    _doing(request, send)
    return _back(request, one)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def mark_seen(request: HttpRequest, one: Household) -> HttpResponseBase:
    """Records that the counter saw people of the household (`who`, each), with who did it."""

    def mark() -> None:
        seen = mark_members_seen(household=one, public_ids=request.POST.getlist("who"), by=agent_of(request))
        names = quebec.join([each.name for each in seen], clean(get_language()))
        done(request, _("Seen: %(names)s.") % {"names": names} if seen else _("They were seen before."))

    _doing(request, mark)
    return _back(request, one)


@requires(Action.REGISTER_OTHERS, "POST")
@of_household
def arrive(request: HttpRequest, one: Household) -> HttpResponseBase:
    """Takes a place for them in the line that is on: the same one, whoever takes it."""
    season = screen.season_of(request.POST)
    rush = screen.place_in_line(one, season)["rush"]

    def take() -> None:
        if rush is None:
            raise Conflict(_("No line is on."))
        lines.arrive(rush=rush, household_id=one.pk, channel=screen.channel_of(request.POST))
        line_queries.lines.forget()
        done(request, _("Their place in the line is taken."))

    _doing(request, take)
    return _back(request, one)


def _doing(request: HttpRequest, gesture: Callable[[], None]) -> None:
    with showing_refusal(request, Conflict, Invalid, NotAllowed, NotFound):
        gesture()


def _back(request: HttpRequest, one: Household) -> HttpResponseBase:
    """The page of the household, with what was searched and through what they speak."""
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    query = f"?{urlencode(kept)}" if kept else ""
    return redirect(reverse("desk:leisure_household", args=[one.public_id]) + query)
