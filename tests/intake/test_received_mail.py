"""What becomes of a message: a waiting contact, an entry of the request it answers, or set aside; never lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import Client

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Actor, Town, User
from parvis.apps.intake.models import Callback, Contact, Given, MailReply, Matter
from parvis.apps.intake.services.assigning import take_contact
from parvis.apps.intake.services.mail import replies, understanding
from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.rules.threads import reply_address
from parvis.apps.mail.services.incoming import store_message, take_again
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid
from tests.content.makers import publish_answer
from tests.factories import SmallTown, make_person, unique
from tests.mail.test_reading import REPORT

ANNE = "anne@exemple.ca"


def raw(words: str = "Faut-il un permis pour un cabanon?", **headers: str) -> bytes:
    message = EmailMessage()
    values = {
        "From": f"Anne Roy <{ANNE}>",
        "To": "info@anse.exemple.ca",
        "Subject": "Cabanon",
        "Message-ID": f"<{unique()}@x.ca>",
    }
    for name, value in (values | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(words)
    return message.as_bytes()


def received(content: bytes) -> Incoming:
    """A message taken in, then understood."""
    incoming, _new = store_message(content)
    incoming = take_in_mail(incoming_id=incoming.pk)
    understanding.understand_mail(incoming_id=incoming.pk)
    return incoming


def case_of(town: SmallTown, **person: Any) -> Case:
    known = make_person(email=ANNE, reach="email", **person)
    new_case = NewCase(unique(), town.streetlight, Nature.REQUEST, "phone", words="Il fait noir.", person=known)
    return open_case(new_case, by=Actor.staff(town.agent)).case


def town_email() -> str:
    return Town.objects.get().email


def later(**span: int) -> AbstractContextManager[None]:
    return clock.at(clock.now() + timedelta(**span))


def replies_to(case: Case) -> str:
    return reply_address(town_email(), case.reference, settings.SECRET_KEY)


def test_the_bytes_are_stored_before_they_are_read(town: SmallTown) -> None:
    content = raw()
    incoming, new = store_message(content)
    with storages["received"].open(incoming.stored) as stream:
        assert stream.read() == content
    assert new and not incoming.outcome


def test_a_message_waits_for_an_agent_with_its_sender_and_its_language(town: SmallTown) -> None:
    person = make_person(email=ANNE)
    incoming = received(raw("Do I need a permit for a shed?", Subject="Shed"))
    contact = Contact.objects.get(mails__incoming=incoming)
    assert incoming.outcome == "new"
    assert (contact.state, contact.channel, contact.person) == (Contact.State.WAITING, "email", person)
    assert (contact.language, contact.subject_line) == ("en", "Shed")


def test_two_people_with_one_address_are_not_guessed(town: SmallTown) -> None:
    make_person("Anne Roy", email=ANNE)
    make_person("Luc Roy", email=ANNE)
    assert Contact.objects.get(mails__incoming=received(raw())).person is None


def test_the_same_message_by_two_ways_is_one(town: SmallTown) -> None:
    one = raw(Message_ID="<same@x.ca>")
    first, again = received(one), received(one)
    other_way = received(b"Received: by another way\r\n" + one)
    assert first.pk == again.pk
    assert (first.outcome, other_way.outcome) == ("new", "duplicate")
    assert Contact.objects.count() == 1


def test_two_messages_with_one_identifier_are_two(town: SmallTown) -> None:
    received(raw("Un", Message_ID="<same@x.ca>"))
    received(raw("Deux", Message_ID="<same@x.ca>"))
    assert Contact.objects.count() == 2


def test_a_reply_to_a_receipt_joins_the_request(town: SmallTown) -> None:
    case = case_of(town)
    incoming = received(raw("C'est au coin.\n\n> Nous avons reçu", To=replies_to(case), Subject="Re: x"))
    entry = case.entries.order_by("-seq")[0]
    assert (incoming.outcome, entry.kind, entry.body) == ("joined", "replied", "C'est au coin.")
    assert entry.mail.incoming == incoming
    assert [fault for _reference, wrong in verify() for fault in wrong] == []


@pytest.mark.parametrize("quoted_by_line", [True, False])
def test_a_reply_below_the_receipt_leaves_the_receipt_and_its_link_out_of_the_journal(
    town: SmallTown, run_jobs: Callable[[], int], *, quoted_by_line: bool
) -> None:
    case = case_of(town)
    run_jobs()
    letter = Outgoing.objects.get(thread=case.reference.lower())
    assert f"/suivi/{case.secret}/" in letter.text
    lines = letter.text.splitlines()
    quoted = "\n".join(f"> {line}" for line in lines) if quoted_by_line else letter.text
    words = f"De : Ville <v@x.ca>\nEnvoyé : 3 novembre\nÀ : Anne\nObjet : x\n\n{quoted}\n\nC'est devant le 12."
    received(raw(words, In_Reply_To=letter.message_id))
    assert case.entries.get(kind="replied").body == "C'est devant le 12."


def test_a_private_link_is_never_copied_in_the_journal(town: SmallTown) -> None:
    case = case_of(town)
    link = f"https://ville.exemple.ca/suivi/{case.secret}/"
    received(raw(f"Votre page {link} ne dit rien.", To=replies_to(case)))
    assert case.entries.get(kind="replied").body == "Votre page […] ne dit rien."


@pytest.mark.parametrize("closed", [False, True])
def test_a_reply_of_someone_else_is_shown_as_theirs(
    town: SmallTown, client: Client, signed_in: Callable[[User], Client], *, closed: bool
) -> None:
    case = case_of(town)
    if closed:
        handling.take(case_id=case.pk, by=town.technician)
        handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)
    received(raw("Je réponds pour Anne.", From="paul@exemple.ca", To=replies_to(case)))
    page = client.get(f"/suivi/{case.secret}/").text
    assert "paul@exemple.ca" in page and "Vous avez écrit" not in page and "Vous avez dit" not in page
    assert ("Quelqu’un d’autre a écrit" if not closed else "Quelqu’un d’autre a dit") in page
    desk = signed_in(town.agent).get(f"/desk/cases/{case.reference}/").text
    assert "Quelqu’un d’autre" in desk or "quelqu’un d’autre" in desk


def test_a_reply_is_found_by_the_identifier_of_our_letter_alone(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = case_of(town)
    run_jobs()
    letter = Outgoing.objects.get(thread=case.reference.lower())
    assert received(raw("Merci, mais quand?", In_Reply_To=letter.message_id)).outcome == "joined"


@pytest.mark.parametrize("sender", [ANNE, "inconnu@exemple.ca"])
def test_a_number_in_the_subject_is_believed_of_the_person_only(town: SmallTown, sender: str) -> None:
    case = case_of(town)
    incoming = received(raw("Toujours noir", From=sender, Subject=f"Re: {case.reference}"))
    assert incoming.outcome == ("joined" if sender == ANNE else "new")
    assert case.entries.filter(kind="replied").exists() == (sender == ANNE)


def test_a_forged_address_joins_nothing(town: SmallTown) -> None:
    case = case_of(town)
    forged = replies_to(case).replace(".", ".aaaa", 1)
    assert received(raw("Fermez tout", To=forged, From="x@exemple.ca")).outcome == "new"
    assert not case.entries.filter(kind="replied").exists()


def test_a_forward_is_new_and_names_the_request(town: SmallTown) -> None:
    case = case_of(town)
    incoming = received(raw("Voyez ceci", To=replies_to(case), Subject="Fwd: x"))
    contact = Contact.objects.get(mails__incoming=incoming)
    assert contact.references["cases"] == [case.reference]


@pytest.mark.parametrize(
    ("words", "days", "outcome", "state"),
    [
        ("Toujours éteint!", 3, "joined", "new"),
        ("Merci, beau travail.", 3, "new", "closed"),
        ("Toujours éteint!", 40, "new", "closed"),
    ],
)
def test_a_reply_to_a_closed_request(town: SmallTown, words: str, days: int, outcome: str, state: str) -> None:
    case = case_of(town)
    handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)
    with later(days=days):
        assert received(raw(words, To=replies_to(case))).outcome == outcome
    case.refresh_from_db()
    assert case.state == state


def test_an_automatic_answer_is_filed_and_moves_nothing(town: SmallTown) -> None:
    case = case_of(town)
    before = (case.state, case.due_at)
    away = raw("Je suis absente.", To=replies_to(case), Auto_Submitted="auto-replied")
    assert received(away).outcome == "joined"
    case.refresh_from_db()
    assert case.entries.order_by("-seq")[0].kind == "automail"
    assert (case.state, case.due_at) == before
    assert received(raw("Infolettre", List_Id="<x.ca>")).outcome == "ignored"
    assert not Contact.objects.filter(channel="email").exists()


def test_a_letter_that_bounced_becomes_a_call(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case_of(town, phone="+14185550123")
    run_jobs()
    letter = Outgoing.objects.get()
    report = REPORT.format(status="5.1.1").replace("<ours@ville.exemple>", letter.message_id)
    assert received(report.encode()).outcome == "bounce"
    sweep_calls()
    assert Callback.objects.get().phone == "+14185550123"
    assert not Contact.objects.filter(channel="email").exists()


def test_a_message_that_cannot_be_taken_in_is_set_aside_and_tried_again(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incoming, _new = store_message(raw())
    path = incoming.stored
    storages["received"].delete(path)
    assert take_in_mail(incoming_id=incoming.pk).outcome == "quarantined"
    run_jobs()
    storages["received"].save(path, ContentFile(raw()))
    take_again(incoming_id=incoming.pk)
    run_jobs()
    incoming.refresh_from_db()
    assert incoming.outcome == "new"


def with_plan() -> bytes:
    """A message with a plan, and a program."""
    message = EmailMessage()
    message["From"], message["Subject"] = ANNE, "Facture"
    message.set_content("Voir.")
    message.add_attachment(b"MZ\x90", maintype="application", subtype="octet-stream", filename="facture.exe")
    message.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def test_a_message_that_no_job_took_in_is_not_forgotten(town: SmallTown) -> None:
    incoming, _new = store_message(raw())
    assert understanding.take_in_left_behind() == 0
    with later(minutes=6):
        assert understanding.take_in_left_behind() == 1
    incoming.refresh_from_db()
    assert incoming.outcome == "new"


def test_a_program_is_left_out_and_the_message_says_so(town: SmallTown) -> None:
    incoming = received(with_plan())
    assert [row.attachment.name for row in incoming.files.all()] == ["plan.pdf"]
    assert [name for name, _why in incoming.left_out] == ["facture.exe"]


# --- Answering ------------------------------------------------------------------------------------------------------


def answered(town: SmallTown, incoming: Incoming, key: str = "k1", words: str = "Oui, il faut un permis.") -> MailReply:
    contact = Contact.objects.get(mails__incoming=incoming)
    answer = publish_answer(town.shed, town.planning) if not Answer.objects.exists() else Answer.objects.get()
    given = GivenAnswer(answer, words, "fr", [], {})
    matter = MatterInput(contact.pk, key, town.agent, words=incoming.said, subject=town.shed, finish=True)
    return replies.answer_mail(
        contact_id=contact.pk, key=key, words=words, language="fr", given=[given], matter=matter, by=town.agent
    )


def test_an_answer_leaves_in_the_same_thread_once_it_cannot_be_taken_back(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incoming = received(raw(Message_ID="<first@x.ca>"))
    reply = answered(town, incoming)
    assert answered(town, incoming).pk == reply.pk
    run_jobs()
    letter = Outgoing.objects.get(key=reply.letter_key)
    assert letter.state == Outgoing.State.QUEUED
    with later(seconds=16):
        assert run_jobs() == 1
    letter.refresh_from_db()
    assert (letter.state, letter.to, letter.subject) == (Outgoing.State.SENT, ANNE, "Re: Cabanon")
    assert letter.answers == ["<first@x.ca>"]
    assert "Oui, il faut un permis." in letter.text
    contact = reply.contact
    contact.refresh_from_db()
    assert contact.state == Contact.State.DONE
    assert Given.objects.get().words == "Oui, il faut un permis."


def test_an_answer_taken_back_is_neither_sent_nor_recorded(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    reply = answered(town, received(raw()))
    replies.take_back(reply_id=reply.pk, by=town.agent)
    replies.take_back(reply_id=reply.pk, by=town.agent)
    with later(seconds=60):
        run_jobs()
    assert Outgoing.objects.get().state == Outgoing.State.CANCELLED
    assert not Given.objects.exists() and not Matter.objects.exists()
    assert Contact.objects.get().state == Contact.State.IN_PROGRESS


def test_an_answer_that_left_is_not_taken_back(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    reply = answered(town, received(raw()))
    with later(seconds=16):
        run_jobs()
        with pytest.raises(Conflict):
            replies.take_back(reply_id=reply.pk, by=town.agent)


def test_an_empty_answer_is_refused(town: SmallTown) -> None:
    incoming = received(raw())
    with pytest.raises(Invalid):
        answered(town, incoming, words=" ")
    assert not Outgoing.objects.exists()


def asked_by(contact: Contact, words: str, town: SmallTown) -> NewRequest:
    about: dict[str, Any] = {"contact_id": contact.pk, "newcomer": replies.sender_of(contact), "finish": True}
    return NewRequest(unique(), town.streetlight, words=words, by=Actor.staff(town.agent), **about)


def test_the_request_made_from_a_message_is_acknowledged_to_its_sender(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incoming = received(raw("Le lampadaire est éteint", Subject="Lampadaire"))
    contact = take_contact(contact_id=Contact.objects.get().pk, by=town.agent)
    opened = open_request(asked_by(contact, incoming.said, town))
    run_jobs()
    assert opened.case.person and opened.case.person.email == ANNE
    [letter] = Outgoing.objects.filter(thread=opened.case.reference.lower())
    assert (letter.to, letter.state) == (ANNE, Outgoing.State.SENT)


@pytest.mark.django_db(transaction=True)
def test_a_request_is_made_from_a_message_by_a_web_thread_that_locked_nothing_before(town: SmallTown) -> None:
    incoming = received(raw("Le lampadaire est éteint", Subject="Lampadaire"))
    contact = take_contact(contact_id=Contact.objects.get().pk, by=town.agent)

    def open_it() -> str:
        try:
            return open_request(asked_by(contact, incoming.said, town)).case.reference
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        reference = thread.submit(open_it).result()
    assert Case.objects.get().reference == reference


def test_what_is_erased_by_law_is_erased_from_the_mailbox_too(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = case_of(town)
    reply = received(raw("Mon secret", To=replies_to(case)))
    path = reply.stored
    entry = case.entries.get(kind="replied")
    erase_words(case_id=case.pk, seq=entry.seq, ground="Demande", by=town.privacy_officer)
    run_jobs()
    reply.refresh_from_db()
    assert (reply.text, reply.from_address) == ("", "")
    assert not storages["received"].exists(path)
