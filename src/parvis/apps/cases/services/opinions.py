"""What the citizen thinks of a closing: two questions, one opinion for each closing, and what a bad one does."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry, Opinion
from parvis.apps.cases.services.citizen import reopen
from parvis.apps.cases.services.moves import lock_with_head, refuse_state
from parvis.apps.cases.states import Move
from parvis.apps.directory.actors import Actor
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, type_text
from parvis.lib.languages import clean

ASKED_FOR = timedelta(days=30)
MARKS = range(1, 6)
LONGEST = 5_000


@transaction.atomic
def give_opinion(
    *, case_id: int, closing: int, solved: bool | None, mark: int | None, words: str = "", language: str = "fr"
) -> Opinion:
    """Keeps the citizen's opinion of the closing that is entry number `closing`, or replaces it with this one.

    Not solved, or a mark of 1 or 2, reopens the case one level up in the same transaction (DESIGN 5.3): the entry says
    the two answers, both closings stay. The same opinion again changes nothing. Raises Invalid (fields solved, mark,
    words), and Conflict when the case went on since, or when the closing is not one that is asked about
    (`asks_opinion`).
    """
    said = _checked(solved, mark, words)
    case, head = lock_with_head(case_id)
    before = Opinion.objects.select_for_update().filter(closing__case=case, closing__seq=closing).first()
    if before and (before.solved, before.mark, before.words) == said:
        return before
    refuse_state(head, Move.NOT_FIXED)
    entry = last_closing(case)
    if entry is None or entry.seq != closing or not asks_opinion(head):
        raise Conflict(_("This request changed since the page was shown. Look at it as it is now."))
    opinion = before or Opinion(closing=entry, case=case, department_id=head.department_id, given_at=now())
    opinion.solved, opinion.mark, opinion.words = said
    opinion.language = clean(language)
    opinion.changed_at = now() if before else None
    if is_bad(opinion.solved, opinion.mark):
        data = {"opinion": {"solved": opinion.solved, "mark": opinion.mark}}
        opinion.reopening = reopen(case, head, body=opinion.words, data=data, by=Actor.citizen())
    opinion.save()
    return opinion


def is_bad(solved: bool, mark: int) -> bool:
    """Whether such an opinion reopens the case: not solved, or badly served."""
    return not solved or mark <= Opinion.BAD


def last_closing(case: Case) -> Entry | None:
    """The entry that closed the case, while it is closed."""
    return None if case.is_open else case.entries.filter(kind=Entry.Kind.CLOSED).order_by("-seq").first()


def asks_opinion(case: Case) -> bool:
    """Whether the citizen is asked now: a closing of the last 30 days, neither a comment's nor their own withdrawal."""
    left = (ClosingReason.WITHDRAWN, ClosingReason.EARLIER)
    if case.is_open or case.is_comment or case.closed_at is None or case.closing_reason in left:
        return False
    return now() < case.closed_at + ASKED_FOR


def _checked(solved: bool | None, mark: int | None, words: str) -> tuple[bool, int, str]:
    wrong: dict[str, type_text] = {}
    if solved is None:
        wrong["solved"] = _("Say whether it is solved.")
    if mark not in MARKS:
        wrong["mark"] = _("Choose a mark from 1 to 5.")
    if len(words) > LONGEST:
        wrong["words"] = _("This is too long: keep it under 5,000 characters.")
    if wrong or solved is None or mark is None:
        raise Invalid(_("Two answers are needed."), wrong)
    return solved, mark, words.strip()
