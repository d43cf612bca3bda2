"""Paper letters, printed and posted by hand; also the fallback for undeliverable e-mail."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.letters.postal_letters import openable
from parvis.apps.cases.models import Entry, PaperLetter
from parvis.apps.cases.queries.citizens.means import via_of
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import ask_for_paper, lock_case, send_letter
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outbox.models import UNDELIVERED
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound

WRITTEN = (Entry.NotifiedVia.EMAIL, Entry.NotifiedVia.TEXT, Entry.NotifiedVia.PUSH)


@transaction.atomic
def print_instead(*, entry_id: int, refusal: str) -> PaperLetter | None:
    """Prints the letter of an entry whose e-mail or texts failed for good, once; `refusal` is the server's message.

    Without a postal address, records once that the citizen could not be reached, which the case shows until they are;
    returns None then, and when the entry's words were erased by law.
    """
    entry = Entry.objects.select_related("case__person__address__street").filter(pk=entry_id).first()
    if entry is None or entry.notified_via not in WRITTEN or not entry.salt:
        return None
    person = entry.case.person.canonical if entry.case.person else None
    if person and person.postal_address:
        return ask_for_paper(entry, person, instead_of=refusal or "-")
    case = lock_case(entry.case_id)
    if not case.entries.filter(kind=Entry.Kind.UNNOTIFIED, data__entry=entry.seq).exists():
        line = EntryDraft(Entry.Kind.UNNOTIFIED, body=refusal, data={"entry": entry.seq})
        write_entry(case, line, notification_failed_at=now())
    return None


@transaction.atomic
def write_instead(*, entry_id: int) -> bool:
    """Queues the e-mail of an entry whose texts or notices failed for good, once; whether there is one on its way.

    False without an address in the file, when the e-mail was refused too, or when the citizen wishes none.
    """
    entry = Entry.objects.select_related("case__person__merged_into").get(pk=entry_id)
    person = entry.case.person.canonical if entry.case.person else None
    if person is None or not person.writes_to or Entry.NotifiedVia.EMAIL in via_of(entry):
        return False
    return send_letter(entry.case, entry, person.writes_to).state not in UNDELIVERED


@transaction.atomic
def mark_posted(*, letter_ids: Sequence[int], by: User) -> list[PaperLetter]:
    """Marks these letters as posted, skipping those already posted. Returns the letters marked."""
    _refuse_unless_printing(by)
    letters = list(_locked(letter_ids, by).filter(posted_at=None).order_by("pk"))
    for letter in letters:
        letter.posted_at, letter.posted_by = now(), by
    PaperLetter.objects.bulk_update(letters, ["posted_at", "posted_by"])
    return letters


@transaction.atomic
def not_posted(*, letter_ids: Sequence[int], by: User) -> None:
    """Undoes `mark_posted`: these letters are to be printed again.

    Raises NotFound for an unknown letter, Conflict for one posted by a colleague.
    """
    _refuse_unless_printing(by)
    letters = list(_locked(letter_ids, by))
    if len(letters) != len(set(letter_ids)):
        raise NotFound(_("This letter does not exist."))
    if any(letter.posted_by_id not in (None, by.pk) for letter in letters):
        raise Conflict(_("A colleague posted this letter."))
    PaperLetter.objects.filter(pk__in=letter_ids).update(posted_at=None, posted_by=None)


def _locked(letter_ids: Sequence[int], by: User) -> QuerySet[PaperLetter]:
    return PaperLetter.objects.select_for_update(of=("self",)).filter(openable(by), pk__in=letter_ids)


def _refuse_unless_printing(by: User) -> None:
    by.require(Action.PRINT_LETTER, _("Your role does not print letters."))
