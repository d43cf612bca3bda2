"""One group for who manages leisure: its list with the means of contact of who pays, its places, its cancellation."""

import csv
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.queries import management
from parvis.apps.leisure.queries.audiences import audience_name
from parvis.apps.leisure.queries.bounds import unusual_shares
from parvis.apps.leisure.queries.halls import hall_trouble
from parvis.apps.leisure.queries.rosters import ListLine, contacts_of
from parvis.apps.leisure.services import management as changes
from parvis.apps.leisure.services.cancellation_approvals import ask_to_cancel_group
from parvis.apps.leisure.services.keeping import may_bring_in
from parvis.apps.leisure.services.writing import start_message_to_group
from parvis.apps.outreach.queries.messages import to_audience
from parvis.apps.residents.queries.access import Field
from parvis.lib import quebec
from parvis.lib.ingest.csv_files import escape_csv_formula
from parvis.surfaces.desk.gate import agent_of, password_again, requires, submit, visible_people
from parvis.surfaces.desk.leisure.forms import CancelForm, GroupForm, WriteForm
from parvis.surfaces.desk.leisure.halls import submit_halls
from parvis.ui.messages import done
from parvis.ui.views import or_404


def group_of(slug: str) -> Group:
    """The group; Http404 otherwise."""
    return or_404(management.group_of(slug))


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of a group, whose reading is logged; a POST changes its places, its hall and who leads it."""
    one = group_of(slug)
    if request.method != "POST":
        return _page(request, one)
    form = GroupForm(request.POST)
    made, status = submit_halls(
        form, lambda: changes.change_group(group=one, **form.cleaned_data, by=agent_of(request))
    )
    if made is None:
        return _page(request, one, form, status)
    over = management.lines_of([made])[0].filling.over
    words = _("Kept. The group is over its capacity by %(n)s: nobody is dropped.") % {"n": over}
    done(request, words if over else _("Kept."))
    return redirect("desk:leisure_group", one.slug)


def _page(request: HttpRequest, one: Group, form: GroupForm | None = None, status: int = 200) -> HttpResponse:
    user = agent_of(request)
    record_reading(user=user, subject="group", subject_id=one.pk)
    people = contacts_of(one)
    seen = visible_people(user, [line.person for line in people], Field.PHONE, shared=True)
    line = management.lines_of([one])[0]
    context: dict[str, Any] = {
        "group": one,
        "line": line,
        "shares": unusual_shares([line.view]),
        "people": [(line, line.person is not None and line.person.pk in seen) for line in people],
        "form": form or GroupForm.of(one),
        "trouble": hall_trouble([one]),
        "may_keep": one.previous_id and not one.cancelled_at and may_bring_in(one.season),
        "write_form": WriteForm(initial={"key": uuid4().hex}),
        "messages_sent": to_audience(*(audience_name(one, waiting=waiting) for waiting in (False, True))),
    }
    return render(request, "desk/leisure/group.html", context, status=status)


@requires(Action.MANAGE_LEISURE, "POST")
def write(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Starts a message to the households of those who come, in the composer."""
    one, form = group_of(slug), WriteForm(request.POST)
    if not form.is_valid():
        return redirect("desk:leisure_group", one.slug)
    made = start_message_to_group(group=one, **form.cleaned_data, by=agent_of(request))
    return redirect("desk:compose_message", made.pk)


@requires(Action.MANAGE_LEISURE, "GET")
@password_again
def group_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of a group as a spreadsheet (CSV); the reading is logged."""
    one, user = group_of(slug), agent_of(request)
    record_reading(user=user, subject="group", subject_id=one.pk, reason="CSV")
    people = contacts_of(one)
    seen = visible_people(user, [line.person for line in people], Field.PHONE, shared=True)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{one.slug}.csv"'
    response.write("\ufeff")
    table = csv.writer(response, delimiter=";")
    heads = (_("Name"), _("Age"), _("State"), _("Since"), _("Payer"), _("Phone"), _("E-mail"), _("Through"))
    table.writerow(heads)
    for line in people:
        shown = line.person is not None and line.person.pk in seen
        table.writerow([escape_csv_formula(cell) for cell in _cells(line, shown=shown)])
    return response


def _cells(line: ListLine, *, shown: bool) -> list[str]:
    row, person = line.registration, line.person if shown else None
    phones = [quebec.phone(phone.number) for phone in person.phones.all()] if person else []
    return [
        row.individual.name,
        "" if line.age is None else str(line.age),
        str(line.state.label),
        f"{timezone.localtime(row.waiting_since or row.made_at):%Y-%m-%d %H:%M}",
        line.payer,
        ", ".join(phones),
        person.email if person else "",
        str(row.get_channel_display()),
    ]


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def cancel(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Says what cancelling the group would do; a POST does it, or asks a second person when much is given back."""
    one, form = group_of(slug), CancelForm(request.POST or None)
    status = 200
    if request.method == "POST":
        user = agent_of(request)
        made, status = submit(form, lambda: (ask_to_cancel_group(group=one, **form.cleaned_data, by=user),))
        if made is not None:
            words = _("The group is cancelled: everyone is told, and what was paid is given back.")
            asked = _("Nothing is cancelled yet: a second person approves it first. They are written to.")
            done(request, asked if made[0] else words)
            return redirect("desk:leisure_season", one.season.slug)
    line, effect = management.lines_of([one])[0], management.cancelling(one)
    context = {"group": one, "line": line, "effect": effect, "form": form}
    return render(request, "desk/leisure/cancel.html", context, status=status)
