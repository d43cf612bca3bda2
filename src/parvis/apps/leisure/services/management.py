"""What who manages leisure changes: the moments of a season, its publication, its copy; the places of a group, and
its hall. A hall booked twice, or too small, is confirmed by whoever makes it so.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group, Hall, Meeting, Registration, Season
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.queries.halls import JOINED, hall_trouble, trouble_of
from parvis.apps.leisure.services.groups import MOST_PLACES, change_capacity
from parvis.apps.leisure.services.refusals import confirm_halls
from parvis.apps.leisure.services.season_facts import tell_openings
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import one_line

WEEK = 7
MOMENTS = ("residents_open_at", "everyone_opens_at", "closes_at", "late_from")


def _refuse(by: User) -> None:
    if not may(by, Deed.MANAGE):
        raise NotAllowed(_("Your role does not manage leisure."))


def _locked_season(season: Season) -> Season:
    return locked_row(Season.objects.filter(pk=season.pk), _("This season does not exist."))


@transaction.atomic
def set_openings(
    *,
    season: Season,
    residents_open_at: datetime,
    everyone_opens_at: datetime,
    closes_at: datetime,
    late_from: datetime | None = None,
    by: User,
) -> Season:
    """Moves the moments when a season opens and closes, in the answers too.

    Raises Invalid for moments out of order, NotAllowed.
    """
    _refuse(by)
    row, wrong = _locked_season(season), {}
    if everyone_opens_at < residents_open_at:
        wrong["everyone_opens_at"] = _("Everyone registers with the residents, or after them.")
    if closes_at <= everyone_opens_at:
        wrong["closes_at"] = _("Registration closes after it opens to everyone.")
    if late_from and not residents_open_at <= late_from <= closes_at:
        wrong["late_from"] = _("The late price begins between the opening and the closing.")
    if wrong:
        raise Invalid(_("These moments do not follow one another."), wrong)
    row.residents_open_at, row.everyone_opens_at = residents_open_at, everyone_opens_at
    row.closes_at, row.late_from = closes_at, late_from
    row.save(update_fields=MOMENTS)
    tell_openings()
    return row


@transaction.atomic
def publish_season(*, season: Season, by: User) -> Season:
    """Shows a season to the public. Raises Conflict for one without a group, NotAllowed. Twice is once."""
    _refuse(by)
    row = _locked_season(season)
    if not row.groups.filter(cancelled_at=None).exists():
        raise Conflict(_("A season without a group is not published."))
    if row.published_at is None:
        row.published_at = clock.now()
        row.save(update_fields=["published_at"])
        tell_openings()
    return row


@transaction.atomic
def withdraw_season(*, season: Season, by: User) -> Season:
    """Takes a season out of what the public sees. Raises Conflict once someone registered, NotAllowed."""
    _refuse(by)
    row = _locked_season(season)
    if Registration.objects.filter(group__season=row, state__in=Registration.LIVE).exists():
        raise Conflict(_("People are registered in this season: cancel its groups instead."))
    row.published_at = None
    row.save(update_fields=["published_at"])
    tell_openings()
    return row


@transaction.atomic
def change_group(
    *,
    group: Group,
    capacity: int,
    non_resident_quota: int | None = None,
    instructor: User | None,
    hall: Hall | None = None,
    seen: str = "",
    by: User,
) -> Group:
    """Sets the places of a group, those that non-residents take at most (None: no limit), who leads it, and its hall
    (None: the same), which the town's file then leaves to the product.

    Nobody is dropped: the group may be over its capacity, or over its quota. Raises Invalid (capacity,
    non_resident_quota), Conflict for a cancelled group, HallsTaken for a trouble with halls that this change makes and
    that is not the one `seen` (`Trouble.mark`), NotAllowed.
    """
    _refuse(by)
    if non_resident_quota is not None and not 0 <= non_resident_quota <= MOST_PLACES:
        raise Invalid.in_field("non_resident_quota", _("Choose a number from 0 to %(most)s.") % {"most": MOST_PLACES})
    Hall.objects.select_for_update(of=("self",), no_key=True).get(pk=(hall or group.hall).pk)  # one books it at a time
    before = hall_trouble([Group.objects.select_related(*JOINED).get(pk=group.pk)])
    row = change_capacity(group=group, capacity=capacity, by=by)
    if row.cancelled_at:
        raise Conflict(_("The town cancelled this group."))
    row.instructor, row.non_resident_quota = instructor, non_resident_quota
    if hall is not None and hall.pk != row.hall_id:
        row.hall, row.moved_at = hall, clock.now()
    row.save(update_fields=["instructor", "non_resident_quota", "hall", "moved_at"])
    confirm_halls(hall_trouble([row]).beyond(before), seen)
    return row


@transaction.atomic
def copy_season(
    *, source: Season, slug: str, title_fr: str, title_en: str, starts_on: date, seen: str = "", by: User
) -> Season:
    """A new season, not published, like another one: its groups with their halls, hours, instructors and prices.

    Its moments and days are as far from its first day as those of the source, at the same hours of the town's clocks;
    meetings stay on their day of the week. Cancelled groups and those registered are left out. Raises Invalid (slug,
    title_fr, starts_on), HallsTaken for a trouble with halls that is not the one `seen` (`Trouble.mark`), NotAllowed.
    """
    _refuse(by)
    wrong = {}
    if Season.objects.filter(slug=slug).exists():
        wrong["slug"] = _("A season has this address already.")
    if not one_line(title_fr):
        wrong["title_fr"] = _("Write the title.")
    if starts_on <= source.starts_on:
        wrong["starts_on"] = _("The new season begins after the one that is copied.")
    if wrong:
        raise Invalid(_("The season cannot be copied yet."), wrong)
    days = starts_on - source.starts_on
    weeks = timedelta(days=-(-days.days // WEEK) * WEEK)
    season = Season.objects.create(
        slug=slug,
        title_fr=one_line(title_fr),
        title_en=one_line(title_en),
        starts_on=starts_on,
        ends_on=source.ends_on + weeks,
        rule_date=source.rule_date + days,
        rebates=source.rebates,
        household_cap_cents=source.household_cap_cents,
        example=source.example,
        **{name: _later(moment, days) for name in MOMENTS if (moment := getattr(source, name))},
    )
    rows = source.groups.filter(cancelled_at=None).prefetch_related("meetings")
    for group in rows:
        _copy_group(group, season, source.slug, weeks)
    confirm_halls(trouble_of(season), seen)
    return season


def _copy_group(group: Group, season: Season, old: str, weeks: timedelta) -> None:
    meetings = list(group.meetings.all())
    stem = group.slug.removesuffix(f"-{old}")
    slug = f"{stem}-{season.slug}"[:50]
    taken = Group.objects.filter(slug=slug).exists()
    copy = Group.objects.create(
        slug=f"{slug[:39]}-{group.pk}" if taken else slug,
        season=season,
        activity_id=group.activity_id,
        hall_id=group.hall_id,
        instructor_id=group.instructor_id,
        previous=group,
        capacity=group.capacity,
        non_resident_quota=group.non_resident_quota,
        price_cents=group.price_cents,
        late_price_cents=group.late_price_cents,
        non_resident_price_cents=group.non_resident_price_cents,
    )
    Meeting.objects.bulk_create(
        Meeting(group=copy, starts_at=_later(one.starts_at, weeks), ends_at=_later(one.ends_at, weeks))
        for one in meetings
    )


def _later(moment: datetime, by: timedelta) -> datetime:
    """So many days later at the same hour of the town's clocks."""
    return timezone.make_aware(timezone.localtime(moment).replace(tzinfo=None) + by)
