"""The search index, updated in the transaction that changes the indexed object."""

from django.db import models

KINDS = ("case", "person", "org", "contact")  # distinguished by two letters in the index (migrations 0005 and 0006)


class SearchRow(models.Model):
    """The indexed words of one object. `text` is folded: lower case, no accents."""

    kind = models.CharField(max_length=10, help_text="person, case or contact")
    object_id = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_row_once")]


class IndexRebuild(models.Model):
    """The progress of reindexing a kind for a version of its words (`services.fill`), or of following what is new of it
    (`services.index_new`).
    """

    kind = models.CharField(max_length=10, unique=True)
    version = models.PositiveSmallIntegerField(default=0)
    last = models.BigIntegerField(default=0, help_text="the last object that was indexed")
    done = models.BooleanField(default=False)


class SpellingVariant(models.Model):
    """An indexed word under one misspelling (`variant`; see `variants`).

    Duplicates may occur when two transactions learn a word concurrently, so that neither waits for the other.
    """

    variant = models.CharField(max_length=24)
    word = models.CharField(max_length=24)

    class Meta:
        indexes = [models.Index(fields=["variant", "word"], name="variant_of_word")]
