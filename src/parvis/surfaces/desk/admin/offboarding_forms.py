"""To whom goes what someone who leaves had in their name."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action, roles_with
from parvis.apps.intake.services import OpenWork, Successors
from parvis.ui.forms import ByNameField, RefusableForm


def able(action: Action, leaver: User, department: Department | None = None) -> Any:
    """The open accounts whose role includes the action, in that department if one is given, without the leaver."""
    roles = roles_with(action)
    where = {"memberships__department": department} if department else {}
    people = User.objects.filter(is_active=True, memberships__role__in=roles, **where).exclude(pk=leaver.pk)
    return people.distinct()


class SuccessorsForm(RefusableForm):
    """One choice for each kind of thing that is left; none for what there is nothing of."""

    def __init__(self, *args: Any, leaver: User, found: OpenWork, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = list(found.cases)
        for department, count in found.cases.items():
            label = gettext("Open requests, %(department)s: %(n)d") % {"department": department.name, "n": count}
            people = able(Action.WORK_CASE, leaver, department)
            self.fields[f"cases-{department.slug}"] = _one(people, label, _("The queue of the department"))
        nobody = _("Choose someone")
        if found.callbacks or found.contacts or found.alerts:
            label = gettext("Calls to make: %(calls)d; contacts in progress: %(contacts)d; alerts: %(alerts)d")
            counts = {"calls": found.callbacks, "contacts": found.contacts, "alerts": found.alerts}
            self.fields["desk"] = _one(able(Action.TAKE_CONTACT, leaver), label % counts, nobody)
        if found.threats:
            label = gettext("Threats followed: %(n)d") % {"n": found.threats}
            self.fields["supervisor"] = _one(able(Action.HANDLE_ALERT, leaver), label, nobody)
        if found.heads or found.delegations:
            names = ", ".join(head.name for head in found.heads)
            label = gettext("Head of %(names)s (answers owned: %(answers)d); replaces others: %(n)d")
            told = {"names": names or "-", "answers": found.answers, "n": found.delegations}
            self.fields["head"] = _one(able(Action.WORK_CASE, leaver), label % told, nobody)
        if found.drafts:
            label = gettext("Answers being rewritten: %(n)d") % {"n": found.drafts}
            self.fields["editor"] = _one(able(Action.EDIT_ANSWER, leaver), label, nobody)

    def successors(self) -> Successors:
        """What the valid form says."""
        data = self.cleaned_data
        return Successors(
            cases={department.pk: data.get(f"cases-{department.slug}") for department in self.departments},
            desk=data.get("desk"),
            supervisor=data.get("supervisor"),
            head=data.get("head"),
            editor=data.get("editor"),
        )


def _one(people: Any, label: str, empty: Any) -> ByNameField:
    return ByNameField(people, required=False, label=label, empty_label=empty, to_field_name="username")
