"""The inbox: what waits, the answer that is ready, one press to send it, one to take it back, one to open a request."""

import re
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from parvis.apps.cases.models import Case
from parvis.apps.content.models import Answer
from parvis.apps.content.services.content import bump_edition
from parvis.apps.intake.models import Contact, Given, MailReply
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.residents.services.privacy import flag_file
from parvis.surfaces.desk.inbox import screen
from tests.content.makers import make_fact
from tests.desk.call.made import answered_town, entered
from tests.factories import SmallTown, make_person
from tests.intake.test_received_mail import ANNE, raw, received, with_plan

QUESTION = "Faut-il un permis pour un cabanon?"


@pytest.fixture
def desk(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


def waiting(words: str = QUESTION, **headers: str) -> Contact:
    return Contact.objects.get(mails__incoming=received(raw(words, **headers)))


def fields(page: Any) -> dict[str, str]:
    form = page.context["form"]
    return {form.add_prefix(name): str(form[name].value() or "") for name in form.fields}


def test_an_empty_inbox_says_so(desk: Client) -> None:
    assert "Rien à répondre" in desk.get("/desk/inbox/").text


def test_a_message_is_listed_with_what_it_says_and_read_whole(desk: Client) -> None:
    contact = waiting("Il neige.\n\nLe 3 nov. 2026, Ville <v@ville.exemple> a écrit :\n> Bonjour d'avant")
    page = desk.get("/desk/inbox/").text
    assert "Anne Roy" in page and "Il neige." in page
    message = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert escape("Bonjour d'avant") in message
    assert '<details class="quoted"' in message


def test_html_in_a_message_is_only_words(desk: Client) -> None:
    contact = waiting("<script>alert(1)</script> <b>gras</b>", Subject="<i>x</i>")
    page = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "<script>alert" not in page and "<i>x</i>" not in page


def test_the_answer_is_ready_and_one_press_sends_it(desk: Client, town: SmallTown) -> None:
    contact = waiting()
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    values = fields(page)
    assert "Il faut un permis." in values["reply-words"]
    assert values["reply-words"].startswith("Bonjour Anne Roy,")
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert response.status_code == 302
    given = Given.objects.get()
    assert (given.matter.subject, given.answer) == (town.shed, town.shed.answer)
    assert Outgoing.objects.get().to == ANNE
    after = desk.get(response["Location"]).text
    assert "Reprendre" in after


def test_words_that_came_meanwhile_are_read_before_the_answer_leaves(desk: Client) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/"))
    first = contact.mails.get().incoming
    received(raw("J'oubliais : c'est jumelé.", Subject="Re: Cabanon", In_Reply_To=first.message_id))
    refused = desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert refused.status_code == 409 and "jumelé" in refused.text
    assert "Il faut un permis." in fields(refused)["reply-words"]
    assert desk.post(f"/desk/inbox/{contact.pk}/send/", fields(refused)).status_code == 302


def test_a_request_holds_the_words_of_every_message_of_the_contact(desk: Client) -> None:
    contact = waiting("Le lampadaire est éteint.", Subject="Lampadaire")
    first = contact.mails.get().incoming
    received(raw("C'est devant l'école.", Subject="Re: Lampadaire", In_Reply_To=first.message_id))
    desk.post(f"/desk/inbox/{contact.pk}/request/", {"subject": "lampadaire"})
    assert Case.objects.get().words == "Le lampadaire est éteint.\n\nC'est devant l'école."


def test_a_second_press_sends_nothing_more(desk: Client) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/"))
    for _press in range(2):
        assert desk.post(f"/desk/inbox/{contact.pk}/send/", values).status_code == 302
    assert Outgoing.objects.count() == Given.objects.count() == MailReply.objects.count() == 1


def test_what_was_sent_is_taken_back(desk: Client) -> None:
    contact = waiting()
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(desk.get(f"/desk/inbox/{contact.pk}/")))
    response = desk.post(f"/desk/inbox/replies/{MailReply.objects.get().pk}/back/")
    assert response["Location"] == f"/desk/inbox/{contact.pk}/?view=mine"
    assert not Given.objects.exists()
    again = desk.get(response["Location"])
    assert "Il faut un permis." in again.text
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(again))
    assert Given.objects.count() == 1
    assert Outgoing.objects.filter(state=Outgoing.State.QUEUED).count() == 1


def test_an_answer_that_changed_meanwhile_is_not_sent_and_the_words_stay(desk: Client, town: SmallTown) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Mes mots à moi."}
    answer = town.shed.answer
    answer.short_fr = "Il n'en faut plus."
    answer.save_revision(clean=False).publish()
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert response.status_code == 409
    assert "Mes mots à moi." in response.text
    assert not Outgoing.objects.exists()


def test_a_value_that_nobody_checked_does_not_leave(desk: Client, town: SmallTown) -> None:
    answer = town.shed.answer
    answer.short_fr = "Le permis coûte {fact:inconnu}."
    answer.save_revision(clean=False).publish()
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/"))
    assert "à vérifier" in values["reply-words"]
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert response.status_code == 422
    assert values["reply-words"].splitlines()[0] in response.text
    assert not Outgoing.objects.exists()
    desk.post(f"/desk/inbox/{contact.pk}/send/", values | {"reply-words": "Il faut un permis."})
    assert Outgoing.objects.exists()


def test_a_message_written_by_hand_is_recorded_too(desk: Client) -> None:
    contact = waiting("Quel beau sapin")
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/?answer=-")) | {"reply-words": "Merci à vous."}
    desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert Given.objects.get().words == "Merci à vous."


def test_one_press_makes_a_request(desk: Client, run_jobs: Callable[[], int]) -> None:
    contact = waiting("Le lampadaire est éteint", Subject="Lampadaire")
    response = desk.post(f"/desk/inbox/{contact.pk}/request/", {"subject": "lampadaire"})
    run_jobs()
    case = Case.objects.get()
    assert (case.channel, case.words) == ("email", "Le lampadaire est éteint")
    assert case.person and case.person.email == ANNE
    assert case.reference in desk.get(response["Location"]).text
    assert Outgoing.objects.get(thread=case.reference.lower()).to == ANNE


def test_a_request_that_lacks_something_opens_its_form_with_the_words(desk: Client) -> None:
    contact = waiting("Un gros trou dans la rue")
    response = desk.post(f"/desk/inbox/{contact.pk}/request/", {"subject": "nid-de-poule"})
    assert response["Location"] == f"/desk/contacts/{contact.pk}/"
    form = desk.get(response["Location"]).text
    assert "Un gros trou dans la rue" in form and ANNE in form
    assert not Case.objects.exists()


def test_a_message_is_taken_and_given_back(desk: Client, town: SmallTown) -> None:
    contact = waiting()
    desk.post(f"/desk/inbox/{contact.pk}/take/")
    assert "Anne Roy" in desk.get("/desk/inbox/?view=mine").text
    assert "Anne Roy" not in desk.get("/desk/inbox/").text
    desk.post(f"/desk/inbox/{contact.pk}/leave/")
    contact.refresh_from_db()
    assert contact.agent is None


def test_english_needs_a_ground(desk: Client) -> None:
    contact = waiting("Do I need a permit for a shed?", Subject="Shed permit")
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert page.context["draft"].language == "fr"
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", fields(page) | {"reply-language": "en"})
    assert response.status_code == 422
    assert not Outgoing.objects.exists()


@pytest.mark.parametrize("own_words", [False, True])
def test_an_answer_in_english_keeps_its_ground(desk: Client, town: SmallTown, *, own_words: bool) -> None:
    person = make_person(email=ANNE)
    contact = waiting("Do I need a permit for a shed?", Subject="Shed permit")
    page = desk.get(f"/desk/inbox/{contact.pk}/", {"ground": "newcomer", "answer": "-" if own_words else "cabanon"})
    values = fields(page)
    assert values["reply-language"] == "en"
    assert desk.post(f"/desk/inbox/{contact.pk}/send/", values).status_code == 302
    contact.refresh_from_db()
    person.refresh_from_db()
    assert contact.english_ground == person.english_ground == "newcomer"
    assert Given.objects.get().language == "en"


def test_the_words_of_danger_are_marked_beside_the_numbers_to_give(desk: Client) -> None:
    contact = waiting("Bonjour. La vie ne vaut plus la peine.\n\nMerci pour le déneigement.", Subject="Bonjour")
    page = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert re.search(r"La\s*<mark\s*>vie ne vaut plus la peine</mark>", page)
    assert "1 866 APPELLE" in page and "Merci pour le déneigement." in page
    assert "Les numéros à donner" in page and "Réponse prête" not in page


def test_a_danger_that_only_the_html_tells_is_shown(desk: Client) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ANNE, "info@anse.exemple.ca", "Bonjour"
    message.set_content("Voir en HTML.")
    message.add_alternative("<p>Voir en HTML.</p><p>Je vais me pendre.</p>", subtype="html")
    contact = Contact.objects.get(mails__incoming=received(message.as_bytes()))
    page = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "Seule sa version HTML le dit" in page and "me pendre</mark>" in page and "1 866 APPELLE" in page


def test_a_danger_of_an_earlier_message_stays_shown_when_the_sender_writes_again(desk: Client) -> None:
    contact = waiting("Je vais me pendre.", Subject="Bonjour")
    first = contact.mails.get().incoming
    received(raw("Personne ne répond?", Subject="Re: Bonjour", In_Reply_To=first.message_id))
    page = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "Un message précédent le dit" in page and "me pendre</mark>" in page


def ready(client: Client, contact: Contact) -> tuple[bool, bool]:
    """Whether an answer is said to be ready, in the list and beside the message."""
    listed = client.get("/desk/inbox/").text
    return "réponse prête" in listed, "Réponse prête" in client.get(f"/desk/inbox/{contact.pk}/").text


def test_an_answer_is_said_to_be_ready_when_one_may_leave(desk: Client) -> None:
    assert ready(desk, waiting()) == (True, True)


UNREADY = {
    "a subject without a standard answer": "nid de poule dans la rue",
    "nothing that is understood": "Bonjour à vous",
    "a danger": "Faut-il un permis pour un cabanon? Je vais me pendre.",
}


@pytest.mark.parametrize("why", UNREADY)
def test_no_answer_is_said_to_be_ready_when_none_may_leave(desk: Client, why: str) -> None:
    assert ready(desk, waiting(UNREADY[why], Subject="Bonjour")) == (False, False)


def test_an_answer_whose_value_is_to_be_checked_is_not_ready(desk: Client, town: SmallTown) -> None:
    make_fact("permit_price", town.planning, valid_to=date(2026, 1, 31))
    answer = Answer.objects.get(subject=town.shed)
    answer.short_fr = "Il faut un permis, à {fact:permit_price}."
    answer.save_revision().publish()
    bump_edition()
    contact = waiting()
    assert ready(desk, contact) == (False, False)
    assert "Réponse à compléter" in desk.get(f"/desk/inbox/{contact.pk}/").text


def test_a_message_without_a_sender_has_no_answer_ready(desk: Client) -> None:
    contact = Contact.objects.get(mails__incoming=received(b"Subject: Cabanon\n\nFaut-il un permis pour un cabanon?"))
    assert ready(desk, contact) == (False, False)


def test_the_subject_found_is_shown_even_without_a_standard_answer(desk: Client, town: SmallTown) -> None:
    contact = waiting("Il y a un nid de poule dans la rue", Subject="Nid de poule")
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert page.context["found"].slug == town.pothole.slug and page.context["draft"].answer is None
    draft = page.text[page.text.index('class="draft"') :]
    assert "Aucune réponse type" in draft and town.pothole.title_fr in draft
    assert "Cabanon" not in draft  # far less likely


def test_a_message_without_an_address_cannot_be_answered_and_keeps_the_words(desk: Client) -> None:
    contact = Contact.objects.get(mails__incoming=received(b"Subject: Cabanon\n\nFaut-il un permis pour un cabanon?"))
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Mes mots."}
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", values)
    assert response.status_code == 422
    assert "Mes mots." in response.text
    assert not Given.objects.exists()


def test_a_danger_comes_first(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting()
    contact = waiting("Ça sent le gaz dans ma maison, au secours", From="x@exemple.ca", Subject="Gaz")
    assert contact.mails.get().danger
    monkeypatch.setattr(screen, "PAGE", 1)
    assert "Gaz" in desk.get("/desk/inbox/").text


def test_someone_taken_for_a_machine_is_brought_back(desk: Client) -> None:
    incoming = received(raw("Je suis une vraie personne", List_Id="<x.ca>"))
    assert "vraie personne" in desk.get("/desk/inbox/quarantine/").text
    for _press in range(2):
        desk.post(f"/desk/inbox/quarantine/{incoming.pk}/back/")
    assert "vraie personne" in desk.get("/desk/inbox/").text
    assert Contact.objects.filter(channel="email").count() == 1


def test_a_sensitive_file_hides_the_words(desk: Client, town: SmallTown) -> None:
    person = make_person(email=ANNE)
    flag_file(person_id=person.pk, kind="other", why="Menaces", by=town.manager)
    contact = waiting("Mon secret à moi")
    for path in ("/desk/inbox/", f"/desk/inbox/{contact.pk}/"):
        page = desk.get(path).text
        assert "Mon secret" not in page and contact.subject_line not in page and ANNE not in page
    assert desk.post(f"/desk/inbox/{contact.pk}/request/", {"subject": "lampadaire"}).status_code == 404


def test_a_file_of_a_message_is_downloaded_and_only_through_it(desk: Client) -> None:
    contact = Contact.objects.get(mails__incoming=received(with_plan()))
    key = contact.files.get().attachment.key
    response = desk.get(f"/desk/inbox/{contact.pk}/files/{key}")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert desk.get(f"/desk/inbox/{waiting().pk}/files/{key}").status_code == 404


def test_the_quarantine_shows_the_reason_and_tries_again(desk: Client) -> None:
    incoming = Incoming.objects.create(
        sha256="0" * 64, size=1, stored="nowhere.eml", received_at="2026-11-24T15:00Z", outcome="quarantined",
        reason="Illisible",
    )  # fmt: skip
    assert "Illisible" in desk.get("/desk/inbox/quarantine/").text
    desk.post(f"/desk/inbox/quarantine/{incoming.pk}/again/")
    incoming.refresh_from_db()
    assert incoming.outcome == ""


def test_the_inbox_costs_the_same_at_1_and_20(desk: Client, django_assert_max_num_queries: Any) -> None:
    waiting()
    with django_assert_max_num_queries(60) as one:
        desk.get("/desk/inbox/")
    for rank in range(19):
        waiting(f"{QUESTION} {rank}", From=f"p{rank}@exemple.ca")
    with django_assert_max_num_queries(len(one.captured_queries)):
        desk.get("/desk/inbox/")


def test_technicians_do_not_read_the_mail(town: SmallTown) -> None:
    assert entered(town.technician).get("/desk/inbox/").status_code == 403
