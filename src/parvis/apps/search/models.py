"""What finds cases, people and contacts by any word of theirs; written in the transaction that changes them."""

from django.db import models

KINDS = ("case", "person", "org", "contact")
"""What is found by words. Two letters tell them apart in the index (migrations 0005 and 0006)."""


class SearchRow(models.Model):
    """The words by which one object is found. `text` is folded: lower case, no accents."""

    kind = models.CharField(max_length=10, help_text="person, case or contact")
    object_id = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_row_once")]


class IndexRebuild(models.Model):
    """How far what stood before is indexed by the words that a kind has in one edition; see `services.fill`."""

    kind = models.CharField(max_length=10, unique=True)
    version = models.PositiveSmallIntegerField(default=0)
    last = models.BigIntegerField(default=0, help_text="the last object that was indexed")
    done = models.BooleanField(default=False)


class Slip(models.Model):
    """A word that some text holds (`word`), under one way of mistyping it (`slip`; see `slips`).

    The same line may be there twice, when two transactions learnt a word at once: nobody waits for anybody.
    """

    slip = models.CharField(max_length=24)
    word = models.CharField(max_length=24)

    class Meta:
        indexes = [models.Index(fields=["slip", "word"], name="slip_of_word")]
