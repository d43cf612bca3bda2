"""The demonstration's sample accounts, as cards on the sign-in page."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Membership, User
from parvis.apps.directory.rules.permissions import Role

ROLE_WORDS: dict[Role, str | Promise] = {
    Role.AGENT: _("Answering agent"),
    Role.TECHNICIAN: _("Technician"),
    Role.EDITOR: _("Editor"),
    Role.MANAGER: _("Manager"),
    Role.PRIVACY_OFFICER: _("Privacy officer"),
    Role.TREASURER: _("Treasurer"),
    Role.INSTRUCTOR: _("Instructor"),
    Role.LEISURE_MANAGER: _("Leisure manager"),
    Role.COMMUNICATIONS: _("Communications"),
    Role.CLERK: _("Clerk"),
    Role.ADMINISTRATOR: _("Administrator"),
}


@dataclass(frozen=True)
class SampleCard:
    """A sample account: `places` are (role, department) pairs, `key` its shortcut digit ("" beyond nine)."""

    username: str
    name: str
    places: tuple[tuple[str | Promise, str], ...]
    key: str


def sample_cards() -> list[SampleCard]:
    """The sample accounts with a membership, by role (agents first), then by name. Two queries."""
    memberships = Prefetch("memberships", Membership.objects.select_related("department").order_by("pk"))
    people = User.objects.filter(sample=True, is_active=True, memberships__isnull=False).distinct()
    cards = []
    for number, user in enumerate(sorted(people.prefetch_related(memberships), key=_rank), start=1):
        places = tuple((ROLE_WORDS[Role(row.role)], row.department.name) for row in user.memberships.all())
        cards.append(SampleCard(user.username, user.display_name, places, str(number) if number < 10 else ""))
    return cards


def _rank(user: User) -> tuple[int, str, str]:
    order = list(Role)
    return min(order.index(Role(row.role)) for row in user.memberships.all()), user.last_name, user.username
