"""What changes when someone joins the house, changes role or language."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.permissions import Action, Role, allowed
from parvis.apps.knowledge.access import groups_for
from parvis.lib.errors import Invalid
from parvis.lib.languages import clean


def follow_roles(*, user: User) -> None:
    """The person's groups become those of their roles, and no other: the role table is the one truth."""
    user.groups.set(Group.objects.filter(name__in=groups_for(user.roles)))


def speak(*, user: User, language: str) -> None:
    """The person's screens are in that language from now on."""
    user.language = clean(language)
    user.save(update_fields=["language"])


@transaction.atomic
def join(*, username: str, name: str, email: str, department: str, role: str, head: bool = False) -> User:
    """Someone holds that role in that department (a slug), with an account made when there is none.

    With `head`, they are also at its head: what is said not to be fixed goes to them. A new account has no password:
    its holder chooses one by the link of `letters.password_link`. Asking again for what is already so changes nothing.
    Invalid when the department or the role does not exist, or when the role of a head does not work on cases.
    """
    place = Department.objects.select_for_update().filter(slug=department).first()
    if place is None:
        raise Invalid(_("There is no department “%(slug)s”.") % {"slug": department})
    if role not in list(Role):
        known = ", ".join(Role)
        raise Invalid(_("There is no role “%(role)s”. Roles: %(known)s.") % {"role": role, "known": known})
    if head and not allowed(frozenset({Role(role)}), Action.WORK_CASE):
        raise Invalid(_("The head of a department works on its requests: manager or technician."))
    first, _space, last = name.strip().partition(" ")
    user, made = User.objects.get_or_create(
        username=username, defaults={"first_name": first, "last_name": last, "email": email}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(user=user, department=place, role=role)
    if head and place.head_id != user.pk:
        place.head = user
        place.save(update_fields=["head"])
    follow_roles(user=User.objects.get(pk=user.pk))
    return user
