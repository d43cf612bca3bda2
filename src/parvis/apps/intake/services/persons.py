"""What a contact says of whom one speaks with: the check that was done; and two people found in one file."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.services.moves import lock_together
from parvis.apps.directory.models import User
from parvis.apps.intake.access import owned
from parvis.apps.intake.models import Callback, Check, Contact
from parvis.apps.intake.queries import came_since
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.residents import services as people
from parvis.apps.residents.models import Asker, Disclosure, Merger
from parvis.apps.residents.queries import merger as merger_of
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.words import one_line


@transaction.atomic
def record_check(
    *, contact_id: int, key: str, disclosure: str, asker: str, how: str, name: str = "", by: User
) -> Check:
    """Keeps who asked for an information in this contact and how it was checked; says whether it may be told.

    It may when the town's rule lets that asker be told, after what was done. Once for its key. Raises Invalid, field by
    field (disclosure, asker, how, name); NotFound when the contact is not theirs.
    """
    contact = owned(contact_id, by)
    known = Check.objects.filter(key=key).first()
    if known is not None:
        return known
    rule = Disclosure.objects.filter(slug=disclosure, active=True).first()
    wrong: dict[str, str] = {}
    for field, value, offered in (("asker", asker, Asker.values), ("how", how, Check.How.values)):
        if value not in offered:
            wrong[field] = _("Choose one of the values offered.")
    if rule is None:
        wrong["disclosure"] = _("Choose what is asked.")
    if asker == Asker.MANDATE and not one_line(name):
        wrong["name"] = _("Write who acts for them.")
    if wrong or rule is None:
        raise Invalid(_("The check cannot be kept yet."), wrong)
    return Check.objects.create(
        key=key,
        contact=contact,
        person=contact.person,
        disclosure=rule,
        asker=asker,
        how=how,
        name=one_line(name)[:160],
        disclosed=may_tell(rule.how(asker), how),
        at=now(),
        by=by,
    )


def may_tell(rule: Disclosure.How, how: str) -> bool:
    """Whether what was done is what the rule asks."""
    if rule == Disclosure.How.CHECK:
        return how != Check.How.NOTHING
    if rule == Disclosure.How.PROOF:
        return how == Check.How.PROOF
    return rule == Disclosure.How.FREE


@transaction.atomic
def separate(*, merger_id: int, why: str = "", by: User) -> Merger:
    """Makes two files of one again. What each had goes back to it; what came since stays with the kept one.

    Save what came by a number that the other alone holds: the contact, the requests opened in it, the incidents told in
    it and the calls owed go with it, each request by an entry of its journal. Each is told again, alone, of the
    incidents that they follow. `queries.came_since` says it beforehand. Raises what `residents.services.unmerge` does.
    """
    merger = merger_of(merger_id)
    if merger is None:
        raise NotFound(_("These files were never merged."))
    theirs = came_since(merger).goes if merger.undone_at is None else []
    root = merger.canonical.canonical
    keys = [matter.key for item in theirs for matter in item.matters.all()]
    opened = {matter.case_id for item in theirs for matter in item.matters.all() if matter.case_id}
    held = lock_together(*opened)  # before the files, as every change of a request takes them
    done = people.unmerge(merger_id=merger_id, why=why, by=by)
    person = done.absorbed
    contacts = [contact.pk for contact in theirs]
    Contact.objects.filter(pk__in=contacts).update(person=person)
    for contact in Contact.objects.filter(pk__in=contacts, state=Contact.State.DONE).select_related("person"):
        index_contact(contact)
    Callback.objects.filter(contact__in=contacts, person=root).update(person=person)
    for case_id in [pk for pk, case in held.items() if case.person_id == root.pk]:
        cases.change_person(case_id=case_id, person=person, by=by)
        Callback.objects.filter(case=case_id, person=root).update(person=person)
    cases.follow_apart(keys=keys, person=person, left=root)
    return done
