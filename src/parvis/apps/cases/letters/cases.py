"""Letters to the citizen at each step of a case. Each renderer takes an entry's id and uses the active language."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.merged_cases import head_of, names_hidden
from parvis.apps.cases.queries.sla_reminders import longest_wait
from parvis.apps.cases.rules.kinds import ADDED
from parvis.apps.catalogue.rules import promises
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib import quebec
from parvis.lib.database.rows import Compiled
from parvis.lib.i18n.languages import clean, pick
from parvis.lib.i18n.localized import localized
from parvis.lib.ids import show_code

_JOINED = ("actor", "case__subject", "case__department", "case__person", "case__external_body", "case__address__street")
_by_id = Compiled(lambda pk: Entry.objects.select_related(*_JOINED).filter(pk=pk))


def receipt(entry_id: int) -> Letter:
    """Acknowledges the request: the due date, the department, how to follow it.

    If already merged, gives the due date of the case it is merged into.
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
        *(_promise_pairs(entry) if head is case else [(_("Promised"), _promise_of_head(head, entry))]),
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
    """Thanks for a comment; promises nothing."""
    entry = _entry(entry_id)
    case = entry.case
    paragraphs = [
        _("Thank you for your comment. It was passed to %(department)s.") % {"department": case.department.name},
        _("Comments are read and counted; they are reported to the management. No reply is promised."),
    ]
    subject = _("Your comment was received, %(ref)s")
    return _letter(case, subject, paragraphs, quote=entry.body, pairs=_place(case), keys=_keys(case))


def asked(entry_id: int) -> Letter:
    """Asks the citizen a question; the promise is paused meanwhile."""
    entry = _entry(entry_id)
    paragraphs = [_("To go on with your request, we need your answer to this question.")]
    if entry.data["set"].get("pauses"):
        days = promises.duration_words(longest_wait(entry.case.subject), _lang())
        paragraphs.append(
            _("The clock of our promise stands still until you reply, %(days)s at most.") % {"days": days}
        )
    subject = _("A question about your request %(ref)s")
    return _letter(entry.case, subject, paragraphs, entry=entry, action=_("Reply to the question"))


def answered(entry_id: int) -> Letter:
    """Answers the citizen without closing the case."""
    entry = _entry(entry_id)
    pairs = [(_("Promised"), _promise(entry))] if entry.case.due_at else []
    subject = _("An answer about your request %(ref)s")
    return _letter(entry.case, subject, [_("Here is what we can tell you.")], entry=entry, pairs=pairs)


def new_date(entry_id: int) -> Letter:
    """Gives a new due date, with its reason."""
    return _new_date(entry_id, _("The date we had promised cannot be kept. Here is why, and the new date."))


def recounted(entry_id: int) -> Letter:
    """Gives the due date recalculated after a calendar change."""
    text = _("The days when our offices are open have changed: the date of your request was counted again.")
    return _new_date(entry_id, text)


def _new_date(entry_id: int, text: str) -> Letter:
    entry = _entry(entry_id)
    pairs = [(_("New date"), _promise(entry))]
    return _letter(entry.case, _("A new date for your request %(ref)s"), [text], entry=entry, pairs=pairs)


def informed(entry_id: int) -> Letter:
    """Gives news of the incident to which the case is joined, without closing it."""
    entry = _entry(entry_id)
    text = _("Your request is about something that others told us of too. Here is what is new.")
    return _letter(entry.case, _("News about your request %(ref)s"), [text], entry=entry)


def visit(entry_id: int) -> Letter:
    """Announces the day of a visit, by whom and what for."""
    entry = _entry(entry_id)
    pairs = [(_("Day of the visit"), quebec.day(date.fromisoformat(entry.gives("visit_on")), _lang()))]
    if entry.case.due_at:
        pairs.append((_("Promised"), _promise(entry)))
    text = _("Here is the day when someone comes. You need not be there, unless the words below say so.")
    return _letter(entry.case, _("Someone comes about your request %(ref)s"), [text], entry=entry, pairs=pairs)


def closed(entry_id: int) -> Letter:
    """Says how the case was closed, and how to report that it is not fixed."""
    entry = _entry(entry_id)
    reason = ClosingReason(entry.data["reason"]).label
    pairs = [(_("How it ended"), str(reason))]
    if entry.proof:
        pairs.append((_("Proof"), entry.proof))
    asks_opinion = not entry.case.is_comment
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
        action=_("Give your opinion, or say it is not fixed") if asks_opinion else "",
        closing=closing if asks_opinion else (),
    )


def reopened(entry_id: int) -> Letter:
    """Says that the case is open again: one level up with a new promise, or as before after a closing by mistake."""
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
    """Says that a merged request is handled on its own again, and its due date."""
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


def renderer_of(kind: str) -> str:
    """The dotted name of the function that renders the letter of such an entry, from its key.

    Raises KeyError for a kind that has no letter.
    """
    if kind in RENDERERS:
        return f"{__name__}.{RENDERERS[Entry.Kind(kind)].__name__}"
    if ADDED[kind].letter:
        return ADDED[kind].letter
    raise KeyError(kind)


def renderers() -> list[str]:
    """The dotted names of all that render the letter of an entry."""
    return [*map(renderer_of, RENDERERS), *(kind.letter for kind in ADDED.values() if kind.letter)]


def link(case: Case) -> str:
    """The citizen's private URL of the case."""
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
    if entry.actor is None or names_hidden(entry.case):
        return department
    return f"{entry.actor.display_name}, {department}"


def _place(case: Case) -> list[tuple[str, str]]:
    return [(_("Place"), case.full_place)] if case.full_place else []


def _keys(case: Case) -> list[tuple[str, str]]:
    return [(_("Reference"), case.reference), (_("Code"), show_code(case.code))]


def _promise(entry: Entry) -> str:
    """The due date when the entry was written, whatever happened since."""
    due = entry.gives("due_at")
    return _date_words(datetime.fromisoformat(due) if due else entry.case.due_at, entry)


def _date_words(moment: datetime | None, entry: Entry) -> str:
    return promises.written(moment, entry.at, _lang(), working_calendar()) if moment else ""


def _promise_of_head(head: Case, entry: Entry) -> str:
    """The due date of the case it is merged into; none is given while that case is paused."""
    return _("on hold, we are waiting for someone else") if head.is_paused else _date_words(head.due_at, entry)


def _promise_pairs(entry: Entry) -> list[tuple[str, str]]:
    length, ack_due = entry.case.promise, entry.data["set"].get("ack_due_at")
    counted = promises.counted_words(length, _lang()) if length else "-"
    pairs = [(_("Promised"), _promise(entry)), (_("How it is counted"), counted)]
    if ack_due:
        pairs.append((_("Someone takes charge"), _date_words(datetime.fromisoformat(ack_due), entry)))
    return pairs


def _lang() -> str:
    return clean(get_language())
