"""What the nights found when they compared the provider, the ledger and the registrations."""

from django.db import models


class ReconciliationReport(models.Model):
    """One day of the town, compared: cents that came by the provider, less those that left, as each of the three says.

    `odd`: what does not agree, each {"what", "cents", "reference", "words"}: see `billing.rules.reconciling`. None of
    `provider_cents`: the provider did not say.
    """

    day = models.DateField(unique=True)
    provider_cents = models.IntegerField(null=True)
    ledger_cents = models.IntegerField()
    registrations_cents = models.IntegerField()
    odd = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]

    @property
    def agrees(self) -> bool:
        """Whether the three are equal, and nothing is odd."""
        return self.provider_cents == self.ledger_cents == self.registrations_cents and not self.odd
