"""The devices: registering, renewing, forgetting; the key that signs what they receive."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from secrets import token_urlsafe

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.push.models import Device, VapidKey
from parvis.apps.push.queries.devices import believes, digest
from parvis.apps.push.rules.endpoints import usable_keys
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean

KEY_NAME = "current"


def new_secret() -> str:
    """A secret for a new device: 256 random bits, base64url."""
    return token_urlsafe(32)


@transaction.atomic
def register_device(*, secret: str, endpoint: str, p256dh: str, auth: str, language: str) -> Device:
    """The device that keeps `secret`, with this subscription: a new one, or the known one renewed.

    A subscription belongs to one device: another that had it (its cookies were erased) gives way, and its secret is
    replaced when the keys are the same, so that what it asked to be told goes on. Raises Invalid (endpoint) for an
    endpoint that is not one of a push service of PARVIS_PUSH_SERVICES, Invalid (keys) for keys that cannot be used.
    """
    if not believes(endpoint):
        message = _("This browser's push service is not known here: notices cannot be sent to it.")
        raise Invalid(message, {"endpoint": message})
    if not usable_keys(p256dh, auth):
        raise Invalid.in_field("keys", _("The keys of this browser cannot be used."))
    rows = Device.objects.select_for_update()
    device = rows.filter(secret_hash=digest(secret)).first()
    holder = rows.filter(endpoint_hash=digest(endpoint)).first()
    if holder and holder != device:
        if device is None and (holder.p256dh, holder.auth) == (p256dh, auth):
            device = holder
        else:
            _end(holder)
    moment = now()
    device = device or Device(created_at=moment)
    device.secret_hash, device.endpoint, device.endpoint_hash = digest(secret), endpoint, digest(endpoint)
    device.p256dh, device.auth, device.language = p256dh, auth, clean(language)
    device.seen_at, device.gone_at = moment, None
    device.save()
    return device


@transaction.atomic
def forget_device(*, device_id: int) -> None:
    """Deletes a device, what waited to leave for it, and what it asked to be told, at the person's request."""
    Device.objects.filter(pk=device_id).delete()


@transaction.atomic
def record_gone(*, tried: Mapping[int, str]) -> set[int]:
    """Erases the subscriptions that the push service says have ended (404 or 410): {device id: the endpoint tried}. A
    device that was given another endpoint meanwhile keeps it; returns the ids of these.
    """
    renewed: set[int] = set()
    for device in Device.objects.select_for_update().filter(pk__in=list(tried)):
        if device.endpoint == tried[device.pk]:
            _end(device)
        elif device.live:
            renewed.add(device.pk)
    return renewed


def _end(device: Device) -> None:
    device.endpoint = device.endpoint_hash = device.p256dh = device.auth = ""
    device.gone_at = device.gone_at or now()
    device.save()


def vapid_key() -> VapidKey:
    """The key that signs what leaves; made the first time, once for all processes."""
    key = VapidKey.objects.filter(name=KEY_NAME).first()
    if key is None:
        insert(_made_key(), unless="name")
        key = VapidKey.objects.get(name=KEY_NAME)
    return key


def _made_key() -> VapidKey:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return VapidKey(
        name=KEY_NAME,
        private=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        public=urlsafe_b64encode(point).decode().rstrip("="),
        made_at=now(),
    )
