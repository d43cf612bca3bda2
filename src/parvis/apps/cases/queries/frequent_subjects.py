"""The subjects that citizens ask for most."""

from datetime import timedelta

from django.db.models import Count

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.subjects import routable
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCache

COUNTED = timedelta(days=365)
MOST = 12


def _read() -> tuple[str, ...]:
    since = now() - COUNTED
    cases = Case.objects.filter(unrestricted(), opened_at__gte=since, carried_over_at=None)
    rows = cases.values_list("subject__slug").annotate(n=Count("pk"))
    asked = [slug for slug, _n in rows.order_by("-n", "subject__slug")[: MOST * 2]]
    placed = Subject.objects.filter(place=Subject.Place.REQUIRED).order_by("slug").values_list("slug", flat=True)
    return tuple(dict.fromkeys([*asked, *placed]))


_cached = TtlCache(_read, seconds=600)


def most_asked(limit: int = MOST) -> list[str]:
    """Slugs of the subjects of the most requests of the last year that accept requests, then of those that need a
    place; at most ten minutes old.
    """
    return [slug for slug in _cached() if routable(slug)][:limit]
