"""Whether parking in the street is allowed tonight, and whether there is a snow operation."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from parvis.apps.places.models import Address, Street
from parvis.apps.schedules.models import Declaration, WinterRule
from parvis.apps.schedules.queries.provenance import (
    ContactPoint,
    Source,
    contact_point_of,
    lang,
    marked,
    sources_of,
    zone,
)
from parvis.apps.schedules.rules.nights import Verdict, WinterNights, Word
from parvis.lib import clock, quebec

JOURNAL = 30


@dataclass(frozen=True)
class Tonight:
    """The current or coming night. `words` are the whole answer; `contact_point` is the line to check.

    `operation`: declared, declared absent, or None without a declaration. `begins` and `ends` are those of the ban.
    `notice`: the title of a published notice that leads the words, if any.
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
    notice: str = ""

    @property
    def allowed(self) -> bool:
        """Whether parking was declared allowed, or it is out of season; never true by default."""
        return self.verdict == Verdict.ALLOWED


def tonight(address: Address | None = None, at: datetime | None = None) -> Tonight:
    """The answer for tonight, for the whole town or at an address whose `street` is loaded. Two queries."""
    moment, rule = at or clock.now(), rule_in_force()
    return tonight_by(rule, last_declaration(rule, moment), address, moment)


def rule_in_force() -> WinterRule | None:
    """The rule that may be told, with `owner` loaded; None when the town gave none."""
    return WinterRule.objects.publishable().select_related("owner").order_by("pk").first()


def last_declaration(rule: WinterRule | None, moment: datetime) -> Declaration | None:
    """The last declaration of the current or coming night, which may be a withdrawal; None without any."""
    return declared_for(rule.nights.night_of(moment.astimezone(zone()))) if rule else None


def tonight_by(
    rule: WinterRule | None, declared: Declaration | None, address: Address | None, moment: datetime
) -> Tonight:
    """As `tonight`, from what `rule_in_force` and `last_declaration` read. No query."""
    if rule is None:
        desk = contact_point_of(None)
        words = _("Whether parking is allowed tonight is not known here. Ask %(door)s.") % {"door": desk.words}
        return Tonight(Verdict.UNKNOWN, None, None, None, None, None, "", "", words, (), desk, (), False)
    nights, local = rule.nights, moment.astimezone(zone())
    night = nights.night_of(local)
    row = None if declared and declared.word == Word.WITHDRAWN else declared
    word = Word(row.word) if row else None
    verdict = nights.verdict(night, word, local)
    contact_point = _line(rule)
    words = _words(nights, verdict, night, word, local, contact_point)
    if address is not None and address.street.owner != Street.Owner.TOWN and verdict != Verdict.FORBIDDEN:
        verdict, words = Verdict.UNKNOWN, _not_ours(address.street, contact_point)
    begins, ends = nights.ban(night, zone())
    lots = rule.lots_en if lang() == "en" and rule.lots_en else rule.lots_fr
    return Tonight(
        verdict=verdict,
        night=night,
        begins=begins,
        ends=ends,
        operation=None if word is None else word == Word.ON,
        declared_at=row.at if row else None,
        declared_by=row.department.name if row else "",
        note=row.note if row else "",
        words=marked(words, example=rule.example),
        lots=tuple(lots) if verdict != Verdict.ALLOWED else (),
        contact_point=contact_point,
        sources=sources_of([rule]),
        example=rule.example,
    )


def winter_rule() -> WinterRule | None:
    """The rule as loaded, publishable or not, with `owner` loaded."""
    return WinterRule.objects.select_related("owner").order_by("pk").first()


def declared_for(night: date) -> Declaration | None:
    """The last declaration of a night, which may be a withdrawal; None without any."""
    return Declaration.objects.filter(night=night).select_related("department", "by").order_by("-pk").first()


def declarations() -> list[Declaration]:
    """The latest declarations, the newest first."""
    return list(Declaration.objects.select_related("by", "department").order_by("-pk")[:JOURNAL])


def _line(rule: WinterRule) -> ContactPoint:
    if rule.line:
        return ContactPoint(_("Snow information line"), rule.line, rule.page)
    return contact_point_of(rule.owner)


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
    first, last = nights.season.first, nights.season.last
    values = {"first": quebec.month_day(*first, lang()), "last": quebec.month_day(*last, lang())}
    return _("from %(first)s to %(last)s") % values


def _not_ours(street: Street, contact_point: ContactPoint) -> str:
    if street.owner == Street.Owner.PRIVATE:
        words = _("%(street)s is private: the Town's rule does not settle it. Ask who owns it.")
    else:
        words = _(
            "%(street)s belongs to the ministry of Transport: the Town's rule does not settle it. Follow the signs."
        )
    return words % {"street": street.name[:1].upper() + street.name[1:], "door": contact_point.words}
