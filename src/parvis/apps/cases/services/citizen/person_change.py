"""Changes the person of a case when two merged files turn out to be two people."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Entry
from parvis.apps.cases.services.indexing import index
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Person


@transaction.atomic
def change_person(*, case_id: int, person: Person, by: User) -> Entry | None:
    """Gives the case to that person, who is notified from now on, and reindexes it; None when already theirs.

    Raises NotAllowed, NotFound.
    """
    by.require(Action.MERGE_PERSON, _("Your role does not allow this on this request."))
    case = lock_case(case_id)
    if case.person_id == person.pk:
        return None
    line = EntryDraft(Entry.Kind.REFILED, by=Actor.staff(by), data={"from": case.person_id})
    entry = write_entry(case, line, person_id=person.pk)
    index(case, person)
    return entry
