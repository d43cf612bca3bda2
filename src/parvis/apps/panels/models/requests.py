"""The requests of clubs, schools and other local bodies for a message on the panels."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.panels.models.items import Item


class PanelRequest(models.Model):
    """A body's request for a message; someone approves it, which makes an item, or refuses it with words.

    `body_key` is the folded name, by which the messages of one year are counted.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("panel request", "to look at")
        APPROVED = "approved", pgettext_lazy("panel request", "approved")
        REFUSED = "refused", pgettext_lazy("panel request", "refused")

    key = models.CharField(max_length=64, unique=True)
    body = models.CharField(max_length=120)
    body_key = models.CharField(max_length=120)
    contact = models.CharField(max_length=160)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2, default="fr")
    text = models.CharField(max_length=300)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True, help_text="what the body is told with the decision")
    item = models.ForeignKey(Item, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["body_key", "first_day"], name="panel_request_of_body")]
