"""The collection sector of an address, and streets by approximate name."""

from difflib import get_close_matches

from django.conf import settings

from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.queries.addresses import sectors_of
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.places.rules.keys import bare_key, name_key

COLLECTION = "collecte"


def collection_sector(address: Address, among: SectorMap | None = None) -> Sector | None:
    """The collection sector of an address; None when unknown, or when it is an example outside the demonstration.

    `among`: the sectors already read, for many addresses; then no query, else two.
    """
    placed = among.of_address(address) if among else sectors_of(address)
    return _usable(placed.get(COLLECTION))


def collection_sector_named(slug: str) -> Sector | None:
    """The collection sector with that slug; None when there is none, or it is an example outside the demonstration."""
    return _usable(Sector.objects.filter(slug=slug, kind=COLLECTION).first())


def _usable(sector: Sector | None) -> Sector | None:
    return None if sector is None or (sector.example and not settings.PARVIS_DEMO) else sector


def street_meant(typed: str) -> Street | None:
    """The street of that name, ignoring accents, kind and case; None when there is none, or more than one."""
    key, bare = name_key(typed), bare_key(typed)
    exact = Street.objects.filter(key=key).first()
    if exact is not None or not bare:
        return exact
    matches = [street for street in Street.objects.filter(key__contains=bare) if bare_key(street.name) == bare]
    return matches[0] if len(matches) == 1 and key == bare else None


def streets_like(typed: str, many: int = 3) -> list[str]:
    """The street names most similar to the typed text, the closest first."""
    names = {bare_key(name): name for name in Street.objects.order_by("name").values_list("name", flat=True)}
    return [names[key] for key in get_close_matches(bare_key(typed), names, n=many)]
