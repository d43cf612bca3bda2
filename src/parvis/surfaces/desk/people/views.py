"""A person's file. Every reading is logged."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Report
from parvis.apps.cases.queries.access import may_read
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.households.models import Household
from parvis.apps.households.queries import in_household, members_of
from parvis.apps.intake.queries.timeline import timeline
from parvis.apps.mail import queries as mail
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries import people
from parvis.apps.residents.queries.access import Field, may_see
from parvis.apps.telephony.queries import texts
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires
from parvis.surfaces.desk.people import forms
from parvis.surfaces.desk.people.household_panes import Pane, panes
from parvis.ui.messages import done
from parvis.ui.views import or_404


def file_of(person_id: int) -> Person:
    """The file of that id, merged or not; Http404 otherwise."""
    follows = Report.objects.filter(Q(person=OuterRef("pk")) | Q(person__merged_into=OuterRef("pk")))
    rows = Person.objects.select_related("address__street").annotate(follows=Exists(follows))
    return or_404(rows.annotate(in_household=in_household()).filter(pk=person_id).first())


@requires(Action.READ_PERSON, "GET")
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """A person's file, with one timeline over all channels.

    A merged file redirects to its canonical one. A sensitive file asks for a reason first.
    """
    file = file_of(person_id)
    if file.merged_into_id:
        return redirect("desk:person", file.merged_into_id)
    if needs_reason(agent_of(request), file):
        return ask_reason(request, file)
    return show(request, file)


def ask_reason(request: HttpRequest, person: Person, form: Form | None = None, back: str = "") -> HttpResponseBase:
    """The page that asks for a reason before a sensitive file; it shows only the name."""
    context = {"person": person, "form": form or forms.ReasonForm(), "back": back or request.get_full_path()}
    return render(request, "desk/persons/reason.html", context, status=422 if form else 200)


def ask_reason_for(request: HttpRequest, household: Household, *, back: str) -> HttpResponseBase | None:
    """The page that asks for a reason before a household is shown, when the file of one of its people is sensitive.

    None when there is nothing to ask: a household is in common with who registers it, as a request would be.
    """
    user = agent_of(request)
    files = [member.individual.person.canonical for member in members_of(household) if member.individual.person]
    files = [file for file in files if not may_see(file, Field.FILE, user, in_common=True)]
    hidden = next((file for file in files if needs_reason(user, file)), None)
    return ask_reason(request, hidden, back=back) if hidden else None


@requires(Action.READ_PERSON, "GET", "POST")
def reason(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Asks for the reason and logs it; it then opens the file for half an hour, and returns to `back`."""
    file = file_of(person_id).canonical
    if request.method != "POST":
        return ask_reason(request, file, back=request.GET.get("back", "")[:200])
    form, back = forms.ReasonForm(request.POST), request.POST.get("back", "")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("desk:person", args=[file.pk])
    if not form.is_valid():
        return ask_reason(request, file, form, back)
    words = form.cleaned_data["reason"]
    record_reading(user=agent_of(request), subject="person", subject_id=file.pk, reason=words, stated=True)
    return redirect(back)


def show(request: HttpRequest, person: Person, refused: Mapping[str, Form] | None = None) -> HttpResponseBase:
    """The file, whose reading is logged; `refused` are the forms to show again with their errors."""
    user = agent_of(request)
    record_reading(user=user, subject="person", subject_id=person.pk, reason=request.GET.get("from", "")[:16])
    holdings = people.holdings(person)
    oldest = request.GET.get("order") == "oldest"
    line = timeline(
        [person.pk, *holdings.ids],
        reads=partial(may_read, user),
        after=request.GET.get("after", ""),
        oldest=oldest,
        news=bool(getattr(person, "follows", True)),
    )
    order = "order=oldest&" if oldest else ""
    context: dict[str, Any] = {
        "person": person,
        "refusal": mail.refusal_of(person.email),
        "holds": holdings,
        "refusing": texts.refusing(phone.text for phone in holdings.phones),
        "addresses": [(row, not row.over, row.text == person.postal_address) for row in holdings.addresses],
        "timeline": line,
        "oldest": oldest,
        "later": bool(request.GET.get("after")),
        "next_url": f"?{order}after={line.following}" if line.following else "",
        "may_write": user.may(Action.WRITE_PERSON),
        "may_merge": user.may(Action.MERGE_PERSON),
        "may_flag": user.may(Action.FLAG_PERSON),
        "households": _households(person) if user.may(Action.REGISTER_OTHERS) else None,
        "until": forms.UntilForm.today(),
        "forms": {**_forms(person), **(refused or {})},
    }
    return render(request, "desk/persons/person.html", context, status=422 if refused else 200)


def _households(person: Person) -> list[Pane]:
    return panes(person) if getattr(person, "in_household", True) else []


def _forms(person: Person) -> dict[str, Form]:
    reach = {"reach": person.reach, "language": person.language, "address": person.postal_address}
    return {
        "reach": forms.ReachForm(initial=reach),
        "address": forms.AddressForm(prefix="address", initial={"role": "resident"}),
        "organisation": forms.MembershipForm(prefix="organisation", initial={"role": "agent"}),
        "mandate": forms.MandateForm(prefix="mandate"),
        "flag": forms.FlagForm(prefix="flag"),
        "proof": forms.ProofForm(prefix="proof"),
        "invite": forms.InvitationForm(prefix="invite", initial={"email": person.email}),
        "child": forms.ChildForm(prefix="child"),
        "second": forms.SecondHouseholdForm(prefix="second"),
    }


def saved(request: HttpRequest, person_id: int, words: str = "", undo_url: str = "") -> HttpResponseBase:
    """Back to the file, with a message and its undo button if any."""
    done(request, words or _("It is kept."), undo_url=undo_url)
    return redirect("desk:person", person_id)
