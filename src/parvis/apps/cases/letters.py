"""What the citizen receives at each step of a case. Each function takes an entry's id, in the active language."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.merged_cases import head_of, names_hidden
from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.sla_reminders import longest_wait
from parvis.apps.catalogue import promises
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail.letter import Content, Letter, compose
from parvis.lib import quebec
from parvis.lib.ids import show_code
from parvis.lib.languages import clean, pick
from parvis.lib.localized import localized
from parvis.lib.rows import Compiled

_JOINED = ("actor", "case__subject", "case__department", "case__person", "case__external_body", "case__address__street")
_by_id = Compiled(lambda pk: Entry.objects.select_related(*_JOINED).filter(pk=pk))


def receipt(entry_id: int) -> Letter:
    """Says that the request is in, by when it is promised, who has it, and how to follow it.

    One merged into another by then is promised with it.
    """
    entry = _entry(entry_id)
    case, head = entry.case, head_of(entry.case)
    paragraphs = [_("We received your request. Here is what we promise, and how to follow it.")]
    if case.external_body:
        text = _(
            "This belongs to %(door)s%(phone)s: you may call them directly. We keep your request open and follow it up."
        )
        phone = f", {quebec.phone(case.external_body.phone, _lang())}" if case.external_body.phone else ""
        paragraphs.append(text % {"door": case.external_body.name, "phone": phone})
    closing = [_("You follow each step behind the link. If it ends and is not fixed, say so there: it opens again.")]
    pairs = [
        *(_counted(entry) if head is case else [(_("Promised"), _with_others(head, entry))]),
        (_("Department"), case.department.name),
        *_place(case),
        (_("What you told us"), entry.body or "-"),
    ]
    return _letter(
        case,
        _("Request %(ref)s received: %(title)s"),
        paragraphs,
        pairs=pairs,
        keys=_keys(case),
        closing=closing,
        on_paper=[_("You may follow each step on the web. If it ends and is not fixed, tell us: it opens again.")],
    )


def thanked(entry_id: int) -> Letter:
    """Thanks for a comment: passed to whom it concerns, reported, nothing promised."""
    entry = _entry(entry_id)
    case = entry.case
    paragraphs = [
        _("Thank you for your comment. It was passed to %(department)s.") % {"department": case.department.name},
        _("Comments are read and counted; they are reported to the management. No reply is promised."),
    ]
    return _letter(
        case,
        _("Your comment was received, %(ref)s"),
        paragraphs,
        quote=entry.body,
        pairs=_place(case),
        keys=_keys(case),
    )


def asked(entry_id: int) -> Letter:
    """Asks the citizen something; the promise waits meanwhile."""
    entry = _entry(entry_id)
    paragraphs = [_("To go on with your request, we need your answer to this question.")]
    if entry.data["set"].get("pauses"):
        days = promises.duration_words(longest_wait(entry.case.subject), _lang())
        paragraphs.append(
            _("The clock of our promise stands still until you reply, %(days)s at most.") % {"days": days}
        )
    return _letter(
        entry.case,
        _("A question about your request %(ref)s"),
        paragraphs,
        entry=entry,
        action=_("Reply to the question"),
    )


def answered(entry_id: int) -> Letter:
    """Gives the answer of the person who works on the case, without closing it."""
    entry = _entry(entry_id)
    return _letter(
        entry.case,
        _("An answer about your request %(ref)s"),
        [_("Here is what we can tell you.")],
        entry=entry,
        pairs=[(_("Promised"), _promise(entry))] if entry.case.due_at else [],
    )


def new_date(entry_id: int) -> Letter:
    """Tells an honest new date, with its reason."""
    entry = _entry(entry_id)
    return _letter(
        entry.case,
        _("A new date for your request %(ref)s"),
        [_("The date we had promised cannot be kept. Here is why, and the new date.")],
        entry=entry,
        pairs=[(_("New date"), _promise(entry))],
    )


def recounted(entry_id: int) -> Letter:
    """Tells the date that the town's new calendar gives."""
    entry = _entry(entry_id)
    return _letter(
        entry.case,
        _("A new date for your request %(ref)s"),
        [_("The days when our offices are open have changed: the date of your request was counted again.")],
        entry=entry,
        pairs=[(_("New date"), _promise(entry))],
    )


def informed(entry_id: int) -> Letter:
    """Tells what is new of the incident to which the request is joined, without closing it."""
    entry = _entry(entry_id)
    return _letter(
        entry.case,
        _("News about your request %(ref)s"),
        [_("Your request is about something that others told us of too. Here is what is new.")],
        entry=entry,
    )


def visit(entry_id: int) -> Letter:
    """Says which day someone comes, who and what for."""
    entry = _entry(entry_id)
    pairs = [(_("Day of the visit"), quebec.day(date.fromisoformat(entry.gives("visit_on")), _lang()))]
    if entry.case.due_at:
        pairs.append((_("Promised"), _promise(entry)))
    return _letter(
        entry.case,
        _("Someone comes about your request %(ref)s"),
        [_("Here is the day when someone comes. You need not be there, unless the words below say so.")],
        entry=entry,
        pairs=pairs,
    )


def closed(entry_id: int) -> Letter:
    """Says how it ended, in words, and how to say that it is not fixed."""
    entry = _entry(entry_id)
    reason = ClosingReason(entry.data["reason"]).label
    pairs = [(_("How it ended"), str(reason))]
    if entry.proof:
        pairs.append((_("Proof"), entry.proof))
    asks = not entry.case.is_comment
    closing = [
        _("On the page of the request, two questions wait: is it solved, and how was the service? A minute is enough."),
        _("If it is not fixed, or if you were badly served, the same request reopens, one level up."),
    ]
    return _letter(
        entry.case,
        _("Your request %(ref)s is closed"),
        [_("Your request is closed. Here is what was done.")],
        entry=entry,
        pairs=pairs,
        action=_("Give your opinion, or say it is not fixed") if asks else "",
        closing=closing if asks else (),
    )


def reopened(entry_id: int) -> Letter:
    """Says that the same case is open again: one level up with its new promise, or as it was, closed by mistake."""
    entry = _entry(entry_id)
    if entry.data.get("undo"):
        text = _("Your request had been closed by mistake. It is open again, as it was: %(department)s.")
    elif entry.data.get("opinion", {}).get("solved"):
        text = _("You told us you were badly served. The same request is open again, one level up: %(department)s.")
    elif entry.data.get("withdrawn"):
        text = _("You had withdrawn your request. It is open again, one level up: %(department)s.")
    else:
        text = _("You told us it is not fixed. The same request is open again, one level up: %(department)s.")
    return _letter(
        entry.case,
        _("Your request %(ref)s is open again"),
        [text % {"department": head_of(entry.case).department.name}],
        quote=entry.body,
        pairs=[(_("Promised"), _promise(entry))],
    )


def unmerged(entry_id: int) -> Letter:
    """Says that the request, handled with another one until then, is on its own again, and by when it is promised."""
    entry = _entry(entry_id)
    paragraphs = [
        _("We had taken your request for the same thing as another one, and what we told you last was about that one."),
        _("It is not the same. Your request is followed on its own again, with what we had promised."),
    ]
    pairs = [(_("Promised"), _promise(entry))] if entry.case.is_open and entry.case.due_at else []
    return _letter(entry.case, _("Your request %(ref)s is on its own again"), paragraphs, pairs=pairs)


RENDERERS: dict[Entry.Kind, Callable[[int], Letter]] = {
    Entry.Kind.OPENED: receipt,
    Entry.Kind.THANKED: thanked,
    Entry.Kind.ASKED: asked,
    Entry.Kind.ANSWERED: answered,
    Entry.Kind.INFORMED: informed,
    Entry.Kind.PROMISED: new_date,
    Entry.Kind.RECOUNTED: recounted,
    Entry.Kind.VISIT: visit,
    Entry.Kind.CLOSED: closed,
    Entry.Kind.REOPENED: reopened,
    Entry.Kind.UNMERGED: unmerged,
}


def renderer_of(kind: Entry.Kind) -> str:
    """The dotted name of the function that writes the letter of such an entry."""
    return f"{__name__}.{RENDERERS[kind].__name__}"


def link(case: Case) -> str:
    """The citizen's private address of the case."""
    return f"{settings.PARVIS_URL}/suivi/{case.secret}/"


def _entry(entry_id: int) -> Entry:
    entry = _by_id.first(entry_id)
    if entry is None:
        raise Entry.DoesNotExist(entry_id)
    return entry


def _letter(
    case: Case,
    subject: str,
    paragraphs: Sequence[str],
    *,
    entry: Entry | None = None,
    quote: str = "",
    pairs: Sequence[tuple[str, str]] = (),
    keys: Sequence[tuple[str, str]] = (),
    action: str = "",
    closing: Sequence[str] = (),
    on_paper: Sequence[str] = (),
) -> Letter:
    name = case.person.canonical.name if case.person else ""
    content = Content(
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        paragraphs=paragraphs,
        quote=quote or (entry.body if entry else ""),
        quoted=_signature(entry) if entry else "",
        pairs=pairs,
        keys=keys,
        action=action or _("Follow the request"),
        action_url=link(case),
        closing=closing,
        on_paper=on_paper,
    )
    return compose(subject % {"ref": case.reference, "title": pick(case.subject, "title", _lang())}, content)


def _signature(entry: Entry) -> str:
    department = localized(entry.case.department, "name")
    named = entry.actor is not None and names_hidden(entry.case) is None
    return f"{entry.actor.display_name}, {department}" if named and entry.actor else department


def _place(case: Case) -> list[tuple[str, str]]:
    return [(_("Place"), case.full_place)] if case.full_place else []


def _keys(case: Case) -> list[tuple[str, str]]:
    return [(_("Reference"), case.reference), (_("Code"), show_code(case.code))]


def _promise(entry: Entry) -> str:
    """The promise as it stood when the entry was written, whatever happened since."""
    due = entry.gives("due_at")
    return _by(datetime.fromisoformat(due) if due else entry.case.due_at, entry)


def _by(moment: datetime | None, entry: Entry) -> str:
    return promises.written(moment, entry.at, _lang(), working_calendar()) if moment else ""


def _with_others(head: Case, entry: Entry) -> str:
    """The promise of the case that the entry's own is handled with; while it waits, no date of it holds."""
    return _("on hold, we are waiting for someone else") if head.is_paused else _by(head.due_at, entry)


def _counted(entry: Entry) -> list[tuple[str, str]]:
    length = entry.case.promise
    counted = promises.counted_words(length, _lang()) if length else "-"
    return [(_("Promised"), _promise(entry)), (_("How it is counted"), counted), *_taken_by(entry)]


def _taken_by(entry: Entry) -> list[tuple[str, str]]:
    due = entry.data["set"].get("ack_due_at")
    if not due:
        return []
    words = promises.written(datetime.fromisoformat(due), entry.at, _lang(), working_calendar())
    return [(_("Someone takes charge"), words)]


def _lang() -> str:
    return clean(get_language())
