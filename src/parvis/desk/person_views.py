"""Reading a person's file. Who reads a file is kept."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from parvis.cases import queries as cases
from parvis.cases import standing
from parvis.cases.access import may_read
from parvis.desk.case_words import face
from parvis.desk.gate import agent_of, only
from parvis.directory.models import User
from parvis.directory.permissions import Action
from parvis.directory.services import record_reading
from parvis.intake import queries as intake
from parvis.lib.errors import Invalid
from parvis.residents import services as people
from parvis.residents.models import Person
from parvis.ui.messages import done

readers_only = only(Action.READ_CASE)


class ReachForm(forms.Form):
    """How someone wishes to be reached, and their postal address."""

    use_required_attribute = False
    reach = forms.ChoiceField(label=gettext_lazy("How to reach them"), choices=Person.Reach, widget=forms.RadioSelect)
    address = forms.CharField(
        label=gettext_lazy("Postal address"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("A letter on paper wants one."),
    )


@readers_only
@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """A person's file: how to reach them, their requests, their contacts, what they were told."""
    user = agent_of(request)
    rows = Person.objects.select_related("address__street").prefetch_related("phones")
    found = rows.filter(pk=person_id).first() if user.may(Action.READ_PERSON) else None
    if found is None:
        raise Http404
    record_reading(user=user, subject="person", subject_id=found.pk, reason=request.GET.get("from", "")[:16])
    return render(request, "desk/persons/person.html", _file(user, found, ReachForm(initial=_reach(found))))


@only(Action.WRITE_PERSON)
@require_POST
def reach(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Says how the person wishes to be reached, and where to write to when it is on paper."""
    user, form = agent_of(request), ReachForm(request.POST)
    found = Person.objects.select_related("address__street").filter(pk=person_id).first()
    if found is None:
        raise Http404
    if form.is_valid():
        try:
            values = form.cleaned_data
            moved = values["address"] if values["address"] != _reach(found)["address"] else None
            people.update(person=found, reach=values["reach"], address_text=moved, by=user)
        except Invalid as wrong:
            for name, text in wrong.fields.items():
                form.add_error(name if name in form.fields else None, text)
        else:
            done(request, _("It is kept."))
            return redirect("desk:person", found.pk)
    return render(request, "desk/persons/person.html", _file(user, found, form), status=422)


def _reach(person: Person) -> dict[str, str]:
    return {"reach": person.reach, "address": person.postal_address}


def _file(user: User, found: Person, form: ReachForm) -> dict[str, Any]:
    theirs = cases.of_person(found)
    readable = [one for one in theirs if may_read(user, one)]
    return {
        "person": found,
        "reach_form": form if user.may(Action.WRITE_PERSON) else None,
        "rows": [{"case": one, "face": face(standing.row(one))} for one in readable],
        "elsewhere": len(theirs) - len(readable),
        "contacts": intake.contacts_of(found),
        "told": intake.told_before(found),
    }
