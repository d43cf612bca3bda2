"""Waiting contacts: stored whole, assigned and unassigned, begun once."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.directory.models import Actor, User
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import unused
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.intake import tasks
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.intake.models import Contact, Correction
from parvis.apps.intake.queries.contacts import open_contacts, waiting_contacts
from parvis.apps.intake.services import assigning, contacts, offboarding, requests
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, make_person, make_user, unique

State = Contact.State


def photo() -> Attachment:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return keep_photo(SimpleUploadedFile("rue.jpg", out.getvalue()), by=Actor.citizen())


def message(**values: object) -> Contact:
    fields = {"channel": "email", "key": unique("message"), "subject_line": "Lampadaire", "text": "Il est éteint."}
    return contacts.receive(Arrival(**{**fields, **values}))  # type: ignore[arg-type]


@pytest.fixture
def colleague(town: SmallTown) -> User:
    return make_user("autre.agente", (town.desk, "agent"))  # type: ignore[arg-type]


def test_a_message_is_kept_with_its_subject_its_files_and_what_it_refers_to(town: SmallTown) -> None:
    kept = photo()
    named = References(messages=("1@exemple.ca",), cases=("26-000012",))
    first = message(key="m-1", subject_line="Re:\n Lampadaire", attachments=[kept], references=named)
    again = message(key="m-1", attachments=[kept])
    assert again.pk == first.pk
    first.refresh_from_db()
    assert (first.state, first.subject_line, first.text) == (State.WAITING, "Re: Lampadaire", "Il est éteint.")
    assert [file.attachment for file in first.files.all()] == [kept]
    assert first.references == {"messages": ["1@exemple.ca"], "cases": ["26-000012"]}
    assert not unused(now()).exists()


def test_words_erased_by_law_take_the_subject_and_the_files_of_the_message(town: SmallTown) -> None:
    attachment = photo()
    contact = message(subject_line="Jeanne Roy", text="Je suis Jeanne Roy.", attachments=[attachment])
    request = requests.NewRequest(contact.key, town.streetlight, "email", words="Je suis Jeanne Roy.")
    case = requests.open_request(request).case
    erase_words(case_id=case.pk, seq=1, ground="Demande", by=town.privacy_officer)
    tasks.forget_words(case.entries.get(seq=1).pk)
    contact, attachment = Contact.objects.get(), Attachment.objects.get()
    assert (contact.subject_line, contact.text, attachment.name) == ("", "", "")
    assert attachment.erased_at is not None


def test_a_waiting_contact_is_given_given_back_and_begun_with_a_trace_of_each(town: SmallTown, colleague: User) -> None:
    contact = message()
    for to in (colleague, colleague, None, town.agent):
        assigning.assign_contact(contact_id=contact.pk, to=to, by=town.agent)
    assert [waiting_contact.agent for waiting_contact in waiting_contacts(town.agent)] == [town.agent]
    assert open_contacts(town.agent) == []
    begun = assigning.take_contact(contact_id=contact.pk, by=colleague)
    assert (begun.agent, begun.state) == (colleague, State.IN_PROGRESS)
    assert assigning.take_contact(contact_id=contact.pk, by=colleague).pk == contact.pk
    assert [open_contact.pk for open_contact in open_contacts(colleague)] == [contact.pk]
    traces = Correction.objects.order_by("pk").values_list("before__agent_id", "after__agent_id", "by")
    mine, theirs = town.agent.pk, colleague.pk
    assert list(traces) == [(None, theirs, mine), (theirs, None, mine), (None, mine, mine), (mine, theirs, theirs)]


def test_only_those_who_answer_give_or_are_given_and_only_what_waits(town: SmallTown, colleague: User) -> None:
    contact = message()
    with pytest.raises(NotAllowed):
        assigning.assign_contact(contact_id=contact.pk, to=town.agent, by=town.technician)
    with pytest.raises(Invalid):
        assigning.assign_contact(contact_id=contact.pk, to=town.technician, by=town.agent)
    assigning.take_contact(contact_id=contact.pk, by=town.agent)
    with pytest.raises(Conflict):
        assigning.assign_contact(contact_id=contact.pk, to=colleague, by=colleague)
    with pytest.raises(Conflict):
        assigning.take_contact(contact_id=contact.pk, by=colleague)


def test_the_desk_shows_what_waits_and_who_has_it(town: SmallTown, colleague: User, client: Client) -> None:
    contact = message(person=make_person("Jeanne Roy"))
    client.force_login(town.agent)
    assert "/desk/waiting/" in client.get("/desk/").content.decode()
    page = client.post(f"/desk/waiting/{contact.pk}/assign/", {"agent": colleague.username}, follow=True)
    shown = page.content.decode()
    assert "Jeanne Roy" in shown
    assert "Lampadaire" in shown
    assert f"Confié à {colleague.display_name}" in shown
    back = client.post(f"/desk/waiting/{contact.pk}/assign/", {"agent": ""}, follow=True).content.decode()
    assert "Confié à personne" in back
    begun = client.post(f"/desk/waiting/{contact.pk}/take/")
    assert begun["Location"] == f"/desk/contacts/{contact.pk}/"
    assert client.get(begun["Location"]).status_code == 200
    client.post(f"/desk/contacts/{contact.pk}/finish/")
    assert colleague.display_name in client.get("/desk/recent/").content.decode()


def test_the_words_of_a_sensitive_file_are_not_listed(town: SmallTown, client: Client) -> None:
    message(person=make_person("Jeanne Roy", sensitive=True))
    client.force_login(town.agent)
    shown = client.get("/desk/waiting/").content.decode()
    assert "Jeanne Roy" in shown
    assert "éteint" not in shown
    assert "dossier sensible" in shown


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_costs_the_same_at_1_and_10(
    town: SmallTown, client: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    client.force_login(town.agent)
    client.get("/desk/waiting/")
    for number in range(count):
        contact = message(person=make_person(f"Jeanne {number}"))
        assigning.assign_contact(contact_id=contact.pk, to=town.agent, by=town.agent)
    with django_assert_num_queries(10):
        client.get("/desk/waiting/")


def test_what_was_given_to_someone_who_left_waits_for_everyone_again(town: SmallTown, colleague: User) -> None:
    contact = message()
    assigning.assign_contact(contact_id=contact.pk, to=colleague, by=town.agent)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    offboarding.move_all(user_id=colleague.pk, successors=offboarding.Successors(), by=town.manager)
    contact.refresh_from_db()
    assert (contact.agent, contact.state) == (None, State.WAITING)
