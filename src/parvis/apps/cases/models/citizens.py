"""What a citizen keeps of their requests, and how they chose to be told of each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.push.models import Device
from parvis.apps.residents.models import Account


class AccountCase(models.Model):
    """A request in the list of an account.

    Only `kept_at` gives access: a row without it remembers what was read of a request that is listed for another
    reason (`queries.citizen_cases`).
    """

    class How(models.TextChoices):
        OPENED = "opened", _("sent while signed in")
        CLAIMED = "claimed", _("kept from its private link")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="accounts")
    how = models.CharField(max_length=7, choices=How, blank=True)
    kept_at = models.DateTimeField(null=True)
    seen_seq = models.PositiveIntegerField(default=0, help_text="number of the last entry that the account has read")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "case"], name="account_case_once")]


class CaseNotification(models.Model):
    """One means by which the citizen of a request chose to be told of it; without any, the way of their file.

    `email` is empty for the address of the file; another one is that of an account, and goes with it.
    """

    class Via(models.TextChoices):
        EMAIL = "email", _("by e-mail")
        TEXT = "text", _("by text message")
        PUSH = "push", _("by a notice on a device")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="notifications")
    via = models.CharField(max_length=5, choices=Via)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164, proved by a code")
    device = models.ForeignKey(Device, null=True, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "via"], condition=~models.Q(via="push"), name="told_by_email_or_text_once"
            ),
            models.UniqueConstraint(
                fields=["case", "device"], condition=models.Q(via="push"), name="told_on_a_device_once"
            ),
        ]
