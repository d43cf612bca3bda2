"""Identity checks made in a contact, and the separation of two people merged into one file."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.services.citizen.person_change import change_person
from parvis.apps.cases.services.incidents.incidents import follow_apart
from parvis.apps.cases.services.transitions import lock_together
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Callback, Check, Contact
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.queries.contacts import came_since
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.residents.models import Asker, Disclosure, Merger
from parvis.apps.residents.queries.people import merger as merger_of
from parvis.apps.residents.services import merging
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, or_not_found
from parvis.lib.words import one_line


@transaction.atomic
def record_check(
    *, contact_id: int, key: str, disclosure: str, asker: str, how: str, name: str = "", by: User
) -> Check:
    """Records who asked for an information and how they were checked; `disclosed` says whether it may be told.

    The town's disclosure rule decides. Once per key. Raises Invalid (disclosure, asker, how, name); NotFound when the
    contact is not this agent's.
    """
    contact = owned(contact_id, by)
    if check := Check.objects.filter(key=key).first():
        return check
    rule = Disclosure.objects.filter(slug=disclosure, active=True).first()
    wrong: dict[str, str] = {}
    for field, value, choices in (("asker", asker, Asker.values), ("how", how, Check.How.values)):
        if value not in choices:
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
    """Whether the check that was done satisfies the rule."""
    if rule == Disclosure.How.CHECK:
        return how != Check.How.NOTHING
    if rule == Disclosure.How.PROOF:
        return how == Check.How.PROOF
    return rule == Disclosure.How.FREE


@transaction.atomic
def separate(*, merger_id: int, why: str = "", by: User) -> Merger:
    """Undoes a merger. Each file gets back what it had; later activity stays with the canonical file.

    Except contacts from a number that only the absorbed file holds: they move to it with their requests (a journal
    entry each), incident reports and open callbacks. Each person then follows their incidents separately.
    `queries.came_since` previews this. Raises NotFound and what `residents.services.merging.unmerge` raises.
    """
    merger = or_not_found(merger_of(merger_id), _("These files were never merged."))
    moving = came_since(merger).goes if merger.undone_at is None else []
    root = merger.canonical.canonical
    matters = [matter for contact in moving for matter in contact.matters.all()]
    # Cases are locked before the files, in the order of every change of a case.
    locked = lock_together(*{matter.case_id for matter in matters if matter.case_id})
    undone = merging.unmerge(merger_id=merger_id, why=why, by=by)
    person = undone.absorbed
    contact_ids = [contact.pk for contact in moving]
    Contact.objects.filter(pk__in=contact_ids).update(person=person)
    for contact in Contact.objects.filter(pk__in=contact_ids, state=Contact.State.DONE).select_related("person"):
        index_contact(contact)
    Callback.objects.filter(contact__in=contact_ids, person=root).update(person=person)
    for case_id in [pk for pk, case in locked.items() if case.person_id == root.pk]:
        change_person(case_id=case_id, person=person, by=by)
        Callback.objects.filter(case=case_id, person=root).update(person=person)
    follow_apart(keys=[matter.key for matter in matters], person=person, left=root)
    return undone
