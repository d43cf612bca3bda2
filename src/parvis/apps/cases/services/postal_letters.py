"""Letters on paper, printed and posted by hand; what stands in for an e-mail that was lost."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.journal import EntryDraft, write
from parvis.apps.cases.models import Entry, PaperLetter
from parvis.apps.cases.services.moves import ask_for_paper, lock
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, NotFound


@transaction.atomic
def print_instead(*, entry_id: int, refusal: str) -> PaperLetter | None:
    """Puts on paper the letter of an entry whose e-mail was refused for good, once; `refusal` is the server's words.

    Without a postal address the journal says, once, that nobody could be told, and the case wears it until the next
    step that reaches the citizen; None then, and when the entry's words were erased by law.
    """
    entry = Entry.objects.select_related("case__person__address__street").filter(pk=entry_id).first()
    if entry is None or entry.notified_via != Entry.NotifiedVia.EMAIL or not entry.salt:
        return None
    person = entry.case.person.canonical if entry.case.person else None
    if person and person.postal_address:
        return ask_for_paper(entry, person, instead_of=refusal or "-")
    case = lock(entry.case_id)
    if not case.entries.filter(kind=Entry.Kind.UNTOLD, data__entry=entry.seq).exists():
        write(
            case, EntryDraft(Entry.Kind.UNTOLD, body=refusal, data={"entry": entry.seq}), notification_failed_at=now()
        )
    return None


@transaction.atomic
def mark_posted(*, letter_ids: Sequence[int], by: User) -> list[PaperLetter]:
    """Says that these letters were printed and posted; those posted before are left alone. Returns the others."""
    _refuse_unless_printing(by)
    waiting = PaperLetter.objects.select_for_update().filter(pk__in=letter_ids, posted_at=None).order_by("pk")
    posted = list(waiting)
    for letter in posted:
        letter.posted_at, letter.posted_by = now(), by
    PaperLetter.objects.bulk_update(posted, ["posted_at", "posted_by"])
    return posted


@transaction.atomic
def not_posted(*, letter_ids: Sequence[int], by: User) -> None:
    """Takes back what `mark_posted` said of these letters: they are to print again.

    Raises NotFound for an unknown one, Conflict when a colleague said it: only they, or nobody, take it back.
    """
    _refuse_unless_printing(by)
    letters = list(PaperLetter.objects.select_for_update().filter(pk__in=letter_ids))
    if len(letters) != len(set(letter_ids)):
        raise NotFound(_("This letter does not exist."))
    if any(letter.posted_by_id not in (None, by.pk) for letter in letters):
        raise Conflict(_("A colleague posted this letter."))
    PaperLetter.objects.filter(pk__in=letter_ids).update(posted_at=None, posted_by=None)


def _refuse_unless_printing(by: User) -> None:
    if not by.may(Action.PRINT_LETTER):
        raise NotAllowed(_("Your role does not print letters."))
