"""Words erased by law, the journal's chain staying whole."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.models import Case, Entry, Opinion
from parvis.apps.cases.services.indexing import index
from parvis.apps.cases.services.moves import apply_move, letter_key, locked, words_or_refuse
from parvis.apps.cases.states import Move
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.files.services import erase_files
from parvis.apps.mail import services as mail
from parvis.apps.search import services as search
from parvis.lib.errors import NotFound
from parvis.lib.jobs import enqueue, job

FORGET = job("parvis.apps.intake.tasks.forget_words")


@transaction.atomic
def erase_words(*, case_id: int, seq: int, ground: str, by: User, expect: int | None = None) -> Case:
    """Erases the words of one entry, their salt and its photos, for a ground that stays written (A-2.1, 28 and 73).

    The entry keeps its moment, its author and the hashes of what it said and showed. The letter that carried the words
    loses them, and so do, in a job, the contact and the call they came from or led to; the photos leave the storage in
    another. So do the same words said to those whose request is, or was, merged into this one, at every level. When it
    is the first entry, what was asked goes too, in the case and in the search. Raises NotFound for an entry that does
    not exist, Invalid without a ground.
    """
    case = locked(case_id, Move.ERASE, by, expect)
    entry = Entry.objects.filter(case=case, seq=seq).first()
    if entry is None:
        raise NotFound(_("This entry does not exist."))
    apply_move(
        case,
        Move.ERASE,
        EntryDraft(Entry.Kind.ERASED, by=Actor.staff(by), body=words_or_refuse(ground, "ground"), data={"entry": seq}),
    )
    for item in _wherever_told(entry):
        Entry.objects.filter(pk=item.pk).update(body="", proof="", salt="")
        Opinion.objects.filter(Q(closing=item) | Q(reopening=item)).update(words="")
        mail.erase(key=letter_key(item.case, item))
        enqueue(FORGET, item.pk)
    erase_files([file.attachment for file in entry.files.select_related("attachment")])
    if entry.kind in (Entry.Kind.OPENED, Entry.Kind.THANKED):
        said = " ".join([case.title, case.words, case.place_text])
        case.title, case.words, case.details, case.place_text, case.on_behalf_of = "", "", [], "", ""
        case.near_metres = case.latitude = case.longitude = None
        gone = ["title", "words", "details", "place_text", "on_behalf_of", "near_metres", "latitude", "longitude"]
        case.save(update_fields=gone)
        index(case, case.person)
        search.forget(said)
    return case


def _wherever_told(entry: Entry) -> list[Entry]:
    """The entry, and those by which its words were said to whom was merged into its case then, at every level.

    Their rows are locked: what is being carried meanwhile is either found here, or finds the words gone.
    """
    rows = Entry.objects.select_for_update(of=("self",), no_key=True).select_related("case")
    wherever_told: list[Entry] = []
    level = list(rows.filter(pk=entry.pk))
    while level:
        wherever_told += level
        gathered = Entry.objects.filter(case__in=[item.case_id for item in level], kind=Entry.Kind.GATHERED)
        merged = list(gathered.values_list("data__case", flat=True))
        level = list(rows.filter(case__in=merged, data__of__in=[item.pk for item in level]))
    return wherever_told
