"""Answers "must we boil the water?": the notice in force, or that none is known, at this moment.

Never general words about road works: the caller is about to drink. The absence of a notice is never presented as proof
that the water is safe.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.content.queries.advisories import water_advisories
from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.places.models import Address
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.provenance import ContactPoint, contact_point_of, zone
from parvis.apps.schedules.queries.water import boil_notices, of_stage, touches
from parvis.apps.schedules.queries.works import NoticeView, notice_view
from parvis.apps.schedules.rules.affected_area import Stage, Touch
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

WATER = "boil-water"


@dataclass(frozen=True)
class WaterAnswer:
    """The answer at a moment, in one language. `words` is the full text to say: `verdict` (for an address), the notices
    in force, past or coming ones, and `caution`.

    `in_force` and `others` (lifted, over or to come) are the notices; `title` is the title of the answer. `advisories`:
    what published messages say of the water.
    """

    title: str
    in_force: tuple[NoticeView, ...]
    others: tuple[str, ...]
    verdict: str
    caution: str
    looked_up: str
    at: datetime
    lang: Lang
    external_body: ContactPoint
    advisories: tuple[Advisory, ...] = ()

    @property
    def words(self) -> str:
        """The full text, notices first."""
        notices = [advisory.words for advisory in self.advisories]
        notices += [words for notice in self.in_force for words in (notice.words, *notice.lines)]
        return " ".join(filter(None, [self.verdict, *notices, *self.others, self.looked_up, self.caution]))

    @property
    def stamp(self) -> str:
        """Identifies these notices, to detect a change between reading and recording."""
        content = [
            self.lang,
            self.title,
            *(each.words for each in self.advisories),
            *(notice.words for notice in self.in_force),
            *self.others,
        ]
        return f"{WATER}:{sha256(repr(content).encode()).hexdigest()[:16]}"

    @property
    def as_given(self) -> dict[str, object]:
        """The value of `Given.inputs`: when it was looked up, and the notices in force."""
        notices = [{"id": notice.pk, "words": notice.words} for notice in self.in_force]
        notices += [{"key": advisory.key, "words": advisory.words} for advisory in self.advisories]
        return {"computed": WATER, "at": self.at.isoformat(), "result": notices}


def water_answer(lang: Lang, *, address: Address | None = None, day: date | None = None) -> WaterAnswer:
    """What is known about boiling water, in that language, for an address if given (`street` and `sector` loaded).

    `day`: another day than today. At most one query a second, plus those of the address or of another day.
    """
    moment = clock.now()
    today = moment.astimezone(zone()).date()
    on = day or today
    rows = boil_notices() if on == today else boil_notices(datetime.combine(on, time(12), zone()))
    current = of_stage(rows, Stage.IN_FORCE, on)
    told = tuple(water_advisories(lang, address)) if on == today else ()
    known = bool(current or told)
    with translation.override(lang):
        door = contact_point_of(current[0].contact or current[0].owner) if current else contact_point_of(None)
        looked_up = quebec.moment(moment, lang, zone())
        return WaterAnswer(
            title=_title(current, told),
            in_force=tuple(notice_view(row, on) for row in current),
            others=tuple(_others(rows, on, lang)),
            verdict=_verdict(current, address, door) if address and current else "",
            caution=_caution(door, in_force=known),
            looked_up=_looked_up(looked_up, quebec.day(on, lang), in_force=known, today=on == today),
            at=moment,
            lang=lang,
            external_body=door,
            advisories=told,
        )


def _title(rows: Sequence[RoadNotice], told: Sequence[Advisory]) -> str:
    if rows or not told:
        return _("Notice to boil water") if rows else _("No notice to boil water is known")
    return told[0].title


def _verdict(rows: Iterable[RoadNotice], address: Address, door: ContactPoint) -> str:
    touched = {touches(row, address) for row in rows}
    place = address.label
    if Touch.YES in touched:
        return _("Yes, %(place)s is where the water must be boiled.") % {"place": place}
    if Touch.MAYBE in touched:
        words = _("We cannot tell for %(place)s: until you know, boil the water, and call %(door)s.")
        return words % {"place": place, "door": door.words}
    return _("%(place)s is not where the notice applies, as it was published.") % {"place": place}


def _others(rows: Sequence[RoadNotice], on: date, lang: Lang) -> Iterable[str]:
    """The notices ended a few days ago and those to come, one sentence each."""
    for row in of_stage(rows, Stage.LIFTED, on):
        yield notice_view(row, on).words
    for row in of_stage(rows, Stage.OVER, on):
        end = quebec.day_of_month(row.last_day or on, lang, year=False)
        yield _("Over since %(day)s: %(words)s") % {"day": end, "words": notice_view(row, on).words}
    for row in of_stage(rows, Stage.COMING, on):
        yield _("To come: %(words)s") % {"words": notice_view(row, on).words}


def _looked_up(moment: str, day: str, *, in_force: bool, today: bool) -> str:
    if in_force:
        words = _("Looked up on %(moment)s.")
    elif today:
        words = _("To the Town’s knowledge, no notice to boil water is in force. Looked up on %(moment)s.")
    else:
        words = _("The Town knows of no notice to boil water for %(day)s. Looked up on %(moment)s.")
    return quebec.without_double_stop(words % {"day": day, "moment": moment})


def _caution(door: ContactPoint, *, in_force: bool) -> str:
    if in_force:
        return _("In doubt about your address, follow the notice and call %(door)s.") % {"door": door.words}
    words = _(
        "That is no proof that the water is good: if yours is cloudy, coloured or smells, do not drink it and call "
        "%(door)s. A notice of the Town says nothing of a private well."
    )
    return words % {"door": door.words}
