"""Giving and taking back roles; the journal says what, to whom, by whom and when."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory import queries
from parvis.apps.directory.models import Department, Membership, RoleChange, User
from parvis.apps.directory.rules.permissions import NAMED_POWERS, Action, Role
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import number


@transaction.atomic
def give_role(*, user: User, department: Department, role: str, by: User | None) -> bool:
    """Gives a role in a department; whether it was not held already. `by` is None for a command of the town's server.

    Nobody gives one to themselves on a screen. Raises NotAllowed, Invalid (role), and Conflict for someone who left.
    """
    _refuse(by)
    if by is not None and by.pk == user.pk:
        raise NotAllowed(_("Nobody gives themselves a role: another administrator does, or the server of the town."))
    if role not in list(Role):
        known = ", ".join(Role)
        raise Invalid.in_field(
            "role", _("There is no role “%(role)s”. Roles: %(known)s.") % {"role": role, "known": known}
        )
    person = locked_row(User.objects.filter(pk=user.pk), _("This person does not work here."))
    if by is not None and not person.is_active:
        raise Conflict(_("This account is closed: open it first."))
    _membership, created = Membership.objects.get_or_create(user=person, department=department, role=role)
    if created:
        _record([(person, department, role)], given=True, by=by)
    return created


@transaction.atomic
def take_role(*, user: User, department: Department, role: str, by: User | None) -> bool:
    """Takes a role back, from the next page that they ask for; whether it was held. `by` as for `give_role`.

    The hours typed for it go, and being head of the department too, for who no longer works on its requests. What is in
    their name stays: see `offboarding` for someone who leaves. Raises NotAllowed, and Conflict for the last
    administrator of the town.
    """
    _refuse(by)
    administrators = Membership.objects.select_for_update(of=("self",)).filter(
        role=Role.ADMINISTRATOR, user__is_active=True
    )
    if role == Role.ADMINISTRATOR and not [row for row in administrators if row.user_id != user.pk]:
        raise Conflict(_("This is the last administrator: give the role to someone else first."))
    taken, _rows = Membership.objects.filter(user=user, department=department, role=role).delete()
    if not taken:
        return False
    _record([(user, department, role)], given=False, by=by)
    left = User.objects.get(pk=user.pk)
    if department.head_id == user.pk and not left.may_in(Action.WORK_CASE, department.pk):
        Department.objects.filter(pk=department.pk).update(head=None)
    queries.forget()
    return True


@transaction.atomic
def take_every_role(*, user: User, by: User) -> None:
    """Takes back the roles of someone who leaves; the caller has checked the permission."""
    rows = list(Membership.objects.filter(user=user).select_related("department").order_by("pk"))
    Membership.objects.filter(pk__in=[row.pk for row in rows]).delete()
    _record([(user, row.department, row.role) for row in rows], given=False, by=by)


def powers_without_holder() -> list[Role]:
    """The powers over the town (`permissions.NAMED_POWERS`) that no active user holds; one query."""
    rows = Membership.objects.filter(user__is_active=True, role__in=NAMED_POWERS)
    held = set(rows.order_by().values_list("role", flat=True).distinct())
    return [role for role in NAMED_POWERS if role not in held]


def roles_held() -> list[tuple[str, str, str]]:
    """(user name, department slug, role) of every membership of an active user, in alphabetical order; one query."""
    rows = Membership.objects.filter(user__is_active=True).order_by("user__username", "department__slug", "role")
    return list(rows.values_list("user__username", "department__slug", "role"))


def role_changes(*, after: str = "", limit: int = 50) -> tuple[list[RoleChange], str]:
    """A page of the journal of roles, newest first, and the cursor of the next page ("" at the end). One query."""
    rows = RoleChange.objects.select_related("user", "department", "by").order_by("-pk")
    if (before := number(after)) is not None:
        rows = rows.filter(pk__lt=before)
    changes = list(rows[: limit + 1])
    return changes[:limit], str(changes[limit - 1].pk) if len(changes) > limit else ""


def _record(changes: list[tuple[User, Department, str]], *, given: bool, by: User | None) -> None:
    moment = clock.now()
    RoleChange.objects.bulk_create(
        RoleChange(user=user, department=department, role=role, given=given, by=by, at=moment)
        for user, department, role in changes
    )
    queries.forget()


def _refuse(by: User | None) -> None:
    if by is not None:
        by.require(Action.GIVE_ROLE, _("Only an administrator gives and takes back roles."))
