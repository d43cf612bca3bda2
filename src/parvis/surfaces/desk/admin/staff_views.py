"""Who holds which role: given and taken back, with the journal of it; for administrators."""

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.rules.permissions import NAMED_POWERS, Action, Role
from parvis.apps.directory.services import roles
from parvis.apps.identity.services import invite
from parvis.apps.identity.web.samples import ROLE_WORDS
from parvis.lib.errors import Conflict, NotAllowed
from parvis.surfaces.desk.gate import agent_of, password_again, requires, submit
from parvis.ui.forms import ByNameField, RefusableForm
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

WHAT: dict[Role, Any] = {
    Role.AGENT: _("answers the calls, the counter and the messages of the whole town"),
    Role.TECHNICIAN: _("works on the requests of the department"),
    Role.EDITOR: _("writes the answers, the facts and the messages, which others publish"),
    Role.MANAGER: _("manages the department: its requests, its answers, its people"),
    Role.PRIVACY_OFFICER: _("personal information: files read, erasures, retention, the register"),
    Role.TREASURER: _("the treasury: payments, refunds, the books"),
    Role.INSTRUCTOR: _("leads groups of leisure, and reads the lists of those alone"),
    Role.LEISURE_MANAGER: _("leisure of the whole town: seasons, groups, children, aid, decisions of courts"),
    Role.COMMUNICATIONS: _("what the town says: messages, panels, newsletter, subscribers"),
    Role.CLERK: _("the clerk’s office: every request, publication of every answer, approvals as a second person"),
    Role.ADMINISTRATOR: _("roles, keys of programs, channels and settings of the whole town"),
}


class PlaceForm(RefusableForm):
    """A role in a department."""

    department = ByNameField(
        Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL),
        label=_("Department"),
        to_field_name="slug",
        empty_label=pgettext_lazy("role", "Choose"),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", pgettext_lazy("role", "Choose")), *((str(role), ROLE_WORDS[role]) for role in Role)],
    )


class GiveForm(PlaceForm):
    """A role for someone who works here."""

    user = ByNameField(
        User.objects.none(), label=_("To whom"), to_field_name="username", empty_label=pgettext_lazy("role", "Choose")
    )
    field_order = ("user", "department", "role")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "give_%s", **kwargs})
        here = User.objects.filter(is_active=True, memberships__isnull=False).exclude(pk=by.pk).distinct()
        self.fields["user"].queryset = here  # type: ignore[attr-defined]


class InviteForm(PlaceForm):
    """An account for someone new, with a first role."""

    name = forms.CharField(label=_("First and last name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address of their work"))
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("It opens their sign-in, such as “first.last”."),
    )
    field_order = ("name", "email", "username", "department", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "invite_%s", **kwargs})


@requires(Action.GIVE_ROLE, "GET")
def staff(request: HttpRequest) -> HttpResponseBase:
    """Everyone who works here with their roles, the powers that nobody holds, and the journal."""
    return _page(request)


def _page(
    request: HttpRequest, *, give: GiveForm | None = None, new: InviteForm | None = None, status: int = 200
) -> HttpResponse:
    me = agent_of(request)
    places = Prefetch("memberships", Membership.objects.select_related("department").order_by("department", "pk"))
    people = User.objects.filter(is_active=True, memberships__isnull=False).distinct().prefetch_related(places)
    changes, after = roles.role_changes(after=request.GET.get("after", ""))
    context = {
        "people": [
            (person, [(row, ROLE_WORDS[Role(row.role)], row.role in NAMED_POWERS) for row in person.memberships.all()])
            for person in sorted(people, key=lambda user: user.alphabetical)
        ],
        "me": me,
        "without": [ROLE_WORDS[role] for role in roles.powers_without_holder()],
        "what": [(ROLE_WORDS[role], WHAT[role]) for role in Role],
        "changes": [(row, ROLE_WORDS.get(Role(row.role), row.role)) for row in changes],
        "after": f"?after={after}#journal" if after else "",
        "give": give or GiveForm(by=me),
        "new": new or InviteForm(),
    }
    return render(request, "desk/staff/page.html", context, status=status)


@requires(Action.GIVE_ROLE, "POST")
@password_again
def give_role(request: HttpRequest) -> HttpResponseBase:
    """Gives a role to someone who works here. Asks for the password again."""
    by = agent_of(request)
    form = GiveForm(request.POST, by=by)
    with showing_refusal(request, NotAllowed):
        made, status = submit(form, lambda: (roles.give_role(**form.cleaned_data, by=by),))
        if made is None:
            return _page(request, give=form, status=status)
        said = form.cleaned_data
        words = gettext("%(name)s is now %(role)s, %(department)s.") if made[0] else None
        words = words or gettext("%(name)s was %(role)s, %(department)s, already: nothing changed.")
        done(request, words % _names(said["user"], said["role"], said["department"]))
    return redirect("desk:staff")


@requires(Action.GIVE_ROLE, "POST")
@password_again
def invite_staff(request: HttpRequest) -> HttpResponseBase:
    """Makes an account, with a first role, for someone who gets a link by e-mail. Asks for the password again."""
    form = InviteForm(request.POST)
    made, status = submit(form, lambda: invite(**form.cleaned_data, by=agent_of(request)))
    if made is None:
        return _page(request, new=form, status=status)
    words = gettext("%(name)s has an account. A letter tells them how to choose a password: %(email)s.")
    done(request, words % {"name": made.display_name, "email": made.email})
    return redirect("desk:staff")


@requires(Action.GIVE_ROLE, "POST")
@password_again
def take_role(request: HttpRequest, membership_id: int) -> HttpResponseBase:
    """Takes a role back. Asks for the password again."""
    rows = Membership.objects.filter(pk=membership_id).select_related("user", "department")
    row = or_404(rows.first())
    try:
        taken = roles.take_role(user=row.user, department=row.department, role=row.role, by=agent_of(request))
    except Conflict as conflict:
        refused(request, str(conflict.message))
        return redirect("desk:staff")
    if taken:
        words = gettext("%(name)s is no longer %(role)s, %(department)s. What is in their name stays.")
        done(request, words % _names(row.user, row.role, row.department))
    return redirect("desk:staff")


def _names(user: User, role: str, department: Department) -> dict[str, str]:
    names = {"name": user.display_name, "role": str(ROLE_WORDS[Role(role)]).lower()}
    return {**names, "department": department.name}
