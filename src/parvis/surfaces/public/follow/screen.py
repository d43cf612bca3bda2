"""The data of a request's page, prepared for its template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.forms import Form
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, CaseNotification, ClosingReason, Entry, Opinion
from parvis.apps.cases.queries import cases, due_status
from parvis.apps.cases.queries.citizens.citizen_cases import is_kept, is_listed, may_correct
from parvis.apps.cases.queries.citizens.means import Means, usable
from parvis.apps.cases.queries.language_choice import languages_of
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.cases.services.citizen.opinions import ASKED_FOR, asks_opinion
from parvis.apps.cases.services.transitions import channel_to
from parvis.apps.directory.models import Department
from parvis.apps.directory.queries import working_calendar
from parvis.apps.residents.models import Account
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.follow.forms import MARKS, MessageForm, OpinionForm, WithdrawForm
from parvis.surfaces.public.follow.timeline import timeline
from parvis.surfaces.public.frame import nav

Via = CaseNotification.Via


@dataclass(frozen=True)
class Visit:
    """The day of a planned visit, today or later, and the entry that announced it, in `lang`."""

    day: date
    entry: Entry | None
    lang: str

    @property
    def words(self) -> str:
        return self.entry.body if self.entry else ""


def screen(case: Case, **forms: Any) -> dict[str, Any]:
    """Everything the page shows; `forms` are the refused forms by their slot, with the photos they had stored."""
    entries = cases.journal(case, public=True)
    case = as_seen_by_citizen(case)
    latest = entries[0] if entries else None
    language_of = languages_of(entries)
    visit = _visit(case, entries, language_of)
    way = channel_to(case, writes_again=True)
    return {
        "case": case,
        "together": bool(case.merged_into_id or case.merged_count),
        "state": due_status.state_words(case),
        "row": due_status.row(case, by_week=True),
        "due_words": due_status.due_words(case),
        "counted": "" if _has_imported_date(case, entries) else due_status.counted(case),
        "way": way,
        "told": _told(case),
        "may_correct": may_correct(case),
        "new_date": due_status.date_given(case),
        "ack_words": due_status.ack_words(case),
        "big_date": big_date(case),
        "ends": _ends(case),
        "visit": visit,
        "visit_day": quebec.near_day(visit.day, _today(), language()) if visit else "",
        "moments": timeline(case, entries, Department.objects.in_bulk(field_name="slug")),
        "asked": latest if latest and latest.kind == Entry.Kind.ASKED else None,
        "latest_lang": language_of[latest.seq] if latest else "",
        "closing": ClosingReason(case.closing_reason).in_sentence if case.closing_reason else "",
        "closing_entry": latest if latest and not case.is_open and latest.kind == Entry.Kind.CLOSED else None,
        "may_reopen": not case.is_open and not case.is_comment,
        "reply_form": MessageForm(initial={"since": case.seq}, auto_id="reply_%s"),
        "not_fixed_form": MessageForm(initial={"since": case.seq}, auto_id="not_fixed_%s"),
        "withdraw_form": WithdrawForm(initial={"since": case.seq}, auto_id="withdraw_%s"),
        "public_nav": nav("file"),
        "came_back": came_back(forms),
        **_opinion(case, entries),
        **forms,
    }


def kept_by(account: Account | None, case: Case) -> dict[str, Any]:
    """Whether someone is signed in, and has this request in their list; one that they kept may be taken out of it."""
    if account is None:
        return {"account": None}
    return {"account": account, "listed": is_listed(account, case), "kept": is_kept(account, case)}


def _told(case: Case) -> list[tuple[str, str]]:
    """The means that the citizen chose and that work: (words, address or number); none when they chose none."""
    words = {Via.EMAIL: _("By e-mail"), Via.TEXT: _("By text message"), Via.PUSH: _("By a notice on a device")}
    return [(words[Via(each.via)], _target(each)) for each in usable(case)]


def _target(means: Means) -> str:
    """The address or the number in full; "" for a device, which has no name."""
    if means.via == Via.TEXT:
        return quebec.phone(means.target, language())
    return means.target if means.via == Via.EMAIL else ""


def _has_imported_date(case: Case, entries: list[Entry]) -> bool:
    """Whether the due date is still the one imported from an earlier system, which no working-day count explains."""
    opening = entries[-1] if entries else None
    return bool(case.promised_at is None and opening and "imported" in opening.data and opening.gives("due_at"))


def _opinion(case: Case, entries: list[Entry]) -> dict[str, Any]:
    """The two questions on a closed request while they are open, and the opinion given so far."""
    if not asks_opinion(case):
        return {}
    closing = next((entry for entry in entries if entry.kind == Entry.Kind.CLOSED), None)
    opinion = Opinion.objects.filter(closing=closing).first() if closing else None
    initial: dict[str, Any] = {"closing": closing.seq if closing else None}
    if opinion:
        initial |= {"solved": "yes" if opinion.solved else "no", "mark": str(opinion.mark), "words": opinion.words}
    return {
        "opinion_form": OpinionForm(initial=initial, auto_id="opinion_%s"),
        "opinion": opinion,
        "opinion_mark": dict(MARKS).get(str(opinion.mark), "") if opinion else "",
        "opinion_until": _day(case.closed_at + ASKED_FOR) if case.closed_at else "",
    }


def late_opinion(case: Case, closing: int) -> str:
    """The reply to an opinion that comes too late: the one already recorded, if any, and what is still possible."""
    opinion = Opinion.objects.filter(closing__case=case, closing__seq=closing).first()
    case = as_seen_by_citizen(case)
    if opinion:
        solved = _("Your opinion of %(day)s is kept: solved, service %(mark)s of 5.")
        not_solved = _("Your opinion of %(day)s is kept: not solved, service %(mark)s of 5.")
        values = {"day": _day(opinion.changed_at or opinion.given_at), "mark": opinion.mark}
        reply = (solved if opinion.solved else not_solved) % values
    elif case.is_open:
        reply = _("Thank you for your opinion. The request was opened again meanwhile: we ask for it when it closes.")
    elif case.closed_at and not asks_opinion(case):
        too_late = _("Thank you for your opinion. It was asked until %(day)s, and can no longer be counted.")
        reply = too_late % {"day": _day(case.closed_at + ASKED_FOR)}
    else:
        reply = _("Thank you for your opinion. The request was closed anew meanwhile: give it on this closing.")
    if case.is_open:
        return reply + " " + _("To say more, write below: whoever works on it reads you.")
    return reply + " " + _("If something is still wrong, say it below: the same request opens again.")


def _day(moment: datetime) -> str:
    return quebec.day_of_month(working_calendar().local(moment).date(), language())


def _visit(case: Case, entries: list[Entry], language_of: Mapping[int, str]) -> Visit | None:
    if not case.is_open or case.visit_on is None or case.visit_on < _today():
        return None
    entry = next((entry for entry in entries if entry.kind == Entry.Kind.VISIT), None)
    return Visit(case.visit_on, entry, language_of[entry.seq] if entry else "")


def big_date(case: Case) -> SafeString | str:
    """The promised day, with its number in <b>, the largest element of the page."""
    if case.due_at is None:
        return ""
    day = working_calendar().local(case.due_at).date()
    text = quebec.day_of_month(day, language(), year=day.year != _today().year)
    before, number, after = text.partition(str(day.day))
    return format_html("{}<b>{}</b>{}", before, number, after)


def _ends(case: Case) -> dict[str, str]:
    """The labels under the progress bar: the first day, the current day, the last day."""
    progress = due_status.day_of(case)
    if case.due_at is None:
        return {}
    calendar = working_calendar()
    first, last = calendar.local(case.opened_at).date(), calendar.local(case.due_at).date()
    here = _("Today, day %(at)d of %(total)d") % {"at": progress[0], "total": progress[1]} if progress else ""
    since = quebec.day_of_month(first, language(), year=(last - first).days > quebec.HALF_A_YEAR)
    start = _("Received on %(day)s") % {"day": since}
    return {"start": start, "here": here, "end": quebec.day_of_month(last, language())}


def came_back(forms: dict[str, Any]) -> bool:
    """Whether one of these forms was refused."""
    return any(isinstance(form, Form) and form.errors for form in forms.values())


def _today() -> date:
    return working_calendar().local(now()).date()
