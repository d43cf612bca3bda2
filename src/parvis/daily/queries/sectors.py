"""In which collection sector an address is: the one place to change when sectors are found otherwise."""

from django.conf import settings

from parvis.places.models import Address, Sector

COLLECTION = "collecte"


def collection_sector(address: Address) -> Sector | None:
    """The sector whose trucks serve that address; None when nobody knows. Outside the demonstration an invented
    sector is not one."""
    sector = address.sector
    if sector is None or sector.kind != COLLECTION or (sector.example and not settings.PARVIS_DEMO):
        return None
    return sector


def collection_sector_named(slug: str) -> Sector | None:
    """The collection sector of that name; None when there is none, or when it is invented outside the demonstration."""
    sector = Sector.objects.filter(slug=slug, kind=COLLECTION).first()
    return None if sector is None or (sector.example and not settings.PARVIS_DEMO) else sector
