"""The journal records who did each thing: the staff, the citizen, a program, or Parvis itself."""

from django.test import Client

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.journal import EntryDraft, verify, write_entry
from parvis.apps.cases.services.opening.new_cases import NewCase
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Contact
from parvis.apps.intake.services.requests import NewRequest, open_request
from tests.factories import SmallTown, unique

PROGRAM = Actor.program("Application Voirie")


def asked(town: SmallTown) -> NewCase:
    return NewCase(unique(), town.streetlight, Nature.REQUEST, "web", words="Lampadaire éteint.")


def by_program(town: SmallTown) -> Case:
    return open_request(NewRequest(unique(), town.streetlight, words="Lampadaire éteint.", by=PROGRAM)).case


def test_the_journal_tells_the_four_apart_and_its_chain_holds(town: SmallTown) -> None:
    case = by_program(town)
    citizen.reply(case_id=case.pk, words="Aussi au 14.", by=Actor.citizen())
    citizen.reply(case_id=case.pk, words="Et au 16.", by=Actor.staff(town.agent))
    handling.note(case_id=case.pk, words="Vu.", by=town.technician)
    case.refresh_from_db()
    write_entry(case, EntryDraft(Entry.Kind.UNNOTIFIED))
    entries = list(case.entries.select_related("actor"))
    assert [entry.by for entry in entries] == [
        PROGRAM,
        Actor.citizen(),
        Actor.staff(town.agent),
        Actor.staff(town.technician),
        Actor.system(),
    ]
    assert [entry.by_citizen for entry in entries] == [False, True, True, False, False]
    assert [fault for _reference, wrong in verify() for fault in wrong] == []
    first = entries[0]
    Entry.objects.filter(pk=first.pk).update(data={**first.data, "program": "Une autre"})
    [fault] = [fault for _reference, wrong in verify() for fault in wrong]
    assert fault.startswith("entry 1 was altered (")


def test_what_a_program_brings_bears_its_name_on_the_desk_and_no_agent(town: SmallTown, client: Client) -> None:
    case = by_program(town)
    contact = Contact.objects.get(matters__case=case)
    assert (contact.state, contact.agent, contact.matters.get().by) == (Contact.State.DONE, None, None)
    client.force_login(town.agent)
    assert "Application Voirie" in client.get(f"/desk/cases/{case.reference}/").content.decode()
