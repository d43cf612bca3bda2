"""Road and water notices: published, corrected, lifted, restored. Previous values are kept."""

from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import RoadNotice, RoadNoticeEntry
from parvis.apps.schedules.queries.works import URGENT
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import one_line

What = RoadNoticeEntry.What


@dataclass(frozen=True)
class NewRoadNotice:
    """The content of a notice. Texts are in French, with optional English; the place is a street, a sector, or
    `whole_town`.
    """

    kind: str
    nature_fr: str
    first_day: date
    last_day: date | None = None
    nature_en: str = ""
    street: Street | None = None
    civic_from: int | None = None
    civic_to: int | None = None
    side: str = RoadNotice.Side.BOTH
    sector: Sector | None = None
    from_hour: time | None = None
    until_hour: time | None = None
    closure: str = RoadNotice.Closure.NONE
    detour_fr: str = ""
    detour_en: str = ""
    parking_fr: str = ""
    parking_en: str = ""
    collection_fr: str = ""
    collection_en: str = ""
    details_fr: str = ""
    details_en: str = ""
    weather: bool = False
    whole_town: bool = False


@transaction.atomic
def publish_works(*, notice: NewRoadNotice, owner: Department, key: str, by: User) -> RoadNotice:
    """Publishes a notice at once; with the key of an existing notice, returns that one.

    Raises NotAllowed unless the user may publish in that department, Invalid with an error per field.
    """
    _check_permission(by, owner.pk)
    existing = RoadNotice.objects.filter(key=key).first()
    if existing is not None:
        return existing
    values = _checked(notice)
    if notice.last_day and notice.last_day < clock.today():
        raise Invalid(_("Something is to be mended."), {"last_day": _("That day is past.")})
    source = {"source_title": owner.name_fr, "verified_on": clock.today()}
    works = RoadNotice.objects.create(key=key, owner=owner, contact=owner, **values, **source)
    _note(works, What.PUBLISHED, by)
    return works


@transaction.atomic
def correct_works(*, works_id: int, notice: NewRoadNotice, by: User) -> RoadNotice:
    """Changes a notice, and records its previous values. Writes nothing without changes.

    Raises NotFound, NotAllowed, Invalid, and Conflict when it was lifted.
    """
    works = _locked(works_id, by)
    if works.lifted_at:
        raise Conflict(_("This notice was lifted: put it back in force first."))
    values = _checked(notice)
    before = {name: getattr(works, name) for name in values if getattr(works, name) != values[name]}
    if before:
        for name, value in values.items():
            setattr(works, name, value)
        works.verified_on = clock.today()
        works.save()
        _note(works, What.CORRECTED, by, {name: _plain(value) for name, value in before.items()})
    return works


@transaction.atomic
def lift_works(*, works_id: int, by: User) -> RoadNotice:
    """Ends a notice now; for the rest of the day it is shown as lifted. Idempotent.

    Raises NotFound, NotAllowed.
    """
    works = _locked(works_id, by)
    if works.lifted_at is None:
        works.lifted_at = clock.now()
        works.save(update_fields=["lifted_at"])
        _note(works, What.LIFTED, by)
    return works


@transaction.atomic
def restore_works(*, works_id: int, by: User) -> RoadNotice:
    """Puts a lifted notice back in force, as if it had not been lifted. Idempotent.

    Raises NotFound, NotAllowed.
    """
    works = _locked(works_id, by)
    if works.lifted_at is not None:
        before = {"lifted_at": works.lifted_at.isoformat()}
        works.lifted_at = None
        works.save(update_fields=["lifted_at"])
        _note(works, What.RESTORED, by, before)
    return works


def _locked(works_id: int, by: User) -> RoadNotice:
    """The notice, locked; NotFound, or NotAllowed when the user may not publish for its department."""
    works = locked_row(RoadNotice.objects.filter(pk=works_id), _("This notice does not exist."))
    _check_permission(by, works.owner_id)
    return works


def _check_permission(by: User, department_id: int) -> None:
    if not by.may_in(Action.PUBLISH_WORKS, department_id):
        raise NotAllowed(_("Your role does not publish notices of this department."))


def _note(works: RoadNotice, what: What, by: User, before: dict[str, Any] | None = None) -> None:
    RoadNoticeEntry.objects.create(notice=works, what=what, before=before or {}, at=clock.now(), by=by)


def _plain(value: Any) -> Any:
    if isinstance(value, Street | Sector):
        return str(value)
    return value if value is None or isinstance(value, bool | int | str | dict) else value.isoformat()


def _checked(notice: NewRoadNotice) -> dict[str, Any]:
    """The fields of the row; Invalid with an error per field. The place replaces one loaded from a file, polygon
    included.
    """
    values = {field.name: getattr(notice, field.name) for field in fields(notice) if field.name != "whole_town"}
    values = {name: one_line(value) if isinstance(value, str) else value for name, value in values.items()}
    errors = _length_errors(values) | _errors(notice) | _water_errors(values)
    if errors:
        raise Invalid(_("Something is to be mended."), errors)
    values["polygon"] = None
    if notice.street:
        return values | {"place_fr": notice.street.name, "place_en": ""}
    name_fr, name_en = (notice.sector.name_fr, notice.sector.name_en) if notice.sector else ("", "")
    return values | {"place_fr": name_fr, "place_en": name_en}


def _length_errors(values: dict[str, Any]) -> dict[str, str]:
    errors = {}
    for name, value in values.items():
        most = getattr(RoadNotice._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and most and len(value) > most:
            errors[name] = _("At most %(count)d characters.") % {"count": most}
    return errors


def _errors(notice: NewRoadNotice) -> dict[str, str]:
    errors = {}
    for name, choices in (("kind", RoadNotice.Kind), ("closure", RoadNotice.Closure), ("side", RoadNotice.Side)):
        if getattr(notice, name) not in choices.values:
            errors[name] = _("Choose one of the list.")
    if not notice.nature_fr.strip():
        errors["nature_fr"] = _("Say what it is.")
    if notice.street is None and notice.sector is None and not notice.whole_town:
        errors["street"] = _("Say where: a street, or a sector.")
    if notice.whole_town and (notice.street or notice.sector):
        errors["whole_town"] = _("The whole town, or one place of it: not both.")
    elif notice.whole_town and notice.kind not in URGENT:
        errors["whole_town"] = _("Only a notice about water may hold in the whole town.")
    if notice.street is None and (notice.civic_from is not None or notice.civic_to is not None):
        errors["civic_from"] = _("Numbers belong to a street: choose it.")
    if notice.last_day is None and notice.kind != RoadNotice.Kind.BOIL_WATER:
        errors["last_day"] = _("Say until when.")
    elif notice.last_day is not None and notice.last_day < notice.first_day:
        errors["last_day"] = _("The last day comes before the first one.")
    if (notice.from_hour is None) != (notice.until_hour is None):
        errors["until_hour"] = _("Give both hours, or none.")
    return errors


def _water_errors(values: dict[str, Any]) -> dict[str, str]:
    """A boil-water notice is about health: it needs instructions in both languages, and applies day and night."""
    if values["kind"] != RoadNotice.Kind.BOIL_WATER:
        return {}
    needed = ("nature_en", "details_fr", "details_en")
    errors = {name: _("A notice to boil water says this, in both languages.") for name in needed if not values[name]}
    if values["from_hour"] or values["until_hour"]:
        errors["from_hour"] = _("A notice to boil water holds day and night: leave the hours empty.")
    return errors
