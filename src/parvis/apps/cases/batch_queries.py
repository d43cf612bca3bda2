"""Questions asked of batches."""

from parvis.apps.cases.batch_models import Batch, BatchItem
from parvis.apps.directory.models import User


def batch_of(batch_id: int, user: User) -> tuple[Batch, list[BatchItem]] | None:
    """A batch that this person made, with what became of each case; None for any other."""
    batch = Batch.objects.filter(pk=batch_id, by=user).first()
    if batch is None:
        return None
    read = ("case__subject", "case__department", "case__owner", "case__address__street", "case__person")
    items = batch.items.select_related(*read)
    return batch, list(items.order_by("case_id"))
