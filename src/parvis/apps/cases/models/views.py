"""Saved searches."""

from django.db import models

from parvis.apps.directory.models import Department, User

MOST_OF_A_PERSON = 50


class SavedView(models.Model):
    """A named search of cases: words, filters and order, as in the search page's URL.

    Shared with everyone who reads the cases of `department`; without one, private to its owner.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the form that made it")
    name = models.CharField(max_length=60)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    criteria = models.JSONField(default=dict, help_text="{name: value} of the search page's address")
    removed_at = models.DateTimeField(null=True, help_text="since when nobody sees it; it may be put back")

    class Meta:
        indexes = [
            models.Index(fields=["owner"], condition=models.Q(removed_at__isnull=True), name="view_of_owner"),
            models.Index(fields=["department"], condition=models.Q(removed_at__isnull=True), name="view_of_department"),
        ]

    def __str__(self) -> str:
        return self.name
