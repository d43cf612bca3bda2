"""Finding the code of a place, listing codes with their figures, and the places that have none yet."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import SiteCode, Subject
from parvis.apps.catalogue.rules.site_codes import clean_code
from parvis.apps.places.models import MapShape
from parvis.apps.places.rules.shapes import Point, around, inside, metres
from parvis.lib.clock import today
from parvis.lib.i18n.localized import localized

PAGE = 50
LATELY = 30  # days
CLOSE = 25  # metres: a photo taken nearer than that may be of the equipment
MOST_SHAPES = 500  # named parks and landmarks looked at


def by_code(text: str) -> SiteCode | None:
    """The code as typed or scanned, retired or not, with its subject; None for an unknown one."""
    code = clean_code(text)
    return SiteCode.objects.select_related("subject").filter(code=code).first() if code else None


def in_use(text: str) -> SiteCode | None:
    """The code, when it is not retired."""
    found = by_code(text)
    return found if found and found.retired_at is None else None


def listed(*, words: str = "", retired: bool = False, after: int = 0) -> list[SiteCode]:
    """A page of codes, newest first, before the id `after`, each with `lately`: how often it was opened in LATELY days.

    One row more than PAGE tells that there are others. One query.
    """
    rows = SiteCode.objects.filter(retired_at__isnull=not retired).select_related("subject")
    for word in words.split()[:6]:
        rows = rows.filter(
            Q(name_fr__icontains=word)
            | Q(name_en__icontains=word)
            | Q(kind__icontains=word)
            | Q(number__icontains=word)
            | Q(place_text__icontains=word)
            | Q(code__iexact=word)
        )
    if after:
        rows = rows.filter(pk__lt=after)
    return list(with_figures(rows).order_by("-pk")[: PAGE + 1])


def with_figures(rows: QuerySet[SiteCode]) -> QuerySet[SiteCode]:
    """The same codes, each with `lately`."""
    recent = Q(openings__day__gt=today() - timedelta(days=LATELY))
    return rows.annotate(lately=Coalesce(Sum("openings__count", filter=recent), 0))


def by_ids(ids: list[int]) -> list[SiteCode]:
    """Codes in use, in the order of their names."""
    return list(SiteCode.objects.filter(pk__in=ids, retired_at=None).order_by("kind", "name_fr", "number", "pk"))


def shapes_without_code(limit: int = 200) -> list[MapShape]:
    """The named parks and landmarks of the town's map that bear no code in use, by name."""
    coded = SiteCode.objects.filter(shape=OuterRef("pk"), retired_at=None)
    rows = MapShape.objects.filter(kind__in=(MapShape.Kind.PARK, MapShape.Kind.LANDMARK)).exclude(name_fr="")
    return list(rows.exclude(Exists(coded)).order_by("kind", "name_fr")[:limit])


def kind_at(point: Point) -> SiteCode | None:
    """The equipment that stands closest to a point, within CLOSE metres; else the coded park that holds the point."""
    rows = SiteCode.objects.filter(retired_at=None, **around(point, CLOSE)).select_related("subject")
    near = [row for row in rows[:50] if metres(point, row.point) <= CLOSE]
    if near:
        return min(near, key=lambda row: metres(point, row.point))
    parks = SiteCode.objects.filter(retired_at=None, shape__kind=MapShape.Kind.PARK)
    parks = parks.select_related("shape", "subject")
    return next((row for row in parks[:200] if row.shape and inside(point, row.shape.geometry)), None)


@dataclass(frozen=True)
class Standing:
    """What stands at a point: its name in the active language, the words that tell what it is, and the subject of its
    code, when it has one.
    """

    name: str
    words: str
    subject: Subject | None = None


def standing_at(point: Point) -> Standing | None:
    """The equipment or the park of a code at that point (`kind_at`), else a landmark of the town's map within CLOSE
    metres, else the park of the map that holds the point; None elsewhere. Three queries at most.
    """
    if site := kind_at(point):
        return Standing(site.label, site.kind or site.name_fr, site.subject)
    kinds = (MapShape.Kind.LANDMARK, MapShape.Kind.PARK)
    shapes = list(MapShape.objects.filter(kind__in=kinds).exclude(name_fr="").order_by("kind", "slug")[:MOST_SHAPES])
    landmarks = [(metres(point, at), shape) for shape in shapes if (at := _point_of(shape))]
    distance, nearest = min(landmarks, key=lambda each: each[0], default=(CLOSE + 1.0, None))
    if nearest and distance <= CLOSE:
        return Standing(localized(nearest, "name"), nearest.name_fr)
    park = next((shape for shape in shapes if _point_of(shape) is None and inside(point, shape.geometry)), None)
    return Standing(localized(park, "name"), f"{_('park')} {park.name_fr}") if park else None


def _point_of(shape: MapShape) -> Point | None:
    """The point of a landmark; None for an area."""
    if shape.geometry.get("type") != "Point":
        return None
    east, north, *_height = shape.geometry["coordinates"]
    return north, east
