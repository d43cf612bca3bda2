"""May I park in the street tonight, and is there a snow operation? One answer, the same for everyone who asks."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from parvis.apps.places.models import Address, Street
from parvis.apps.schedules.models import Declaration, WinterRule
from parvis.apps.schedules.nights import Verdict, WinterNights, Word
from parvis.apps.schedules.provenance import ContactPoint, Source, contact_point_of, lang, marked, sources_of, zone
from parvis.apps.schedules.seasons import MonthDay
from parvis.lib import clock, quebec

JOURNAL = 30


@dataclass(frozen=True)
class Tonight:
    """The night in course or to come. `words` say it in one breath; `door` is the line to check.

    `operation`: declared, declared absent, or None when nothing was. `begins` and `ends` are those of the ban.
    """

    verdict: Verdict
    night: date | None
    begins: datetime | None
    ends: datetime | None
    operation: bool | None
    declared_at: datetime | None
    declared_by: str
    note: str
    words: str
    lots: tuple[str, ...]
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool

    @property
    def allowed(self) -> bool:
        """Whether someone said so, or the season has not come: silence never makes it true."""
        return self.verdict == Verdict.ALLOWED


def tonight(address: Address | None = None, at: datetime | None = None) -> Tonight:
    """What may be said of tonight, for the whole town or at an address whose `street` is read. Two queries."""
    rule = WinterRule.objects.told().select_related("owner").order_by("pk").first()
    if rule is None:
        door = contact_point_of(None)
        words = _("Whether parking is allowed tonight is not known here. Ask %(door)s.") % {"door": door.words}
        return Tonight(Verdict.UNKNOWN, None, None, None, None, None, "", "", words, (), door, (), False)
    nights, local = rule.nights, (at or clock.now()).astimezone(zone())
    night = nights.night_of(local)
    row = declared_for(night)
    word = Word(row.word) if row and row.word != Word.WITHDRAWN else None
    verdict = nights.verdict(night, word, local)
    door = _line(rule)
    said = _words(nights, verdict, night, word, local, door)
    if address is not None and address.street.owner != Street.Owner.TOWN and verdict != Verdict.FORBIDDEN:
        verdict, said = Verdict.UNKNOWN, _not_ours(address.street, door)
    begins, ends = nights.ban(night, zone())
    lots = rule.lots_en if lang() == "en" and rule.lots_en else rule.lots_fr
    return Tonight(
        verdict=verdict,
        night=night,
        begins=begins,
        ends=ends,
        operation=None if word is None else word == Word.ON,
        declared_at=row.at if row and word else None,
        declared_by=row.department.name if row and word else "",
        note=row.note if row and word else "",
        words=marked(said, example=rule.example),
        lots=tuple(lots) if verdict != Verdict.ALLOWED else (),
        contact_point=door,
        sources=sources_of([rule]),
        example=rule.example,
    )


def winter_rule() -> WinterRule | None:
    """The rule as it was loaded, told or not; `owner` is read."""
    return WinterRule.objects.select_related("owner").order_by("pk").first()


def declared_for(night: date) -> Declaration | None:
    """What counts for that night: the last word, which may be that it was withdrawn; None when nobody spoke."""
    return Declaration.objects.filter(night=night).select_related("department", "by").order_by("-pk").first()


def declarations() -> list[Declaration]:
    """The journal, the newest first."""
    return list(Declaration.objects.select_related("by", "department").order_by("-pk")[:JOURNAL])


def _line(rule: WinterRule) -> ContactPoint:
    owner = contact_point_of(rule.owner)
    return ContactPoint(_("Snow information line"), rule.line, rule.page) if rule.line else owner


def _words(
    nights: WinterNights, verdict: Verdict, night: date, word: Word | None, local: datetime, contact_point: ContactPoint
) -> str:
    values = {
        "hours": quebec.hours_range(nights.banned_from, nights.banned_until, lang()),
        "morning": quebec.day(nights.ban(night, zone())[1].date(), lang(), year=False),
        "season": _season(nights),
        "told": quebec.hours_range(nights.decided_from, nights.decided_by, lang()),
        "by": quebec.hour(nights.decided_by, lang()),
        "door": contact_point.words,
    }
    if verdict == Verdict.FORBIDDEN and word == Word.ON:
        words = _(
            "No: a snow operation is declared. No parking in the street (%(hours)s), until the morning of %(morning)s."
        )
    elif verdict == Verdict.FORBIDDEN:
        words = _("No: in winter (%(season)s), no parking in the street (%(hours)s), unless the Town lifts the ban.")
    elif verdict == Verdict.ALLOWED and word == Word.OFF:
        words = _("Yes: the Town declared that there is no snow operation tonight. Street signs still apply.")
    elif verdict == Verdict.ALLOWED:
        words = _("Yes: tonight is outside the winter season (%(season)s). Street signs still apply.")
    elif verdict == Verdict.SILENT:
        words = _("Nothing was declared for tonight, and that is no permission. Check before you park: %(door)s.")
    elif nights.being_told(night, local):
        words = _("Not declared yet (the decision is told %(told)s): look again after %(by)s, or ask: %(door)s.")
    else:
        words = _("Not decided yet (it is told each day, %(told)s): look again after %(by)s, or ask: %(door)s.")
    return words % values


def _season(nights: WinterNights) -> str:
    values = {"first": _day_of(nights.season.first), "last": _day_of(nights.season.last)}
    return _("from %(first)s to %(last)s") % values


def _day_of(day: MonthDay) -> str:
    return quebec.month_day(*day, lang())


def _not_ours(street: Street, contact_point: ContactPoint) -> str:
    if street.owner == Street.Owner.PRIVATE:
        words = _("%(street)s is private: the Town's rule does not settle it. Ask who owns it.")
    else:
        words = _(
            "%(street)s belongs to the ministry of Transport: the Town's rule does not settle it. Follow the signs."
        )
    return words % {"street": street.name[:1].upper() + street.name[1:], "door": contact_point.words}
