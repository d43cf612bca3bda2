"""One table that finds cases and people by any word of theirs; written in the transaction that changes them."""

from django.db import models


class SearchRow(models.Model):
    """The words by which one object is found. `text` is folded: lower case, no accents."""

    kind = models.CharField(max_length=10, help_text="person or case")
    object_id = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_row_once")]
