"""The words of groups: when they meet, for which ages, what is left, what they cost. In the active language."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Activity, Season
from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang, clean

LAST = 3  # so few places are worth the lantern
MOST_SETTS = 24  # beyond, seats drawn one by one are read by nobody


def lang() -> Lang:
    """The language of the page: fr or en."""
    return clean(get_language())


def local(moment: datetime) -> datetime:
    """A moment in the time of the town."""
    return timezone.localtime(moment)


def moment_words(moment: datetime) -> str:
    """Reads "mardi 8 décembre à 8 h", with the year when it is not this one."""
    here = local(moment)
    return quebec.moment(here, lang(), year=here.year != clock.today().year)


def when_words(moment: datetime) -> str:
    """Reads "8 h 19" today, "demain à 8 h", else the day and the hour."""
    here = local(moment)
    if here.date() == clock.today():
        return quebec.hour(here, lang())
    values = {"day": quebec.near_day(here.date(), clock.today(), lang()), "hour": quebec.hour(here, lang())}
    return _("%(day)s at %(hour)s") % values


def second_words(moment: datetime) -> str:
    """Reads "8 h 04 min 10 s", "8:04:10 a.m."."""
    here = local(moment)
    if lang() == "en":
        return f"{here:%-I:%M:%S}{quebec.NBSP}{'p.m.' if here.hour >= 12 else 'a.m.'}"  # noqa: PLR2004
    nbsp = quebec.NBSP
    return f"{here.hour}{nbsp}h{nbsp}{here.minute:02d}{nbsp}min{nbsp}{here.second}{nbsp}s"


def is_one_run(view: GroupView) -> bool:
    """Whether it meets on days that follow, as a camp does, rather than once a week."""
    span = view.meetings
    return span is not None and (span.count == 1 or (span.last_starts - span.first_starts).days < span.count)


def slot_words(view: GroupView) -> tuple[str, str]:
    """When a group meets, in two lines: ("sam. 9 h 30", "8 cours dès le 16 janv.")."""
    span = view.meetings
    if span is None:
        return _("Hours to come"), ""
    first, code = span.first_starts, lang()
    if is_one_run(view):
        hours = quebec.hours_range(first.time(), span.first_ends.time(), code)
        return quebec.period(first.date(), span.last_starts.date(), code, year=False), hours
    day = quebec.DAYS_SHORT[code][first.weekday()]
    return f"{day} {quebec.hour(first, code)}", ngettext(
        "%(count)d meeting on %(day)s", "%(count)d meetings from %(day)s", span.count
    ) % {"count": span.count, "day": quebec.day_of_month(first.date(), code)}


def hours_words(view: GroupView) -> str:
    """Reads "Samedi, de 9 h 30 à 10 h 20", or "Du 1er au 5 mars, de 7 h 30 à 17 h 30"; "" without meetings."""
    span = view.meetings
    if span is None:
        return ""
    first, code = span.first_starts, lang()
    days = (
        quebec.period(first.date(), span.last_starts.date(), code, year=False)
        if is_one_run(view)
        else quebec.weekday(first.date(), code)
    )
    hours = quebec.hours_range(first.time(), span.first_ends.time(), code)
    return f"{days[:1].upper()}{days[1:]}, {hours}"


def ages_words(activity: Activity) -> str:
    """Reads "6 à 9 ans", "16 ans et plus", "jusqu’à 2 ans", "tous les âges"."""
    least, most = activity.min_age, activity.max_age
    if not least and most is None:
        return _("All ages")
    if most is None:
        return _("%(least)d and over") % {"least": least}
    if not least:
        return ngettext("up to %(most)d year", "up to %(most)d years", most) % {"most": most}
    return _("%(least)d to %(most)d years") % {"least": least, "most": most}


def price_words(cents: int) -> str:
    """Reads "92 $", "Gratuit"."""
    return quebec.money(cents, lang()) if cents else _("Free")


def left_words(view: GroupView) -> str:
    """Reads "Reste 2 places", "Complet"."""
    if view.is_full:
        return _("Full")
    return ngettext("%(count)d place left", "%(count)d places left", view.left) % {"count": view.left}


def seats(view: GroupView) -> list[str]:
    """A class for each seat: "t" for one that is taken; empty when there are too many to draw."""
    if view.capacity > MOST_SETTS:
        return []
    return ["t"] * min(view.taken, view.capacity) + [""] * view.left


def waiting_words(view: GroupView) -> str:
    """Reads "4 personnes attendent"; "" when nobody does."""
    count = view.waiting
    return ngettext("%(count)d person waits", "%(count)d people wait", count) % {"count": count} if count else ""


def opening_words(season: Season, *, resident: bool) -> str:
    """Reads "depuis mardi 8 décembre à 8 h", or "ouvre mardi 8 décembre à 8 h"."""
    opens = season.opens_at(resident=resident)
    template = _("open since %(moment)s") if opens <= clock.now() else _("opens %(moment)s")
    return quebec.without_double_stop(template % {"moment": moment_words(opens)})
