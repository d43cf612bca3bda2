"""What a message starts with when it is composed from an incident, a road or water notice, a snow operation."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.cases.models import Incident
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.rules.content import AGENTS, BASE, SHORT, Words
from parvis.apps.outreach.rules.limits import PANEL, SAY, TEXT, TITLE, shortened
from parvis.apps.outreach.services.drafts import MessageDraft
from parvis.apps.outreach.services.templates import without_refused_english
from parvis.apps.schedules.models import Declaration, RoadNotice
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.works import URGENT
from parvis.apps.schedules.rules.nights import Word
from parvis.lib import clock, quebec

EVERYWHERE = ("site", "panels", "push", "facebook", "mastodon", "letters", "texts")
MORNING = time(7)
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)  # ends that are proposed when none is known


@dataclass(frozen=True)
class Source:
    """The first draft, and the rows it comes from."""

    draft: MessageDraft = field(default_factory=lambda: MessageDraft(channels=("site",)))
    origin: dict[str, Any] = field(default_factory=dict)


def of(
    *, incident: Incident | None = None, notice: RoadNotice | None = None, night: Declaration | None = None
) -> Source:
    """The first words of a message about one of these; empty words about none."""
    if incident is not None:
        return _incident(incident)
    if notice is not None:
        return _notice(notice)
    return _night(night) if night is not None else Source()


def _incident(incident: Incident) -> Source:
    said = incident.notice
    versions = {
        (BASE, "fr"): Words(said.title_fr[:TITLE], (said.news_fr or said.say_fr)[:TEXT]),
        (SHORT, "fr"): Words("", _short(said.title_fr, said.place_fr)),
        (AGENTS, "fr"): Words("", said.say_fr[:SAY]),
    }
    if english := said.news_en or said.say_en:
        versions |= {
            (BASE, "en"): Words(said.title_en[:TITLE], english[:TEXT]),
            (SHORT, "en"): Words("", _short(said.title_en, said.place_en)),
            (AGENTS, "en"): Words("", said.say_en[:SAY]),
        }
    draft = MessageDraft(
        kind=Message.Kind.NOTICE,
        urgency=Message.Urgency.URGENT,
        channels=(*EVERYWHERE, "banner"),
        versions=versions,
        sectors=[said.sector_id] if said.sector_id else [],
        streets=[said.street_id] if said.street_id else [],
        subject_id=said.subject_id,
        expires_at=_end(said.until, A_DAY),
    )
    return Source(without_refused_english(draft), {"incident": incident})


def _notice(notice: RoadNotice) -> Source:
    water = notice.kind in URGENT
    text = " ".join(part for part in (notice.details_fr, notice.detour_fr, notice.parking_fr) if part)
    english = " ".join(part for part in (notice.details_en, notice.detour_en, notice.parking_en) if part)
    last = notice.last_day
    versions = {
        (BASE, "fr"): Words(f"{notice.nature_fr}, {notice.place_fr}"[:TITLE], text or notice.nature_fr),
        (SHORT, "fr"): Words("", _short(notice.nature_fr, notice.place_fr, _until(last))),
    }
    if water and notice.nature_en and english:
        place = notice.place_en or notice.place_fr
        versions[BASE, "en"] = Words(f"{notice.nature_en}, {place}"[:TITLE], english)
        versions[SHORT, "en"] = Words("", _short(notice.nature_en, place))
    until = datetime.combine(last + timedelta(days=1), time(0), zone()) if last else None
    draft = MessageDraft(
        kind=Message.Kind.WATER if water else Message.Kind.WORKS,
        urgency=Message.Urgency.URGENT if water else Message.Urgency.NORMAL,
        channels=(*EVERYWHERE, "banner", "cap", "voice") if water else EVERYWHERE,
        versions=versions,
        sectors=[notice.sector_id] if notice.sector_id else [],
        streets=[notice.street_id] if notice.street_id else [],
        expires_at=_end(until, A_WEEK),
    )
    return Source(draft, {"road_notice": notice})


def _night(night: Declaration) -> Source:
    on = night.word == Word.ON
    with translation.override("fr"):
        title = _("No parking in the street tonight") if on else _("Parking in the street is allowed tonight")
        text = _("In the evening of %(day)s, until 7:00 the next morning.") % {"day": _day(night)}
        short = _("%(title)s, until 7:00 tomorrow morning.") % {"title": title} if on else title
    draft = MessageDraft(
        kind=Message.Kind.PARKING,
        urgency=Message.Urgency.URGENT if on else Message.Urgency.NORMAL,
        channels=(*EVERYWHERE, "banner"),
        versions={(BASE, "fr"): Words(title, text), (SHORT, "fr"): Words("", shortened(short, PANEL))},
        expires_at=datetime.combine(night.night + timedelta(days=1), MORNING, zone()),
    )
    return Source(draft, {"declaration": night})


def _short(what: str, where: str, until: str = "") -> str:
    """What and where, and until when if it fits, as the smallest channel holds it."""
    parts = ", ".join(part for part in (what, where) if part)
    whole = f"{parts}, {until}" if until else parts
    return whole if len(whole) <= PANEL else shortened(parts, PANEL)


def _end(known: datetime | None, proposed: timedelta) -> datetime:
    """The end that is known, when it is to come; else a full hour after `proposed`, which the writer checks."""
    moment = clock.now()
    if known is not None and known > moment:
        return known
    return (moment + proposed).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _until(last: date | None) -> str:
    if last is None:
        return ""
    with translation.override("fr"):
        return _("until %(day)s") % {"day": quebec.day(last, "fr", year=False)}


def _day(night: Declaration) -> str:
    today = night.night == timezone.localdate(clock.now())
    return pgettext("evening", "today") if today else quebec.day(night.night, "fr", year=False)
