"""Words erased by law from a case leave the door too."""

from django.db import transaction
from django.db.models import Q

from parvis.cases.models import Entry
from parvis.intake.models import Alert, Callback, Contact, Given, Matter
from parvis.intake.services.indexing import index_contact
from parvis.search import services as search


@transaction.atomic
def forget_words(*, entry_id: int) -> None:
    """Erases what the door kept of an entry: the reason of its call and, for the first one, the words of the matter.

    What arrived goes with them when the contact was about that request alone.
    """
    entry = Entry.objects.filter(pk=entry_id, salt="").first()
    if entry is None:
        return
    Callback.objects.filter(entry=entry).update(reason="")
    if entry.kind == Entry.Kind.ALERTED:
        marked = Q(case=entry.case_id) | Q(contact__matters__case=entry.case_id)
        Alert.objects.filter(pk__in=Alert.objects.filter(marked, at__lte=entry.at).values("pk")).update(words="")
    if entry.seq == 1:
        matters = Matter.objects.filter(case=entry.case_id)
        Given.objects.filter(matter__in=matters).update(inputs={})
        contacts = Contact.objects.filter(matters__in=matters)
        alone = contacts.exclude(pk__in=Matter.objects.exclude(case=entry.case_id).values("contact"))
        said = " ".join([*matters.values_list("words", flat=True), *alone.values_list("text", flat=True)])
        matters.update(words="", note="")
        Contact.objects.filter(pk__in=[one.pk for one in alone]).update(text="", draft={})
        for contact in contacts.filter(state=Contact.State.DONE).distinct():
            index_contact(contact)
        search.forget(said)
