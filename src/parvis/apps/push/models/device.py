"""The devices that accept notices, and the key that signs what is sent to them."""

from django.db import models


class Device(models.Model):
    """A browser on one device that accepted notices. It is known by a secret it keeps; only its digest is here.

    `endpoint` (a secret too), `p256dh` and `auth` are those of its subscription (W3C Push API). They are erased when
    the push service says that it ended, or at the person's request; what the device asked to be told remains, and
    serves again when it subscribes anew.
    """

    secret_hash = models.CharField(max_length=64)
    endpoint = models.TextField(blank=True)
    endpoint_hash = models.CharField(max_length=64, blank=True)
    p256dh = models.CharField(max_length=100, blank=True)
    auth = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, help_text="when it stopped accepting notices")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["secret_hash"], name="device_secret_once"),
            models.UniqueConstraint(
                fields=["endpoint_hash"], condition=~models.Q(endpoint_hash=""), name="device_endpoint_once"
            ),
        ]

    @property
    def live(self) -> bool:
        """Whether it accepts notices."""
        return self.gone_at is None


class VapidKey(models.Model):
    """The key that signs what leaves (RFC 8292), made once. In the database, so that every backup holds it: the
    subscriptions of all devices are tied to it, and a new one would silence them.
    """

    name = models.CharField(max_length=20)
    private = models.TextField(help_text="PKCS #8, PEM")
    public = models.CharField(max_length=100, help_text="uncompressed point, base64url")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="vapid_key_once")]
