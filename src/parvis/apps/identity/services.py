"""Staff accounts: joining a department, role groups, language."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.content.rules.access import groups_for
from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.rules.permissions import Action, Role, allowed
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean


def follow_roles(*, user: User) -> None:
    """Sets the user's groups to exactly those of their roles (`directory.rules.permissions`)."""
    user.groups.set(Group.objects.filter(name__in=groups_for(user.roles)))


def set_language(*, user: User, language: str) -> None:
    """Saves the language of the user's screens."""
    user.language = clean(language)
    user.save(update_fields=["language"])


@transaction.atomic
def join(*, username: str, name: str, email: str, department: str, role: str, head: bool = False) -> User:
    """Gives a user a role in a department (slug), creating the account if needed. Idempotent.

    With `head`, also makes them department head, who gets cases reported as not fixed. A new account has no password:
    the user sets it by the link of `letters.password_link`. Raises Invalid for an unknown department or role, and for
    a head whose role does not work on cases.
    """
    workplace = Department.objects.select_for_update().filter(slug=department).first()
    if workplace is None:
        raise Invalid(_("There is no department “%(slug)s”.") % {"slug": department})
    if role not in list(Role):
        known = ", ".join(Role)
        raise Invalid(_("There is no role “%(role)s”. Roles: %(known)s.") % {"role": role, "known": known})
    if head and not allowed(frozenset({Role(role)}), Action.WORK_CASE):
        raise Invalid(_("The head of a department works on its requests: manager or technician."))
    first, _space, last = name.strip().partition(" ")
    user, created = User.objects.get_or_create(
        username=username, defaults={"first_name": first, "last_name": last, "email": email}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(user=user, department=workplace, role=role)
    if head and workplace.head_id != user.pk:
        workplace.head = user
        workplace.save(update_fields=["head"])
    follow_roles(user=User.objects.get(pk=user.pk))
    return user
