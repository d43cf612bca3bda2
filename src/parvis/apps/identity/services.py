"""Staff accounts: joining a department, role groups, language, the loss of a second factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.content.rules.access import groups_for
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import managers_of, manages, open_account, people_who_may
from parvis.apps.directory.rules.permissions import Action, Role, allowed
from parvis.apps.directory.services.roles import give_role, take_role
from parvis.apps.directory.services.staff import end_sessions, record_factor_reset
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.i18n.languages import clean

INVITATION = "parvis.apps.identity.letters.invitation"
FACTOR_RESET = "parvis.apps.identity.letters.factor_reset"


def follow_roles(*, user: User) -> None:
    """Sets the user's groups to exactly those of their roles (`directory.rules.permissions`)."""
    user.groups.set(Group.objects.filter(name__in=groups_for(user.roles)))


def set_language(*, user: User, language: str) -> None:
    """Saves the language of the user's screens."""
    user.language = clean(language)
    user.save(update_fields=["language"])


@transaction.atomic
def join(
    *,
    username: str,
    name: str,
    email: str,
    department: str,
    role: str,
    head: bool = False,
    by: User | None = None,
) -> User:
    """Gives a user a role in a department (slug), creating the account if needed. Idempotent.

    With `head`, also makes them department head, who gets cases reported as not fixed. A new account has no password:
    the user sets it by the link of `letters.password_link`. `by` is None for a command of the town's server. Raises
    Invalid for an unknown department or role, and for a head whose role does not work on cases, and as `give_role`.
    """
    workplace = _workplace(department)
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
    give_role(user=user, department=workplace, role=role, by=by)
    if head and workplace.head_id != user.pk:
        workplace.head = user
        workplace.save(update_fields=["head"])
    follow_roles(user=User.objects.get(pk=user.pk))
    return user


@transaction.atomic
def invite(*, username: str, name: str, email: str, department: Department, role: str, by: User) -> User:
    """Makes an account with a first role; a letter tells them how to choose a password.

    Raises Invalid (username) when the name is taken, and as `give_role`.
    """
    by.require(Action.GIVE_ROLE, _("Only an administrator gives and takes back roles."))
    if User.objects.filter(username=username).exists():
        raise Invalid.in_field("username", _("This name is taken: give a role to who has it, or choose another."))
    user = join(username=username, name=name, email=email, department=department.slug, role=role, by=by)
    queue_letter(key=f"invite-{user.pk}", to=email, language=user.language, renderer=INVITATION, args=[user.pk])
    return user


def lose_role(*, username: str, department: str, role: str, by: User | None = None) -> bool:
    """Takes a role in a department (slug) back from a user; whether they held it. `by` as for `join`.

    Raises Invalid for an unknown department or account, and what `take_role` raises.
    """
    user = User.objects.filter(username=username).first() or open_account(username)
    return take_role(user=user, department=_workplace(department), role=role, by=by)


def _workplace(slug: str) -> Department:
    workplace = Department.objects.select_for_update().filter(slug=slug).first()
    if workplace is None:
        slugs = ", ".join(Department.objects.filter(active=True).order_by("slug").values_list("slug", flat=True))
        words = _("There is no department “%(slug)s”. Departments: %(known)s.") if slugs else None
        words = words or _("There is no department “%(slug)s”: no town is loaded yet (parvis load-town).")
        raise Invalid(words % {"slug": slug, "known": slugs})
    return workplace


@dataclass(frozen=True)
class FactorReset:
    """A second factor that was removed: how many sessions ended, who was told by letter, who has no address."""

    sessions: int
    notified: Sequence[User]
    not_notified: Sequence[User]


@transaction.atomic
def reset_factor(*, user: User, by: User) -> FactorReset:
    """Removes the second factor of an active user who lost it, recovery codes included: they set up another one at
    their next sign-in. Ends their sessions, and tells both.

    `by` is the manager who answers for it. Nobody does for themselves, but the only manager of the town: the privacy
    officers are then told. Raises NotAllowed, and Conflict when there is no factor to remove.
    """
    _refuse_unless_answering(user, by)
    factors = Authenticator.objects.select_for_update().filter(user=user)
    if not factors:
        raise Conflict(
            _("%(name)s has no second factor: they set one up at their next sign-in.") % {"name": user.username}
        )
    factors.delete()
    sessions = end_sessions(user=user)
    record_factor_reset(user=user, by=by)
    witnesses = people_who_may(Action.READ_AUDIT) if user.pk == by.pk else [by]
    concerned = {person.pk: person for person in (user, *witnesses)}.values()
    for person in concerned:
        if person.email:
            args = [user.pk, person.pk, by.pk]
            key = f"factor-{user.pk}-{uuid4().hex}"
            queue_letter(key=key, to=person.email, language=person.language, renderer=FACTOR_RESET, args=args)
    return FactorReset(
        sessions,
        notified=[person for person in concerned if person.email],
        not_notified=[person for person in concerned if not person.email],
    )


def _refuse_unless_answering(user: User, by: User) -> None:
    by.require(Action.MANAGE_STAFF, _("%(name)s is not a manager.") % {"name": by.username})
    if by.pk == user.pk:
        if others := managers_of(user):
            words = _("Nobody answers for their own second factor: another manager does (%(names)s).")
            raise NotAllowed(words % {"names": _usernames(others)})
    elif not manages(by, user):
        words = _("%(name)s works in a department that another manager looks after (%(names)s).")
        raise NotAllowed(words % {"name": user.username, "names": _usernames(managers_of(user))})


def _usernames(people: Sequence[User]) -> str:
    return ", ".join(person.username for person in people)
