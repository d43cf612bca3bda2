"""The form that hands over the open work of someone who leaves."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.intake.services.offboarding import OpenWork, Successors
from parvis.ui.forms import ByNameField, RefusableForm


def able(action: Action, leaver: User, department: Department | None = None) -> Any:
    """The active users whose role includes the action, in that department if given, without the leaver."""
    within = {"memberships__department": department} if department else {}
    users = User.objects.filter(is_active=True, memberships__role__in=roles_with(action), **within)
    return users.exclude(pk=leaver.pk).distinct()


class SuccessorsForm(RefusableForm):
    """One successor for each kind of work that is open."""

    def __init__(self, *args: Any, leaver: User, open_work: OpenWork, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = list(open_work.cases)
        for department, count in open_work.cases.items():
            label = gettext("Open requests, %(department)s: %(n)d") % {"department": department.name, "n": count}
            people = able(Action.WORK_CASE, leaver, department)
            self.fields[f"cases-{department.slug}"] = _choice(people, label, _("The queue of the department"))
        empty = _("Choose someone")
        if open_work.callbacks or open_work.contacts or open_work.alerts:
            label = gettext("Calls to make: %(calls)d; contacts in progress: %(contacts)d; alerts: %(alerts)d")
            counts = {
                "calls": open_work.callbacks,
                "contacts": open_work.contacts,
                "alerts": open_work.alerts,
            }
            self.fields["desk"] = _choice(able(Action.TAKE_CONTACT, leaver), label % counts, empty)
        if open_work.threats:
            label = gettext("Threats followed: %(n)d") % {"n": open_work.threats}
            self.fields["supervisor"] = _choice(able(Action.HANDLE_ALERT, leaver), label, empty)
        if open_work.heads or open_work.delegations:
            names = ", ".join(head.name for head in open_work.heads)
            label = gettext("Head of %(names)s (answers owned: %(answers)d); replaces others: %(n)d")
            values = {"names": names or "-", "answers": open_work.answers, "n": open_work.delegations}
            self.fields["head"] = _choice(able(Action.WORK_CASE, leaver), label % values, empty)
        if open_work.drafts:
            label = gettext("Answers being rewritten: %(n)d") % {"n": open_work.drafts}
            self.fields["editor"] = _choice(able(Action.EDIT_ANSWER, leaver), label, empty)

    def successors(self) -> Successors:
        """The successors chosen. The form is valid."""
        data = self.cleaned_data
        return Successors(
            cases={department.pk: data.get(f"cases-{department.slug}") for department in self.departments},
            desk=data.get("desk"),
            supervisor=data.get("supervisor"),
            head=data.get("head"),
            editor=data.get("editor"),
        )


def _choice(people: Any, label: str, empty: Any) -> ByNameField:
    return ByNameField(people, required=False, label=label, empty_label=empty, to_field_name="username")
