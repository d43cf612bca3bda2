"""What stands on the page of one request, gathered for its template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.forms import Form
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases import due_status, queries, services
from parvis.apps.cases.language_choice import languages_of
from parvis.apps.cases.merged_cases import as_seen_by_citizen
from parvis.apps.cases.models import Case, ClosingReason, Entry, Opinion
from parvis.apps.cases.services.moves import notification_channel
from parvis.apps.directory.models import Department
from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.surfaces.public.follow.forms import MARKS, OpinionForm, SaidForm, WithdrawForm
from parvis.surfaces.public.follow.timeline import timeline
from parvis.surfaces.public.frame import nav


@dataclass(frozen=True)
class Visit:
    """The day someone comes, while it is ahead or today, and the words that told it, in `lang`."""

    day: date
    entry: Entry | None
    lang: str

    @property
    def words(self) -> str:
        return self.entry.body if self.entry else ""


def screen(case: Case, **forms: Any) -> dict[str, Any]:
    """Everything the page shows; `forms` are those that came back, by their slot, and the photos they had kept."""
    entries = queries.journal(case, public=True)
    case = as_seen_by_citizen(case)
    latest = entries[0] if entries else None
    spoken = languages_of(entries)
    visit = _visit(case, entries, spoken)
    return {
        "case": case,
        "together": bool(case.merged_into_id or case.merged_count),
        "state": due_status.state_words(case),
        "row": due_status.row(case, by_week=True),
        "due_words": due_status.due_words(case),
        "counted": "" if _dated_elsewhere(case, entries) else due_status.counted(case),
        "way": notification_channel(case.person),
        "new_date": due_status.date_given(case),
        "ack_words": due_status.ack_words(case),
        "big_date": big_date(case),
        "ends": _ends(case),
        "visit": visit,
        "visit_day": quebec.near_day(visit.day, _today(), _lang()) if visit else "",
        "moments": timeline(case, entries, Department.objects.in_bulk(field_name="slug")),
        "asked": latest if latest and latest.kind == Entry.Kind.ASKED else None,
        "latest_lang": spoken[latest.seq] if latest else "",
        "closing": ClosingReason(case.closing_reason).in_sentence if case.closing_reason else "",
        "closing_entry": latest if latest and not case.is_open and latest.kind == Entry.Kind.CLOSED else None,
        "may_reopen": not case.is_open and not case.is_comment,
        "reply_form": SaidForm(initial={"since": case.seq}, auto_id="reply_%s"),
        "not_fixed_form": SaidForm(initial={"since": case.seq}, auto_id="not_fixed_%s"),
        "withdraw_form": WithdrawForm(initial={"since": case.seq}, auto_id="withdraw_%s"),
        "public_nav": nav("track"),
        "came_back": came_back(forms),
        **_opinion(case, entries),
        **forms,
    }


def _dated_elsewhere(case: Case, entries: list[Entry]) -> bool:
    """Whether its date is still the one that an earlier system had given: no count of ours leads to it."""
    opening = entries[-1] if entries else None
    return bool(case.promised_at is None and opening and "imported" in opening.data and opening.gives("due_at"))


def _opinion(case: Case, entries: list[Entry]) -> dict[str, Any]:
    """The two questions while they are asked, and what was answered to them so far."""
    if not services.asks_opinion(case):
        return {}
    closing = next((entry for entry in entries if entry.kind == Entry.Kind.CLOSED), None)
    given = Opinion.objects.filter(closing=closing).first() if closing else None
    said: dict[str, Any] = {"closing": closing.seq if closing else None}
    if given:
        said |= {"solved": "yes" if given.solved else "no", "mark": str(given.mark), "words": given.words}
    until = working_calendar().local(case.closed_at + services.ASKED_FOR) if case.closed_at else None
    return {
        "opinion_form": OpinionForm(initial=said, auto_id="opinion_%s"),
        "opinion": given,
        "opinion_mark": dict(MARKS).get(str(given.mark), "") if given else "",
        "opinion_until": quebec.day_of_month(until.date(), _lang()) if until else "",
    }


def late_opinion(case: Case, closing: int) -> str:
    """What is said of an opinion that comes too late: what was kept, and when, and what may still be said."""
    given = Opinion.objects.filter(closing__case=case, closing__seq=closing).first()
    shown = as_seen_by_citizen(case)
    if given:
        told = {"day": _day(given.changed_at or given.given_at), "mark": given.mark}
        solved = _("Your opinion of %(day)s is kept: solved, service %(mark)s of 5.")
        first = (
            solved if given.solved else _("Your opinion of %(day)s is kept: not solved, service %(mark)s of 5.")
        ) % told
    elif shown.is_open:
        first = _("Thank you for your opinion. The request was opened again meanwhile: we ask for it when it closes.")
    elif shown.closed_at and not services.asks_opinion(shown):
        until = _day(shown.closed_at + services.ASKED_FOR)
        first = _("Thank you for your opinion. It was asked until %(day)s, and can no longer be counted.") % {
            "day": until
        }
    else:
        first = _("Thank you for your opinion. The request was closed anew meanwhile: give it on this closing.")
    if shown.is_open:
        return first + " " + _("To say more, write below: whoever works on it reads you.")
    return first + " " + _("If something is still wrong, say it below: the same request opens again.")


def _day(moment: datetime) -> str:
    return quebec.day_of_month(working_calendar().local(moment).date(), _lang())


def _visit(case: Case, entries: list[Entry], spoken: Mapping[int, str]) -> Visit | None:
    if not case.is_open or case.visit_on is None or case.visit_on < _today():
        return None
    told = next((entry for entry in entries if entry.kind == Entry.Kind.VISIT), None)
    return Visit(case.visit_on, told, spoken[told.seq] if told else "")


def big_date(case: Case) -> SafeString | str:
    """The day promised, its number the largest thing of the page."""
    if case.due_at is None:
        return ""
    day = working_calendar().local(case.due_at).date()
    text = quebec.day_of_month(day, _lang(), year=day.year != _today().year)
    before, number, after = text.partition(str(day.day))
    return format_html("{}<b>{}</b>{}", before, number, after)


def _ends(case: Case) -> dict[str, str]:
    """What stands under the stones: the first day, today's place, the last day."""
    place = due_status.day_of(case)
    if case.due_at is None:
        return {}
    calendar = working_calendar()
    first, last = calendar.local(case.opened_at).date(), calendar.local(case.due_at).date()
    here = _("Today, day %(at)d of %(total)d") % {"at": place[0], "total": place[1]} if place else ""
    since = quebec.day_of_month(first, _lang(), year=(last - first).days > quebec.HALF_A_YEAR)
    start = _("Received on %(day)s") % {"day": since}
    return {"start": start, "here": here, "end": quebec.day_of_month(last, _lang())}


def came_back(forms: dict[str, Any]) -> bool:
    """Whether one of these forms was sent and refused."""
    return any(isinstance(form, Form) and form.errors for form in forms.values())


def _today() -> date:
    return working_calendar().local(now()).date()


def _lang() -> str:
    return get_language() or "fr"
