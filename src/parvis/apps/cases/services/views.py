"""Creates, changes, shares, removes and restores saved views."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import MOST_OF_A_PERSON, SavedView
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.words import one_line


@transaction.atomic
def save_view(
    *, key: str, name: str, criteria: Mapping[str, str], department: Department | None, by: User
) -> SavedView:
    """Saves a search under a name, private or shared with a department. The same key twice gives the same view.

    Raises Invalid (fields name, department) and NotAllowed.
    """
    _refuse_sharing(department, by)
    own = SavedView.objects.filter(owner=by, removed_at=None)
    if own.exclude(key=key).count() >= MOST_OF_A_PERSON:
        raise Invalid(_("You have fifty views already: remove one first."))
    values = {"name": _valid_name(name), "owner": by, "department": department, "criteria": dict(criteria)}
    return SavedView.objects.get_or_create(key=key, defaults=values)[0]


@transaction.atomic
def change_view(*, view_id: int, name: str, department: Department | None, by: User) -> SavedView:
    """Renames a view and changes its department. Raises as `save_view`, and NotFound."""
    view = _locked(view_id, by)
    if department != view.department:
        _refuse_sharing(department, by)
    view.name, view.department = _valid_name(name), department
    view.save(update_fields=["name", "department"])
    return view


@transaction.atomic
def remove_view(*, view_id: int, by: User, back: bool = False) -> SavedView:
    """Removes a view for everyone who sees it, or restores it (`back`). Raises NotFound when `by` may not."""
    view = _locked(view_id, by)
    view.removed_at = None if back else view.removed_at or now()
    view.save(update_fields=["removed_at"])
    return view


def may_change(view: SavedView, by: User) -> bool:
    """Whether `by` owns the view, or is the manager of the department with which it is shared."""
    return view.owner_id == by.pk or (
        view.department_id is not None and may_on(by, Action.MANAGE_STAFF, view.department_id)
    )


def _locked(view_id: int, by: User) -> SavedView:
    view = SavedView.objects.select_for_update(of=("self",)).select_related("department").filter(pk=view_id).first()
    if view is None or not may_change(view, by):
        raise NotFound(_("This view does not exist any more."))
    return view


def _valid_name(name: str) -> str:
    if not (cleaned := one_line(name)[:60]):
        raise Invalid.in_field("name", _("Give it a name."))
    return cleaned


def _refuse_sharing(department: Department | None, by: User) -> None:
    if department is None:
        return
    by.require(Action.SHARE_VIEW, _("Your role does not share views."))
    if not may_on(by, Action.READ_CASE, department.pk):
        raise Invalid.in_field("department", _("Choose a department whose requests you read."))
