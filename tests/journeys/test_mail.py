"""The way of a message: written to the town, read in the inbox, answered or made a request, replied to; by keyboard."""

import re
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import FilePayload, expect

from tests.journeys.browser import Hands, look
from tests.journeys.marks import both_databases, each_width, soak
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Call, sample, until
from tests.journeys.steps_records import Records, receive

pytestmark = pytest.mark.usefixtures("journals_hold")

LEAVES_WITHIN = 40.0  # seconds: the time to take it back, then the mail server
SHED = {"fr-CA": "Faut-il un permis pour un cabanon jumelé?", "en-CA": "Do I need a permit for an attached shed?"}


def write(hands: Hands, sender: str, subject: str, words: str) -> None:
    """Writes to the town as a citizen, by the demonstration's form."""
    hands.open("/dev/mail/write/")
    for name, value in (("name", "Anne Roy"), ("sender", sender), ("subject", subject), ("words", words)):
        hands.reach(hands.page.locator(f"#id_{name}"))
        hands.type(value)
    hands.reach(hands.page.locator("form button.main"))
    hands.press("Enter")
    hands.page.wait_for_url("**/dev/mail/")


def open_message(hands: Hands, subject: str) -> None:
    """Waits for the message in the inbox, and opens it by the keys of the list."""

    def listed() -> bool:
        hands.open("/desk/inbox/")
        return hands.page.locator(".msgs a", has_text=subject).count() > 0

    until(listed, f"{subject} in the inbox", 20)
    for _press in range(20):
        hands.press("j")
        hands.page.wait_for_url("**/desk/inbox/*/**")
        if hands.page.locator("#mail-subject", has_text=subject).count():
            return
    raise AssertionError(f"{subject} is not reached")


@each_width
def test_a_question_is_answered_by_one_press(hands: Hands, other_hands: Hands, service: Service) -> None:
    town, sender, subject = sample(service), f"anne.{uuid4().hex[:8]}@exemple.ca", f"Cabanon {uuid4().hex[:6]}"
    hands.enter_as(town.editor)
    write(hands, sender, subject, SHED["fr-CA"])
    other_hands.enter_as(town.agent, "/desk/inbox/")
    open_message(other_hands, subject)
    expect(other_hands.page.locator("#id_reply-words")).to_have_value(re.compile("^Bonjour Anne Roy,"))
    look(other_hands)
    other_hands.forgive("422 POST")  # it still holds a value that nobody checked
    other_hands.press("Control+Enter")
    expect(other_hands.page.locator("[data-reply] .error").first).to_contain_text("à vérifier")
    other_hands.press("e")
    other_hands.type("Oui, il faut un permis.")
    other_hands.press("Control+Enter")
    expect(other_hands.page.locator("[data-key=u]")).to_be_visible()
    other_hands.press("u")
    expect(other_hands.page.locator("#id_reply-words")).to_be_visible()
    other_hands.press("e")
    other_hands.type("Oui, il faut un permis.\n\nBonne journée.")
    other_hands.press("Control+Enter")
    expect(other_hands.page.locator(".paper")).to_contain_text("Bonne journée.")
    look(other_hands)
    [letter] = service.mail.wait(sender, subject="Re: ", seconds=LEAVES_WITHIN)
    assert "Bonne journée." in text_of(letter)
    assert letter["In-Reply-To"] and letter["Subject"] == f"Re: {subject}"
    assert "Auto-Submitted" not in letter


@soak
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_answer_is_kept_as_it_is_typed_with_its_file_and_its_phrase(
    hands: Hands, other_hands: Hands, service: Service, language: str
) -> None:
    town, sender, subject = sample(service), f"zoe.{uuid4().hex[:8]}@exemple.ca", f"Sapin {uuid4().hex[:6]}"
    hands.enter_as(town.editor)
    write(hands, sender, subject, "Quel beau sapin devant la mairie")
    other_hands.enter_as(town.agent, "/desk/inbox/")
    other_hands.open(f"/desk/inbox/?langue={language}")
    open_message(other_hands, subject)
    page = other_hands.page
    plan = FilePayload(name="plan.pdf", mimeType="", buffer=b"%PDF-1.4 plan")
    page.on("filechooser", lambda chooser: chooser.set_files(plan))
    other_hands.press("0")
    page.wait_for_url("**answer=-**")
    words, joined = page.locator("#id_reply-words"), page.locator(".joined-file")
    other_hands.press("e")
    other_hands.type("Bonjour,\n\n::cabanon")
    expect(page.locator("#phrases-list [role=option]").first).to_be_visible()
    other_hands.press("Enter")
    expect(words).to_have_value(re.compile("^Bonjour,\n\n[^:]"))
    expect(page.locator("[data-kept]")).to_have_attribute("data-state", "saved")
    look(other_hands)
    page.reload()
    page.goto(page.url.replace("&answer=-", ""))
    expect(words).to_have_value(re.compile("^Bonjour,\n\n[^:]"))
    expect(page.locator("[data-join]")).to_be_hidden()  # the scripts are there
    other_hands.press("p")
    expect(joined).to_contain_text("plan.pdf")
    look(other_hands)
    other_hands.press("e")
    other_hands.type("Oui.\n\n- un plan\n\nMerci.")
    other_hands.press("Control+Enter")
    expect(page.locator(".deliveries")).to_contain_text(sender)
    look(other_hands)
    [letter] = service.mail.wait(sender, subject="Re: ", seconds=LEAVES_WITHIN)
    assert "> Quel beau sapin" in text_of(letter)
    assert [part.get_filename() for part in letter.iter_attachments()] == ["plan.pdf"]
    other_hands.open("/desk/inbox/?langue=fr")


@soak
def test_an_answer_read_during_a_call_is_sent_by_e_mail(hands: Hands, service: Service) -> None:
    town, sender = sample(service), f"rita.{uuid4().hex[:8]}@exemple.ca"
    hands.enter_as(town.agent)
    Call.begin(hands)
    hands.type("horaire de la mairie")
    expect(hands.page.locator("#email-it")).to_be_enabled()
    hands.reach(hands.page.locator("#email-to"))
    hands.type(sender)
    look(hands)
    hands.press("Alt+e")
    expect(hands.page.locator(".letter-sent .deliveries")).to_contain_text(sender)
    look(hands)
    [letter] = service.mail.wait(sender, seconds=LEAVES_WITHIN)
    assert "Auto-Submitted" not in letter and text_of(letter).startswith("Bonjour,")
    hands.press("F2")
    hands.page.wait_for_url("**/desk/**")


@both_databases
def test_a_message_becomes_a_request_and_the_reply_to_its_receipt_joins_it(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town, sender, subject = sample(service), f"luc.{uuid4().hex[:8]}@exemple.ca", f"Plainte {uuid4().hex[:6]}"
    hands.enter_as(town.editor)
    write(hands, sender, subject, "Où en est ma demande? On devait me rappeler hier pour mon dossier.")
    other_hands.enter_as(town.agent, "/desk/inbox/")
    open_message(other_hands, subject)
    other_hands.press("F4")
    link = other_hands.page.locator(".draft .why a")
    expect(link).to_be_visible()
    reference = str(link.text_content()).strip()
    [receipt] = service.mail.wait(sender, subject=reference)
    assert reference in text_of(receipt)
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = sender, receipt["Reply-To"], f"Re: {receipt['Subject']}"
    reply["In-Reply-To"], reply["Message-ID"] = receipt["Message-ID"], f"<{uuid4().hex}@exemple.ca>"
    reply.set_content("C'est pour la rue Bellevue.\n\n> Votre demande est reçue")
    assert receive(service, records, reply).outcome == "joined"
    other_hands.open(f"/desk/cases/{reference}/")
    expect(other_hands.page.locator("main")).to_contain_text("C'est pour la rue Bellevue.")


@soak
def test_a_message_is_read_as_it_was_written_and_loads_nothing(
    hands: Hands, other_hands: Hands, service: Service
) -> None:
    town, subject, requests = sample(service), f"Infolettre {uuid4().hex[:6]}", list[str]()
    letter, inner = EmailMessage(), EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "anne@exemple.ca", "info@ville.exemple", subject
    letter["Message-ID"] = f"<{uuid4().hex}@exemple.ca>"
    letter.set_content("Bonjour, voici l'infolettre.")
    letter.add_alternative(
        '<h1 style="color:red;background:url(http://127.0.0.1:9/a.png)">Titre</h1><img src="http://127.0.0.1:9/b.png">'
        '<script>document.title="x"</script><a href="https://piege.exemple/">mabanque.ca</a>',
        subtype="html",
    )
    inner["Subject"], inner["From"] = "Plainte transmise", "luc@exemple.ca"
    inner.set_content("Le fossé déborde.")
    letter.add_attachment(inner)
    assert service.receive_mail(letter.as_bytes())["outcome"] == "new"
    hands.page.on("request", lambda request: requests.append(request.url))
    hands.enter_as(town.agent, "/desk/inbox/")
    open_message(hands, subject)
    expect(hands.page.locator(".body > .words").first).to_be_visible()
    hands.press("z")
    expect(hands.page.locator(".enclosed .words")).to_contain_text("Le fossé déborde.")
    hands.press("o")
    frame = hands.page.frame_locator(".as-written iframe")
    expect(frame.locator("h1")).to_have_text("Titre")
    expect(frame.locator(".held-back")).to_contain_text("1 image retenue")
    expect(frame.locator("body")).to_contain_text("[piege.exemple]")
    expect(hands.page.locator(".body > .words").first).to_be_hidden()
    look(hands)
    hands.press("o")
    expect(hands.page.locator(".body > .words").first).to_be_visible()
    assert not [url for url in requests if ":9/" in url]


@soak
def test_the_inbox_speaks_english_to_who_reads_it(hands: Hands, other_hands: Hands, service: Service) -> None:
    town, sender, subject = sample(service), f"jane.{uuid4().hex[:8]}@exemple.ca", f"Shed {uuid4().hex[:6]}"
    hands.enter_as(town.editor)
    write(hands, sender, subject, SHED["en-CA"])
    other_hands.enter_as(town.agent, "/desk/inbox/")
    other_hands.open("/desk/inbox/?langue=en")
    open_message(other_hands, subject)
    expect(other_hands.page.locator("html")).to_have_attribute("lang", "en-CA")
    expect(other_hands.page.locator("[data-reply]")).to_contain_text("fifteen seconds")
    other_hands.reach(other_hands.page.locator("#ground"))
    other_hands.press("ArrowDown")
    other_hands.reach(other_hands.page.locator(".ground button"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#id_reply-language")).to_have_value("en")
    look(other_hands)
    other_hands.open("/desk/inbox/?langue=fr")
