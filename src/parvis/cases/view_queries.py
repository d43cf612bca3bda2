"""Questions asked of saved views."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from parvis.cases.view_models import MOST_OF_A_PERSON, SavedView
from parvis.directory.models import Membership, User
from parvis.lib.rows import Compiled

MOST_SHOWN = 2 * MOST_OF_A_PERSON


def views_of(user: User) -> list[SavedView]:
    """The views that this person sees, all of their own first, then those of their departments. One query."""
    return _views_of(user.pk)


_views_of = Compiled(
    lambda user: (
        SavedView.objects.filter(
            Q(owner=user) | Q(department__in=Membership.objects.filter(user_id=user).values("department")),
            removed_at=None,
        )
        .select_related("department", "owner")
        .order_by(ExpressionWrapper(Q(owner=user), BooleanField()).desc(), "name", "pk")[:MOST_SHOWN]
    )
)


def view_of(view_id: int, user: User) -> SavedView | None:
    """One view that this person sees; None when it is not theirs to see."""
    return _seen(user).filter(pk=view_id).first()


def _seen(user: User) -> QuerySet[SavedView]:
    seen = Q(owner=user) | Q(department__in=user.department_ids)
    return SavedView.objects.filter(seen, removed_at=None).select_related("department", "owner")
