"""Reading a person's file. Who reads a file is kept."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from parvis.apps.cases.access import may_read
from parvis.apps.cases.incident_models import Report
from parvis.apps.cases.models import Case
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.apps.intake.timeline import timeline
from parvis.apps.residents import queries as residents
from parvis.apps.residents.models import Person
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires
from parvis.surfaces.desk.people import forms
from parvis.ui.messages import done


def file_of(person_id: int) -> Person:
    """The file of that number, whether it is kept or merged; the page of an address that leads nowhere otherwise."""
    follows = Report.objects.filter(Q(person=OuterRef("pk")) | Q(person__merged_into=OuterRef("pk")))
    rows = Person.objects.select_related("address__street").annotate(follows=Exists(follows))
    file = rows.filter(pk=person_id).first()
    if file is None:
        raise Http404
    return file


@requires(Action.READ_PERSON, "GET")
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """A person's file: how to reach them, where they are, for whom they speak, and one line of time over all channels.

    A file that was merged leads to the one that is kept. A sensitive one asks for a reason first.
    """
    file = file_of(person_id)
    if file.merged_into_id:
        return redirect("desk:person", file.merged_into_id)
    if needs_reason(agent_of(request), file):
        return ask_reason(request, file)
    return show(request, file)


def ask_reason(request: HttpRequest, item: Person, form: Form | None = None, back: str = "") -> HttpResponseBase:
    """The page that stands before a sensitive file: nothing of it but the name, and why one is asked."""
    context = {"person": item, "form": form or forms.ReasonForm(), "back": back or request.get_full_path()}
    return render(request, "desk/persons/reason.html", context, status=422 if form else 200)


@requires(Action.READ_PERSON, "GET", "POST")
def reason(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Asks why a sensitive file is opened, keeps it, then opens what asked for it (`back`), for half an hour."""
    result = file_of(person_id).canonical
    if request.method != "POST":
        return ask_reason(request, result, back=request.GET.get("back", "")[:200])
    form, back = forms.ReasonForm(request.POST), request.POST.get("back", "")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("desk:person", args=[result.pk])
    if not form.is_valid():
        return ask_reason(request, result, form, back)
    words = form.cleaned_data["reason"]
    record_reading(user=agent_of(request), subject="person", subject_id=result.pk, reason=words, stated=True)
    return redirect(back)


def show(request: HttpRequest, item: Person, wrong: dict[str, Form] | None = None) -> HttpResponseBase:
    """The file, its reading kept; `wrong` are the refused forms, to show again with what was typed in them."""
    user = agent_of(request)
    record_reading(user=user, subject="person", subject_id=item.pk, reason=request.GET.get("from", "")[:16])
    holds = residents.holdings(item)
    oldest = request.GET.get("order") == "oldest"

    def reads(case: Case) -> bool:
        return may_read(user, case)

    news = bool(getattr(item, "follows", True))
    line = timeline([item.pk, *holds.ids], reads=reads, after=request.GET.get("after", ""), oldest=oldest, news=news)
    order = "order=oldest&" if oldest else ""
    context: dict[str, Any] = {
        "person": item,
        "holds": holds,
        "addresses": [(row, not row.over, row.text == item.postal_address) for row in holds.addresses],
        "timeline": line,
        "oldest": oldest,
        "later": bool(request.GET.get("after")),
        "next_url": f"?{order}after={line.following}" if line.following else "",
        "may_write": user.may(Action.WRITE_PERSON),
        "may_merge": user.may(Action.MERGE_PERSON),
        "may_flag": user.may(Action.FLAG_PERSON),
        "until": forms.UntilForm.today(),
        "forms": _forms(item) | (wrong or {}),
    }
    return render(request, "desk/persons/person.html", context, status=422 if wrong else 200)


def _forms(item: Person) -> dict[str, Form]:
    reach = {"reach": item.reach, "language": item.language, "address": item.postal_address}
    return {
        "reach": forms.ReachForm(initial=reach),
        "address": forms.AddressForm(prefix="address", initial={"role": "resident"}),
        "organisation": forms.MembershipForm(prefix="organisation", initial={"role": "agent"}),
        "mandate": forms.MandateForm(prefix="mandate"),
        "flag": forms.FlagForm(prefix="flag"),
    }


def kept(request: HttpRequest, person_id: int, words: str = "", undo_url: str = "") -> HttpResponseBase:
    """Back to the file, saying that it was kept, with the way to take it back when there is one."""
    done(request, words or _("It is kept."), undo_url=undo_url)
    return redirect("desk:person", person_id)
