"""Erases words by law while keeping the journal's hash chain valid."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.cases.models import AccountCase, Case, CaseNotification, Entry, Opinion
from parvis.apps.cases.rules.hash_chain import ASKING
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.indexing import index
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.publishing import forget_public
from parvis.apps.cases.services.transitions import apply_transition, letter_key, locked_for, words_or_refuse
from parvis.apps.directory.models import Actor, User
from parvis.apps.files.services.attachments import erase_files
from parvis.apps.mail.services.outgoing import erase_letter
from parvis.apps.search import services as search
from parvis.lib.errors import or_not_found
from parvis.lib.jobs import announce, event

ERASED = event("cases.entry_erased")


@transaction.atomic
def erase_words(*, case_id: int, seq: int, ground: str, by: User, expect: int | None = None) -> Case:
    """Erases the words of one entry, their salt and its photos, for a recorded ground (A-2.1, 28 and 73).

    The entry keeps its time, its author and the hashes of its words and photos. Also erases the words in its letter, in
    its copies in cases that are or were merged into this one at every level, and, by background jobs, in the related
    contact and call, and the stored photos. For the first entry or a correction of it, also erases the other ones, what
    was asked from the case and the search index, and how and by which accounts it is followed. Raises NotFound for an
    unknown entry, Invalid without a ground.
    """
    case = locked_for(case_id, Transition.ERASE, by, expect)
    entry = or_not_found(Entry.objects.filter(case=case, seq=seq).first(), _("This entry does not exist."))
    reason = words_or_refuse(ground, "ground")
    apply_transition(
        case, Transition.ERASE, EntryDraft(Entry.Kind.ERASED, by=Actor.staff(by), body=reason, data={"entry": seq})
    )
    asks = entry.kind in ASKING
    entries = list(Entry.objects.filter(case=case, kind__in=ASKING)) if asks else [entry]
    for copy in [copy for each in entries for copy in _with_copies(each)]:
        Entry.objects.filter(pk=copy.pk).update(body="", proof="", salt="")
        for opinion in Opinion.objects.filter(Q(closing=copy) | Q(reopening=copy)):
            opinion.words = ""
            opinion.seal = opinion.sealed()
            opinion.save(update_fields=["words", "seal"])
        erase_letter(key=letter_key(copy.case, copy))
        announce(ERASED, copy.pk)
    photos = [file.attachment for each in entries for file in each.files.select_related("attachment")]
    erase_files(photos)
    forget_public(case, photos, words=asks)
    if asks:
        CaseNotification.objects.filter(case=case).delete()
        AccountCase.objects.filter(case=case).delete()
        text = " ".join([case.title, case.words, case.place_text])
        case.title, case.words, case.details, case.place_text, case.on_behalf_of = "", "", [], "", ""
        case.near_metres = case.latitude = case.longitude = None
        erased = ["title", "words", "details", "place_text", "on_behalf_of", "near_metres", "latitude", "longitude"]
        case.save(update_fields=erased)
        index(case, case.person)
        search.forget(text)
    return case


def _with_copies(entry: Entry) -> list[Entry]:
    """The entry and its copies in merged cases, at every level.

    Locks their rows: a concurrent copy is either found here, or finds the words already erased.
    """
    rows = Entry.objects.select_for_update(of=("self",), no_key=True).select_related("case")
    entries: list[Entry] = []
    level = list(rows.filter(pk=entry.pk))
    while level:
        entries += level
        merges = Entry.objects.filter(case__in=[copy.case_id for copy in level], kind=Entry.Kind.GATHERED)
        merged = list(merges.values_list("data__case", flat=True))
        level = list(rows.filter(case__in=merged, data__of__in=[copy.pk for copy in level]))
    return entries
