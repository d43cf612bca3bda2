"""The sample accounts of the demonstration, as cards to choose from."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Membership, User
from parvis.apps.directory.permissions import Role

ROLE_WORDS: dict[Role, str | Promise] = {
    Role.AGENT: _("Answering agent"),
    Role.TECHNICIAN: _("Technician"),
    Role.EDITOR: _("Editor"),
    Role.MANAGER: _("Manager"),
    Role.PRIVACY_OFFICER: _("Privacy officer"),
}


@dataclass(frozen=True)
class SampleCard:
    """One account: `places` says what the person does and where, `key` the digit that chooses it ("" beyond nine)."""

    username: str
    name: str
    places: tuple[tuple[str | Promise, str], ...]
    key: str


def sample_cards() -> list[SampleCard]:
    """The sample accounts that work somewhere: answering agents first, then by name. Two queries."""
    memberships = Prefetch("memberships", Membership.objects.select_related("department").order_by("pk"))
    people = User.objects.filter(sample=True, is_active=True, memberships__isnull=False).distinct()
    ordered = sorted(people.prefetch_related(memberships), key=_rank)
    return [_card(rank, user) for rank, user in enumerate(ordered, start=1)]


def _rank(user: User) -> tuple[int, str, str]:
    order = list(Role)
    return min(order.index(Role(m.role)) for m in user.memberships.all()), user.last_name, user.username


def _card(rank: int, user: User) -> SampleCard:
    places = tuple((ROLE_WORDS[Role(m.role)], m.department.name) for m in user.memberships.all())
    return SampleCard(user.username, user.display_name, places, str(rank) if rank < 10 else "")
