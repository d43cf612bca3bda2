"""Questions asked of saved views and batches."""

from django.db.models import Q

from parvis.cases.batch_models import Batch, BatchItem, SavedView
from parvis.directory.models import User

MOST_SHOWN = 40


def views_of(user: User) -> list[SavedView]:
    """The views that this person sees, their own first, then those of their departments. One query."""
    seen = Q(owner=user) | Q(department__in=user.department_ids)
    rows = SavedView.objects.filter(seen, removed_at=None).select_related("department", "owner")
    return sorted(rows.order_by("name", "pk")[:MOST_SHOWN], key=lambda one: one.owner_id != user.pk)


def view_of(view_id: int, user: User) -> SavedView | None:
    """One view that this person sees; None when it is not theirs to see."""
    seen = Q(owner=user) | Q(department__in=user.department_ids)
    rows = SavedView.objects.filter(seen, pk=view_id, removed_at=None).select_related("department", "owner")
    return rows.distinct().first()


def batch_of(batch_id: int, user: User) -> tuple[Batch, list[BatchItem]] | None:
    """A batch that this person made, with what became of each case; None for any other."""
    batch = Batch.objects.filter(pk=batch_id, by=user).first()
    if batch is None:
        return None
    items = batch.items.select_related("case__subject", "case__department", "case__owner", "case__address__street")
    return batch, list(items.order_by("case_id"))
