"""What every computed answer hands out beside its own words: where it comes from, and who knows more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department
from parvis.apps.directory.queries import desk, town
from parvis.apps.schedules.models import Sourced
from parvis.lib import quebec
from parvis.lib.languages import Lang, clean


@dataclass(frozen=True)
class ContactPoint:
    """Who answers what is not known here: a department of the town, or an outside body."""

    name: str
    phone: str = ""
    url: str = ""

    @property
    def words(self) -> str:
        """The name, then the number as it is dialled."""
        return f"{self.name}, {quebec.phone(self.phone, lang())}" if self.phone else self.name


@dataclass(frozen=True)
class Source:
    """Where a value comes from, and the day it was checked."""

    title: str
    url: str = ""
    verified_on: date | None = None


def lang() -> Lang:
    """The language of the moment."""
    return clean(get_language())


def zone() -> ZoneInfo:
    """The zone of the town's days."""
    return ZoneInfo(settings.TIME_ZONE)


def contact_point_of(department: Department | None) -> ContactPoint:
    """The door of a department, with the town's number when it has none of its own; the desk when there is none."""
    place = town()
    result = department or desk()
    outside = result.kind == Department.Kind.EXTERNAL
    return ContactPoint(result.name, result.phone or ("" if outside else place.phone), result.website)


def sources_of(rows: Iterable[Sourced]) -> tuple[Source, ...]:
    """The sources of these rows, each once, in order."""
    result = [Source(row.source_title, row.source_url, row.verified_on) for row in rows if row.source_title]
    return tuple(dict.fromkeys(result))


def marked(words: str, *, example: bool) -> str:
    """The words, with what warns that they rest on an invented value."""
    said = quebec.one_stop(words)
    return f"{said} {_('(Example, not to be told.)')}" if example else said
