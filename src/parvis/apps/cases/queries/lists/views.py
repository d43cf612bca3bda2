"""What a user made of lists: the views saved, the batches done."""

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from parvis.apps.cases.models import MOST_OF_A_PERSON, Batch, BatchItem, SavedView
from parvis.apps.cases.queries.access import may_open, sealed
from parvis.apps.directory.models import Membership, User
from parvis.lib.database.rows import Compiled

MOST_SHOWN = 2 * MOST_OF_A_PERSON


def views_of(user: User) -> list[SavedView]:
    """The views visible to this user, their own first, then those of their departments. One query."""
    return _views_of(user.pk)


def view_of(view_id: int, user: User) -> SavedView | None:
    """One view visible to this user, else None."""
    return _visible(user.pk).filter(pk=view_id).first()


def _visible(user: Any) -> QuerySet[SavedView]:
    departments = Membership.objects.filter(user_id=user).values("department")
    visible = Q(owner=user) | Q(department__in=departments)
    return SavedView.objects.filter(visible, removed_at=None).select_related("department", "owner")


def _own_first(user: Any) -> QuerySet[SavedView]:
    is_own = ExpressionWrapper(Q(owner=user), BooleanField())
    return _visible(user).order_by(is_own.desc(), "name", "pk")[:MOST_SHOWN]


_views_of = Compiled(_own_first)


def batch_of(batch_id: int, user: User) -> tuple[Batch, list[BatchItem]] | None:
    """A batch of this user with its items; None for any other."""
    batch = Batch.objects.filter(pk=batch_id, by=user).first()
    if batch is None:
        return None
    related = ("case__subject", "case__department", "case__owner", "case__address__street", "case__person")
    items = list(batch.items.select_related(*related).order_by("case_id"))
    for item in items:
        if not may_open(user, item.case):
            item.case = sealed(item.case)
    return batch, items
