"""What a device asks to be told."""

from collections.abc import Collection

from django.db import transaction

from parvis.apps.places.models import Address
from parvis.apps.push.models import Device, Subscription
from parvis.lib.clock import now

Kind = Subscription.Kind


@transaction.atomic
def choose_subjects(*, device: Device, address: Address, kinds: Collection[str]) -> None:
    """Makes these kinds, and no other, what the device is told of this address. What it already had keeps its date."""
    rows = Subscription.objects.filter(device=device, address=address)
    rows.exclude(kind__in=kinds).delete()
    moment = now()
    wanted = [Subscription(device=device, address=address, kind=Kind(kind), created_at=moment) for kind in kinds]
    Subscription.objects.bulk_create(wanted, ignore_conflicts=True)
