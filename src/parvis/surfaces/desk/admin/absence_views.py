"""Absences and delegates: agents enter their own, managers anyone's."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services import absences as directory
from parvis.lib.clock import today
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import ByNameField, DayField, RefusableForm
from parvis.ui.messages import done


class AbsenceForm(RefusableForm):
    """An absence; `user` is asked only of those who manage the staff.

    `even_away` is shown after the warning that the delegate is away too.
    """

    user = ByNameField(User.objects.none(), label=_("Who is away"), empty_label=None)
    first_day = DayField(label=_("First day away"))
    last_day = DayField(label=_("Last day away"))
    delegate = ByNameField(
        User.objects.none(), label=_("Who replaces them"), required=False, empty_label=_("Nobody in particular"),
        help_text=_("What a rule would give to the person who is away goes to this colleague."),
    )  # fmt: skip
    even_away = forms.BooleanField(label=_("Keep this replacement all the same"), required=False)

    warned = False

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        options: dict[str, Any] = {"initial": {"user": by.pk, "first_day": today()}, **kwargs}
        super().__init__(*args, **options)
        staff = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
        if by.may(Action.MANAGE_STAFF):
            self.fields["user"].queryset = staff  # type: ignore[attr-defined]
        else:
            del self.fields["user"]
            staff = staff.filter(memberships__department__in=by.department_ids).exclude(pk=by.pk)
        self.fields["delegate"].queryset = staff  # type: ignore[attr-defined]

    def take_back(self, error: Invalid) -> None:
        """Puts a refusal beside its fields; the `even_away` warning beside the delegate."""
        self.warned = "even_away" in error.fields
        beside = {"delegate" if name == "even_away" else name: text for name, text in error.fields.items()}
        self.refuse(beside, error.message)


@requires(Action.SAY_ABSENCE, "GET", "POST")
def absences(request: HttpRequest) -> HttpResponseBase:
    """Current and coming absences, and the form that adds one."""
    by = agent_of(request)
    if request.method != "POST":
        return _page(request, AbsenceForm(by=by))
    form = AbsenceForm(request.POST, by=by)
    if not form.is_valid():
        return _page(request, form, 422)
    values = {"user": by, **form.cleaned_data}
    try:
        directory.say_absence(**values, by=by)
    except Invalid as error:
        form.take_back(error)
        return _page(request, form, error.status)
    done(request, gettext("%(name)s: the absence is kept.") % {"name": values["user"].display_name})
    return redirect("desk:absences")


def _page(request: HttpRequest, form: AbsenceForm, status: int = 200) -> HttpResponse:
    by, day = agent_of(request), today()
    rows = [
        (absence, absence.first_day <= day, directory.may_say(by, absence.user)) for absence in directory.absences()
    ]
    return render(request, "desk/rules/absences.html", {"rows": rows, "form": form}, status=status)


@requires(Action.SAY_ABSENCE, "POST")
def end(request: HttpRequest, absence_id: int) -> HttpResponseBase:
    """Ends or cancels an absence."""
    user = directory.end_absence(absence_id=absence_id, by=agent_of(request))
    done(request, gettext("%(name)s: requests may come again.") % {"name": user.display_name})
    return redirect("desk:absences")
