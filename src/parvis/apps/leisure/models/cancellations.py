"""What someone of the staff asks to cancel, when it gives back too much for one person to decide."""

from django.db import models
from django.db.models import Q

from parvis.apps.directory.models import User
from parvis.apps.leisure.models.groups import Group
from parvis.apps.leisure.models.registrations import Registration


class CancellationRequest(models.Model):
    """A group, or a registration, whose cancellation waits for a second person: nothing is cancelled until then.

    `cents` and `refunds` are what it would give back when it was asked; what is given back is worked out when it is
    approved.
    """

    group = models.ForeignKey(Group, null=True, on_delete=models.CASCADE, related_name="cancellation_requests")
    registration = models.ForeignKey(
        Registration, null=True, on_delete=models.CASCADE, related_name="cancellation_requests"
    )
    channel = models.CharField(max_length=10, blank=True, help_text="through which a registration is cancelled")
    why = models.CharField(max_length=300, blank=True)
    cents = models.IntegerField()
    refunds = models.IntegerField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group=None, registration__isnull=False) | Q(group__isnull=False, registration=None),
                name="cancels_a_group_or_a_registration",
            ),
            models.UniqueConstraint(
                fields=["group"], condition=Q(decided_at=None, group__isnull=False), name="one_group_cancellation_asked"
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(decided_at=None, registration__isnull=False),
                name="one_registration_cancellation_asked",
            ),
        ]
