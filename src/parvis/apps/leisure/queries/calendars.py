"""The calendar files of who is registered: the meetings of a place, in the time of the town."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Meeting, Registration
from parvis.lib import ics
from parvis.lib.i18n.languages import clean


def calendar_of(rows: Sequence[Registration], language: str) -> bytes:
    """The meetings of these registrations as an iCalendar file, in a language; those cancelled say so.

    Reads `group` with its activity and its hall, `individual`, and the events. Two queries.
    """
    with override(clean(language)):
        by_group: dict[int, list[Registration]] = {}
        for row in rows:
            by_group.setdefault(row.group_id, []).append(row)
        meetings = Meeting.objects.filter(group__in=by_group).order_by("starts_at", "pk")
        entries = [_entry(row, meeting) for meeting in meetings for row in by_group[meeting.group_id]]
        key = "-".join(sorted(row.public_id for row in rows))
        uid, lang = ics.uid_of(f"leisure:{key}"), clean(get_language())
        return ics.calendar(uid=uid, product="Leisure", name=_("Leisure"), lang=lang, entries=entries)


def _entry(row: Registration, meeting: Meeting) -> ics.Entry:
    group = row.group
    zone = timezone.get_default_timezone()
    place = ", ".join(part for part in (str(group.hall), hall_address(row)) if part)
    return ics.Entry(
        uid=ics.uid_of(f"leisure:{row.public_id}/{meeting.pk}"),
        start=meeting.starts_at.astimezone(zone),
        end=meeting.ends_at.astimezone(zone),
        title=_("%(activity)s: %(name)s") % {"activity": group.activity, "name": row.individual.name},
        stamp=row.ended_at or row.made_at,
        place=place,
        details=f"{settings.PARVIS_URL}/loisirs/{group.slug}/",
        cancelled=row.state not in Registration.LIVE or group.cancelled_at is not None,
    )


def hall_address(row: Registration) -> str:
    """Where its group meets, in words; "" when unknown."""
    hall = row.group.hall
    return hall.address.label if hall.address else hall.address_text
