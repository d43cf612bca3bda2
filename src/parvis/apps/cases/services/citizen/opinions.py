"""The citizen's opinion of a closing: two questions, one opinion per closing; a bad one reopens the case."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry, Opinion
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.citizen.citizen import reopen
from parvis.apps.cases.services.transitions import lock_with_head, refuse_state
from parvis.apps.directory.models import Actor
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, type_text
from parvis.lib.i18n.languages import clean

ASKED_FOR = timedelta(days=30)
MARKS = range(1, 6)
LONGEST = 5_000


@transaction.atomic
def give_opinion(
    *, case_id: int, closing: int, solved: bool | None, mark: int | None, words: str = "", language: str = "fr"
) -> Opinion:
    """Saves or replaces the citizen's opinion of the closing that is entry number `closing`.

    Not solved, or a mark of 1 or 2, reopens the case one level up in the same transaction (DESIGN 5.3), with both
    answers in the entry. The same opinion again changes nothing. Raises Invalid (fields solved, mark, words), and
    Conflict when the case changed since, or when no opinion is asked of this closing (`asks_opinion`).
    """
    answers = _validated(solved, mark, words)
    case, head = lock_with_head(case_id)
    previous = Opinion.objects.select_for_update().filter(closing__case=case, closing__seq=closing).first()
    if previous and (previous.solved, previous.mark, previous.words) == answers:
        return previous
    refuse_state(head, Transition.NOT_FIXED)
    entry = last_closing(case)
    if entry is None or entry.seq != closing or not asks_opinion(head):
        raise Conflict(_("This request changed since the page was shown. Look at it as it is now."))
    opinion = previous or Opinion(closing=entry, case=case, department_id=head.department_id, given_at=now())
    opinion.solved, opinion.mark, opinion.words = answers
    opinion.language = clean(language)
    opinion.changed_at = now() if previous else None
    if is_bad(opinion.solved, opinion.mark):
        data = {"opinion": {"solved": opinion.solved, "mark": opinion.mark}}
        opinion.reopening = reopen(case, head, body=opinion.words, data=data, by=Actor.citizen())
    opinion.seal = opinion.sealed()
    opinion.save()
    return opinion


def is_bad(solved: bool, mark: int) -> bool:
    """Whether this opinion reopens the case: not solved, or badly served."""
    return not solved or mark <= Opinion.BAD


def last_closing(case: Case) -> Entry | None:
    """The entry that closed the case; None when it is open."""
    return None if case.is_open else case.entries.filter(kind=Entry.Kind.CLOSED).order_by("-seq").first()


def asks_opinion(case: Case) -> bool:
    """Whether the citizen is asked now: closed in the last 30 days, and neither a comment, withdrawn nor imported."""
    if case.is_open or case.is_comment or case.closed_at is None:
        return False
    if case.closing_reason in (ClosingReason.WITHDRAWN, ClosingReason.EARLIER):
        return False
    return now() < case.closed_at + ASKED_FOR


def _validated(solved: bool | None, mark: int | None, words: str) -> tuple[bool, int, str]:
    errors: dict[str, type_text] = {}
    if solved is None:
        errors["solved"] = _("Say whether it is solved.")
    if mark not in MARKS:
        errors["mark"] = _("Choose a mark from 1 to 5.")
    if len(words) > LONGEST:
        errors["words"] = _("This is too long: keep it under 5,000 characters.")
    if errors or solved is None or mark is None:
        raise Invalid(_("Two answers are needed."), errors)
    return solved, mark, words.strip()
