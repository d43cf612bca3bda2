"""Which collection sector an address is in, as far as the town knows; which streets a name resembles."""

from difflib import get_close_matches

from django.conf import settings

from parvis.apps.places.keys import bare_key, name_key
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.queries import sectors_of

COLLECTION = "collecte"


def collection_sector(address: Address) -> Sector | None:
    """The sector whose trucks serve that address; None when nobody knows. Outside the demonstration an invented
    sector is not one."""
    sector = sectors_of(address).get(COLLECTION)
    return None if sector is None or (sector.example and not settings.PARVIS_DEMO) else sector


def collection_sector_named(slug: str) -> Sector | None:
    """The collection sector of that name; None when there is none, or when it is invented outside the demonstration."""
    sector = Sector.objects.filter(slug=slug, kind=COLLECTION).first()
    return None if sector is None or (sector.example and not settings.PARVIS_DEMO) else sector


def street_meant(typed: str) -> Street | None:
    """The street that people mean, without accents, kind or case; None when there is none, or more than one."""
    key, bare = name_key(typed), bare_key(typed)
    exact = Street.objects.filter(key=key).first()
    if exact is not None or not bare:
        return exact
    result = [street for street in Street.objects.filter(key__contains=bare) if bare_key(street.name) == bare]
    return result[0] if len(result) == 1 and key == bare else None


def streets_like(typed: str, many: int = 3) -> list[str]:
    """The names that resemble what was typed, the closest first."""
    names = {bare_key(name): name for name in Street.objects.order_by("name").values_list("name", flat=True)}
    return [names[key] for key in get_close_matches(bare_key(typed), names, n=many)]
