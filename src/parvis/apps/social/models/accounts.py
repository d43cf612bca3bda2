"""The town's accounts on social networks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User


class Account(models.Model):
    """A page or an account of the town on a network.

    `token` is what the network recognises us by. It is never shown, exported or logged; a backup holds it as it holds
    the rest of the database. A dead account is one whose token the network no longer accepts: nothing leaves by it
    until someone gives another one.
    """

    class Network(models.TextChoices):
        FACEBOOK = "facebook", "Facebook"
        MASTODON = "mastodon", "Mastodon"

    network = models.CharField(max_length=12, choices=Network)
    name = models.CharField(max_length=120, help_text="as it is shown to staff")
    page_id = models.CharField(max_length=64, help_text="what the network calls it")
    server = models.CharField(max_length=200, blank=True, help_text="of a network of many servers, https://...")
    token = models.CharField(max_length=1000, blank=True, help_text="empty once disconnected")
    error = models.CharField(max_length=300, blank=True, help_text="what is wrong, in the network's words")
    error_code = models.CharField(max_length=20, blank=True, help_text="a key of `queries.words.explain`")
    dead_at = models.DateTimeField(null=True, help_text="since when the network refuses its token")
    alarmed_at = models.DateTimeField(null=True, help_text="when people were last told that it is dead")
    waits_until = models.DateTimeField(null=True, help_text="the network asked to wait until then")
    checked_at = models.DateTimeField(null=True, help_text="when its token was last checked")
    expires_at = models.DateTimeField(null=True, help_text="end of its token; null: none known")
    served_version = models.CharField(max_length=12, blank=True, help_text="of the interface, when not the one asked")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    disconnected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "server", "page_id"], name="social_account_once")]
        verbose_name = _("account on a social network")

    def __str__(self) -> str:
        return f"{self.get_network_display()}, {self.name}"

    @property
    def alive(self) -> bool:
        """Whether posts may leave by it."""
        return self.dead_at is None and self.disconnected_at is None
