"""The devices, found by the secret they keep."""

from hashlib import sha256

from django.conf import settings

from parvis.apps.push.models import Device, Subscription
from parvis.apps.push.rules.endpoints import believed


def digest(secret: str) -> str:
    """What is kept of a secret of 256 random bits, or of an endpoint: SHA-256, in hexadecimal; "" for ""."""
    return sha256(secret.encode()).hexdigest() if secret else ""


def device_of(secret: str) -> Device | None:
    """The device that keeps this secret, live or not; None for "" or an unknown one."""
    return Device.objects.filter(secret_hash=digest(secret)).first() if secret else None


def believes(endpoint: str) -> bool:
    """Whether the server may call this endpoint: that of a push service of PARVIS_PUSH_SERVICES."""
    return believed(endpoint, settings.PARVIS_PUSH_SERVICES, loopback=settings.PARVIS_DEMO)


def subjects_of(device: Device) -> list[Subscription]:
    """What a device asked to be told, by address; one query."""
    rows = Subscription.objects.filter(device=device).select_related("address__street", "address__sector")
    return list(rows.order_by("address__street__name", "address__civic", "pk"))
