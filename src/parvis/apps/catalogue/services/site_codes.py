"""Codes made one at a time or from a list, changed, moved, retired, brought back; and their openings counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import DailyOpenings, SiteCode, Subject
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.catalogue.rules.site_codes import MOST_ROWS, new_code, read_degrees, read_list
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Address, MapShape
from parvis.apps.places.queries import addresses, suggesting
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.queries.town_map import centre_of
from parvis.apps.places.rules.shapes import Point
from parvis.lib.clock import now, today
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid, type_text
from parvis.lib.words import one_line


@dataclass(frozen=True)
class SiteDetails:
    """What bears a code: its names, its kind, its number, and where it stands, in words or as a point (or both)."""

    name_fr: str
    name_en: str = ""
    kind: str = ""
    number: str = ""
    place_text: str = ""
    point: Point | None = None
    subject: Subject | None = None
    shape: MapShape | None = None


@transaction.atomic
def make_code(*, details: SiteDetails, by: User) -> SiteCode:
    """Makes a code. Raises NotAllowed, and Invalid (name_fr, place_text) for a thing that has one already, or whose
    place is unknown or outside the town.
    """
    refuse_unless_codes(by)
    return _save(SiteCode(code=_unused_code(), created_at=now(), created_by=by), details)


@transaction.atomic
def change_code(*, code_id: int, details: SiteDetails, by: User) -> SiteCode:
    """Renames or moves what bears a code, which stays the same. Raises as `make_code`, and NotFound."""
    refuse_unless_codes(by)
    return _save(_locked(code_id), details)


@transaction.atomic
def retire_code(*, code_id: int, by: User) -> SiteCode:
    """Retires a code: whoever scans it is told so, and may still report. Twice does it once."""
    refuse_unless_codes(by)
    site = _locked(code_id)
    if site.retired_at is None:
        site.retired_at = now()
        site.save(update_fields=["retired_at"])
    return site


@transaction.atomic
def restore_code(*, code_id: int, by: User) -> SiteCode:
    """Puts a retired code back in use; Invalid when the same thing has a new one."""
    refuse_unless_codes(by)
    site = _locked(code_id)
    site.retired_at = None
    return _stored(site)


@transaction.atomic
def make_codes_of_shapes(*, shape_ids: Sequence[int], by: User) -> list[SiteCode]:
    """Makes a code for each of these parks and landmarks that has none in use. Those of one name are told apart by
    their street or sector, else by a rank.
    """
    refuse_unless_codes(by)
    coded = set(SiteCode.objects.filter(shape__in=shape_ids, retired_at=None).values_list("shape_id", flat=True))
    made = []
    for shape in MapShape.objects.filter(pk__in=set(shape_ids) - coded).exclude(name_fr="").order_by("name_fr"):
        site = SiteCode(code=_unused_code(), created_at=now(), created_by=by)
        made.append(_save(site, _details_of_shape(shape)))
    return made


@transaction.atomic
def make_codes_of_list(*, text: str, by: User) -> list[SiteCode]:
    """Makes a code for each row of a list (`rules.read_list`), or none when a row is wrong: Invalid then says each one
    with its line, in the field `text`.
    """
    refuse_unless_codes(by)
    rows, unknown = read_list(text)
    wrong = [_("unknown column: %(name)s") % {"name": name} for name in unknown if name.strip()]
    if not rows:
        wrong.append(_("Paste a header and at least one line."))
    if len(rows) > MOST_ROWS:
        wrong.append(_("%(most)d lines at most at once.") % {"most": MOST_ROWS})
    made = []
    for row in rows if not wrong else []:
        try:
            site = SiteCode(code=_unused_code(), created_at=now(), created_by=by)
            with transaction.atomic():
                made.append(_save(site, _details_of(row.values)))
        except Invalid as refused:
            reasons = " ".join(str(reason) for reason in (refused.fields.values() or [refused.message]))
            wrong.append(_("line %(line)d: %(reason)s") % {"line": row.line, "reason": reasons})
    if wrong:
        raise Invalid(_("Nothing was made: correct the list, then send it again."), {"text": "\n".join(wrong)})
    return made


@transaction.atomic
def count_opening(*, code_id: int) -> None:
    """Counts one opening of a code today."""
    row, _created = DailyOpenings.objects.get_or_create(site_code_id=code_id, day=today())
    DailyOpenings.objects.filter(pk=row.pk).update(count=F("count") + 1)


def refuse_unless_codes(by: User) -> None:
    """Raises NotAllowed when the user's role does not make codes."""
    by.require(Action.MAKE_SITE_CODES, _("Your role does not make codes for places."))


def _details_of_shape(shape: MapShape) -> SiteDetails:
    """A park or a landmark as it bears a code; its kind in French, whatever the language of who makes it."""
    with translation.override("fr"):
        kind = _("park") if shape.kind == MapShape.Kind.PARK else ""
    point, used = centre_of(shape.geometry), SiteCode.objects.filter(kind=kind, name_fr=shape.name_fr, retired_at=None)
    taken = set(used.filter(number="").values_list("place_text", flat=True))
    place = next(place for place in _tell_apart(point) if place not in taken)
    return SiteDetails(shape.name_fr, shape.name_en, kind, place_text=place, shape=shape, point=point)


def _tell_apart(point: Point) -> Iterator[str]:
    """Words for the place of a thing whose name is known: none, its street, its sector, then ranks from (2)."""
    yield ""
    if near := addresses.nearest(point):
        yield near.address.street.name[:120]
    if sector := addresses.sector_at(point):
        yield sector.name_fr[:120]
    yield from (f"({rank})" for rank in count(2))


def _details_of(values: dict[str, str]) -> SiteDetails:
    slug = values.get("subject", "")
    subject = routable(slug) if slug else None
    if slug and subject is None:
        raise Invalid.in_field("subject", _("the subject “%(slug)s” is unknown") % {"slug": slug})
    latitude, longitude = (read_degrees(values.get(name, "")) for name in ("latitude", "longitude"))
    return SiteDetails(
        values.get("name_fr") or " ".join(filter(None, (values.get("kind"), values.get("number")))),
        values.get("name_en", ""),
        values.get("kind", ""),
        values.get("number", ""),
        values.get("place", ""),
        point=None if latitude is None or longitude is None else (latitude, longitude),
        subject=subject,
    )


def _save(site: SiteCode, details: SiteDetails) -> SiteCode:
    errors: dict[str, type_text] = {}
    for name, most in (("name_fr", 80), ("name_en", 80), ("kind", 40), ("number", 30), ("place_text", 120)):
        value = one_line(getattr(details, name))
        if len(value) > most:
            errors[name] = _("This is too long: %(most)d characters at most.") % {"most": most}
        setattr(site, name, value)
    if not site.name_fr:
        errors["name_fr"] = _("Write its name.")
    address, point = _placed(details)
    if point is None:
        errors["place_text"] = _("Place not found: choose one of the list, or write its latitude and longitude.")
    elif not plan().holds(point):
        errors["place_text"] = _("This point is not in the town.")
    if errors:
        raise Invalid(_("Something is missing or wrong."), errors)
    if point:
        site.latitude, site.longitude = point
    site.address, site.subject = address, details.subject
    site.shape = details.shape or site.shape
    return _stored(site)


def _placed(details: SiteDetails) -> tuple[Address | None, Point | None]:
    """The address written, and the point: the one given, else that of the words."""
    words = details.place_text.strip()
    address = addresses.exact(words) if words else None
    if details.point:
        return address, details.point
    return address, (address.point if address else None) or (suggesting.locate(words) if words else None)


def _stored(site: SiteCode) -> SiteCode:
    try:
        with transaction.atomic():
            site.save()
    except IntegrityError as error:
        text = _("“%(label)s” already has a code in use.") % {"label": site.full_place}
        raise Invalid(text, {"name_fr": text}) from error
    return site


def _locked(code_id: int) -> SiteCode:
    return locked_row(SiteCode.objects.filter(pk=code_id), _("This code does not exist."))


def _unused_code() -> str:
    """A code that nobody has; one in 34 billion is taken, and is drawn again."""
    code = new_code()
    while SiteCode.objects.filter(code=code).exists():
        code = new_code()
    return code
