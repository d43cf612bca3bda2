"""A danger is read wherever a message tells it, and whoever wrote is told which line to call, by mail as by text."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.alerts import raise_alert
from parvis.apps.intake.services.mail.automatic import DANGER_LINE, RECEIPT
from parvis.apps.mail.models import Mailbox, Outgoing
from parvis.apps.mail.rules.threads import reply_address
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.services.texts.outgoing import LONGEST
from tests.factories import SmallTown, unique
from tests.intake.test_received_mail import ANNE, case_of, later, raw, received
from tests.telephony.test_taken_in import came

LINES = {
    "J'ai plus envie de vivre.": ("1 866 APPELLE", "911"),
    "Merci pour tout. Prenez soin de mon chat.": ("1 866 APPELLE", "911"),
    "I want to end my life.": ("1 866 APPELLE", "911"),
    "Mon fils a bu de l'eau de Javel!": ("1 800 463-5060", "911"),
    "Ça sent le gaz dans la cave.": ("Sortez tout de suite", "911"),
    "Il y a le feu dans la cuisine": ("911",),
    "Si l'inspecteur revient, y va le regretter, y va sortir sur une civière.": ("911",),
}
DISTRESS = "J'ai plus envie de vivre."


@pytest.fixture(autouse=True)
def _mailbox(town: SmallTown) -> Mailbox:
    return Mailbox.objects.create(
        slug="info", address="info@anse.exemple.ca", department=Department.objects.order_by("pk")[0]
    )


def letter_of_the_alert() -> str:
    return Outgoing.objects.get(renderer="parvis.apps.intake.letters.alert").text


def in_html(plain: str, html: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ANNE, "info@anse.exemple.ca", "Bonjour"
    message["Message-ID"] = f"<{unique()}@x.ca>"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


# --- By mail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", LINES)
def test_a_danger_by_mail_is_answered_with_the_line_that_helps(words: str, run_jobs: Callable[[], int]) -> None:
    received(raw(words, Subject="Bonjour"))
    run_jobs()
    letter = Outgoing.objects.get(renderer=DANGER_LINE)
    assert letter.to == ANNE and all(line in letter.text for line in LINES[words])
    assert not Outgoing.objects.filter(renderer=RECEIPT).exists()
    if "1 866 APPELLE" not in LINES[words]:
        assert "APPELLE" not in letter.text


def test_distress_in_a_reply_to_a_request_is_answered_too(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = case_of(town)
    received(raw(DISTRESS, To=reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)))
    run_jobs()
    assert Alert.objects.get().case == case
    assert "1 866 APPELLE" in Outgoing.objects.get(renderer=DANGER_LINE).text


def test_a_danger_that_only_the_html_tells_is_read() -> None:
    received(in_html("Ouvrez ce message en HTML.", "<p>Bonjour</p><p>Je veux mourir ce soir.</p>"))
    alert = Alert.objects.get()
    assert "Je veux mourir ce soir." in alert.words and alert.contact is not None
    assert alert.contact.mails.get().danger


def test_what_the_html_only_quotes_alarms_nobody() -> None:
    received(in_html("Merci!", "<p>Merci!</p><blockquote>Si une vie est en danger, appelez le 911.</blockquote>"))
    assert not Alert.objects.exists()


def test_a_danger_far_in_a_long_message_on_cut_lines_is_read() -> None:
    story = "Mon voisin laisse son auto devant ma porte et personne ne fait rien depuis un mois. " * 90
    received(raw(f"{story}\n\nDe toute façon je vais me\njeter en bas du\npont ce soir.\n", Subject="Stationnement"))
    assert "me\njeter en bas" in Alert.objects.get().words


def test_a_receipt_quoted_alone_alarms_nobody(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    received(raw("Le fossé déborde.", Subject="Fossé"))
    run_jobs()
    receipt = Outgoing.objects.get(renderer=RECEIPT)
    quoted = "\n".join(f"> {line}" for line in receipt.text.splitlines())
    received(raw(quoted, In_Reply_To=receipt.message_id, Subject="Re: Fossé"))
    assert not Alert.objects.exists()


def test_the_managers_are_told_whether_the_sender_was(run_jobs: Callable[[], int]) -> None:
    received(raw(DISTRESS))
    run_jobs()
    assert "On a dit à son auteur d’appeler" in letter_of_the_alert()
    Outgoing.objects.all().delete()
    received(raw("Je veux mourir.", To="autre@exemple.ca"))
    run_jobs()
    assert "Rien n’a été dit à son auteur" in letter_of_the_alert()


# --- By text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", LINES)
def test_a_danger_by_text_is_answered_with_the_line_that_helps(town: SmallTown, words: str) -> None:
    came(words)
    text = OutgoingText.objects.get()
    assert all(line in text.body for line in LINES[words]) and len(text.body) <= LONGEST
    assert Alert.objects.get().contact == Contact.objects.get(channel="text")


def test_a_number_is_answered_once_in_three_hours_and_the_alert_says_so(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    came(DISTRESS)
    came(DISTRESS)
    assert OutgoingText.objects.count() == 1 and Alert.objects.count() == 2
    run_jobs()
    letters = Outgoing.objects.filter(renderer="parvis.apps.intake.letters.alert").order_by("pk")
    assert ["Rien n’a été dit" in letter.text for letter in letters] == [False, True]
    with later(hours=4):
        came(DISTRESS)
    assert OutgoingText.objects.count() == 2


@pytest.mark.parametrize("sender", ["12345", "INFO", "+33612345678"])
def test_what_is_no_phone_of_here_is_not_answered_and_alerts_all_the_same(town: SmallTown, sender: str) -> None:
    came(DISTRESS, sender=sender)
    assert not OutgoingText.objects.exists() and Alert.objects.count() == 1


def test_a_number_that_said_stop_is_not_answered(town: SmallTown) -> None:
    came("STOP")
    came(DISTRESS)
    assert not OutgoingText.objects.exists() and Alert.objects.count() == 1


def test_where_no_texts_are_sent_the_alert_is_raised_without_an_answer(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_TEXTS, settings.PARVIS_TEXTS_KEPT = None, False
    came(DISTRESS)
    assert not OutgoingText.objects.exists() and Alert.objects.count() == 1


def test_words_erased_by_law_leave_the_answers_too(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = case_of(town)
    received(raw(DISTRESS, To=reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)))
    run_jobs()
    entry = case.entries.get(kind="replied")
    erase_words(case_id=case.pk, seq=entry.seq, ground="Demande", by=town.privacy_officer)
    run_jobs()
    letter = Outgoing.objects.get(renderer=DANGER_LINE)
    assert (letter.text, letter.subject, letter.args) == ("", "", []) and Alert.objects.get().words == ""


# --- From the alert to its contact ----------------------------------------------------------------------------------


def seen(client: Client, alert: Alert) -> str:
    return str(client.get(f"/desk/alerts/{alert.pk}/see/")["Location"])


def test_an_alert_leads_to_its_contact_whatever_its_channel(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    desk = signed_in(town.agent)
    received(raw(DISTRESS))
    by_mail = Contact.objects.get(channel="email")
    came(DISTRESS)
    by_text = Contact.objects.get(channel="text")
    call = contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent)))
    raise_alert(key=unique(), kind="distress", words="", by=town.agent, contact=call)
    places = {
        by_mail.pk: f"/desk/inbox/{by_mail.pk}/",
        by_text.pk: f"/desk/waiting/#contact-{by_text.pk}",
        call.pk: f"/desk/contacts/{call.pk}/",
    }
    page = desk.get("/desk/alerts/").text
    for alert in Alert.objects.all():
        assert alert.contact_id is not None
        assert seen(desk, alert) == places[alert.contact_id]
        if alert.by_id:
            assert f"/desk/alerts/{alert.pk}/see/" in page
    bar = desk.get("/desk/alerts/changes").text
    assert f"/desk/inbox/{by_mail.pk}/" in bar
    assert f"/desk/alerts/{Alert.objects.get(contact=by_text).pk}/see/" in bar


def test_an_alert_on_a_request_leads_to_it_and_a_manager_stays_on_the_list(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    case = case_of(town)
    received(raw(DISTRESS, To=reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)))
    alert = Alert.objects.get()
    assert seen(signed_in(town.manager), alert) == f"/desk/cases/{case.reference}/"
    received(raw("Je veux mourir.", From="x@exemple.ca"))
    other = Alert.objects.get(contact=Contact.objects.get(channel="email"))
    assert seen(signed_in(town.manager), other) == f"/desk/alerts/#alert-{other.pk}"
