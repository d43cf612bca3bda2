"""Queries on batches."""

from parvis.apps.cases.models import Batch, BatchItem
from parvis.apps.cases.queries.access import may_open, sealed
from parvis.apps.directory.models import User


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
