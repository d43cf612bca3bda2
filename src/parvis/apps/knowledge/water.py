"""What is answered to "must we boil the water?": the notice in force, or that none is, as the town knows it now.

Never the general words on works: whoever asks is about to drink. That no notice is known is never told as a proof that
the water is good.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.places.models import Address
from parvis.apps.schedules.affected_area import Stage, Touch
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.provenance import ContactPoint, contact_point_of, zone
from parvis.apps.schedules.queries.water import boil_notices, of_stage, touches
from parvis.apps.schedules.queries.works import NoticeTold, told
from parvis.lib import clock, quebec
from parvis.lib.languages import Lang

WATER = "boil-water"


@dataclass(frozen=True)
class WaterAnswer:
    """The answer at a moment, in one language. `words` are all of it, to say aloud: `verdict` (for an address), what
    each notice in force says, what came before or comes next, and `caution`.

    `in_force` and `others` (lifted, over or to come) are the notices; `title` is that of an answer.
    """

    title: str
    in_force: tuple[NoticeTold, ...]
    others: tuple[str, ...]
    verdict: str
    caution: str
    looked_up: str
    at: datetime
    lang: Lang
    external_body: ContactPoint

    @property
    def words(self) -> str:
        """All of it in one text, the notice first."""
        notices = [words for notice_told in self.in_force for words in (notice_told.words, *notice_told.lines)]
        said = [self.verdict, *notices, *self.others, self.looked_up, self.caution]
        return " ".join(filter(None, said))

    @property
    def stamp(self) -> str:
        """Tells these notices from those that another moment would tell, for whoever reads them before they are
        recorded.
        """
        said = [self.lang, self.title, *(notice_told.words for notice_told in self.in_force), *self.others]
        return f"{WATER}:{sha256(repr(said).encode()).hexdigest()[:16]}"

    @property
    def as_given(self) -> dict[str, object]:
        """What `Given.inputs` keeps: when it was looked up, and which notices were in force."""
        notices = [{"id": notice_told.pk, "words": notice_told.words} for notice_told in self.in_force]
        return {"computed": WATER, "at": self.at.isoformat(), "result": notices}


def water_answer(lang: Lang, *, address: Address | None = None, day: date | None = None) -> WaterAnswer:
    """What stands now about water to boil, in that language, for an address when one is given (`street` and `sector`
    read). `day`: another day than today. At most one query a second, and those of the address or of another day.
    """
    moment = clock.now()
    today = moment.astimezone(zone()).date()
    on = day or today
    rows = boil_notices() if on == today else boil_notices(datetime.combine(on, time(12), zone()))
    current = of_stage(rows, Stage.IN_FORCE, on)
    with translation.override(lang):
        door = contact_point_of(current[0].contact or current[0].owner) if current else contact_point_of(None)
        looked_up = quebec.moment(moment, lang, zone())
        return WaterAnswer(
            title=_("Notice to boil water") if current else _("No notice to boil water is known"),
            in_force=tuple(told(row, on) for row in current),
            others=tuple(_others(rows, on, lang)),
            verdict=_verdict(current, address, door) if address and current else "",
            caution=_caution(door, in_force=bool(current)),
            looked_up=_looked_up(looked_up, quebec.day(on, lang), in_force=bool(current), today=on == today),
            at=moment,
            lang=lang,
            external_body=door,
        )


def _verdict(rows: Iterable[RoadNotice], address: Address, door: ContactPoint) -> str:
    result = {touches(row, address) for row in rows}
    place = address.label
    if Touch.YES in result:
        return _("Yes, %(place)s is where the water must be boiled.") % {"place": place}
    if Touch.MAYBE in result:
        words = _("We cannot tell for %(place)s: until you know, boil the water, and call %(door)s.")
        return words % {"place": place, "door": door.words}
    return _("%(place)s is not where the notice applies, as it was published.") % {"place": place}


def _others(rows: Iterable[RoadNotice], on: date, lang: Lang) -> Iterable[str]:
    """What ended a few days ago and what is to come, each in one sentence."""
    known = list(rows)
    for row in of_stage(known, Stage.LIFTED, on):
        yield told(row, on).words
    for row in of_stage(known, Stage.OVER, on):
        end = quebec.day_of_month(row.last_day or on, lang, year=False)
        yield _("Over since %(day)s: %(words)s") % {"day": end, "words": told(row, on).words}
    for row in of_stage(known, Stage.COMING, on):
        yield _("To come: %(words)s") % {"words": told(row, on).words}


def _looked_up(moment: str, day: str, *, in_force: bool, today: bool) -> str:
    if in_force:
        return quebec.one_stop(_("Looked up on %(moment)s.") % {"moment": moment})
    if today:
        words = _("To the Town’s knowledge, no notice to boil water is in force. Looked up on %(moment)s.")
        return quebec.one_stop(words % {"moment": moment})
    words = _("The Town knows of no notice to boil water for %(day)s. Looked up on %(moment)s.")
    return quebec.one_stop(words % {"day": day, "moment": moment})


def _caution(door: ContactPoint, *, in_force: bool) -> str:
    if in_force:
        return _("In doubt about your address, follow the notice and call %(door)s.") % {"door": door.words}
    words = _(
        "That is no proof that the water is good: if yours is cloudy, coloured or smells, do not drink it and call "
        "%(door)s. A notice of the Town says nothing of a private well."
    )
    return words % {"door": door.words}
