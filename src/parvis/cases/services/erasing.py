"""Words erased by law, the journal's chain staying whole."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.cases.journal import Line
from parvis.cases.models import Case, Entry
from parvis.cases.services.common import index, locked, make, words_or_refuse
from parvis.cases.states import Move
from parvis.directory.models import User
from parvis.lib.errors import NotFound


@transaction.atomic
def erase_words(*, case_id: int, seq: int, ground: str, by: User) -> Case:
    """Erases the words of one entry and their salt, for a ground that stays written (A-2.1, articles 28 and 73).

    The entry keeps its moment, its author and the hash of what it said. When it is the first one, the words kept on the
    case and in the search go too. Raises NotFound for an entry that does not exist, Invalid without a ground.
    """
    case = locked(case_id, Move.ERASE, by)
    entry = Entry.objects.filter(case=case, seq=seq).first()
    if entry is None:
        raise NotFound(_("This entry does not exist."))
    make(case, Move.ERASE, Line(Entry.Kind.ERASED, by=by, body=words_or_refuse(ground, "ground"), data={"entry": seq}))
    Entry.objects.filter(pk=entry.pk).update(body="", salt="")
    if entry.kind in (Entry.Kind.OPENED, Entry.Kind.THANKED):
        case.words, case.details = "", []
        case.save(update_fields=["words", "details"])
        index(case, case.person, case.place)
    return case
