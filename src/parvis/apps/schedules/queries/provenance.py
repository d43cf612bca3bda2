"""Sources and contact points given with every computed answer."""

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
from parvis.lib.i18n.languages import Lang, clean


@dataclass(frozen=True)
class ContactPoint:
    """Who answers other questions: a department of the town, or an external body."""

    name: str
    phone: str = ""
    url: str = ""

    @property
    def words(self) -> str:
        """The name and the formatted phone number."""
        return f"{self.name}, {quebec.phone(self.phone, lang())}" if self.phone else self.name


@dataclass(frozen=True)
class Source:
    """The source of a value, and the day it was verified."""

    title: str
    url: str = ""
    verified_on: date | None = None


def lang() -> Lang:
    """The active language."""
    return clean(get_language())


def zone() -> ZoneInfo:
    """The town's time zone."""
    return ZoneInfo(settings.TIME_ZONE)


def contact_point_of(department: Department | None) -> ContactPoint:
    """The contact point of a department, by default the desk, with the town's number when it has none of its own."""
    department = department or desk()
    fallback = "" if department.kind == Department.Kind.EXTERNAL else town().phone
    return ContactPoint(department.name, department.phone or fallback, department.website)


def sources_of(rows: Iterable[Sourced]) -> tuple[Source, ...]:
    """The sources of these rows, each once, in order."""
    sources = [Source(row.source_title, row.source_url, row.verified_on) for row in rows if row.source_title]
    return tuple(dict.fromkeys(sources))


def marked(words: str, *, example: bool) -> str:
    """The words, with a warning when they rely on an example value."""
    words = quebec.without_double_stop(words)
    return f"{words} {_('(Example, not to be told.)')}" if example else words
