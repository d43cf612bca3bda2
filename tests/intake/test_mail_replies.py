"""What an agent writes leaves whole, from the town, to each recipient; what does not arrive comes back to someone."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from parvis.apps.directory.models import Department, User
from parvis.apps.files.services.attachments import sweep_unused
from parvis.apps.intake.models import Callback, Contact, MailDraft, MailReply, ReplyFile
from parvis.apps.intake.queries import inbox
from parvis.apps.intake.services.mail.drafts import add_reply_files, remove_reply_file, save_mail_draft
from parvis.apps.intake.services.mail.replies import answer_mail, take_back
from parvis.apps.intake.tasks import purge_mail_drafts, sweep_calls
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.queries import refusal_of
from parvis.apps.mail.rules.body import said
from parvis.apps.mail.rules.threads import bounced_letter
from parvis.lib.errors import Invalid, NotAllowed
from tests.factories import SmallTown, make_person
from tests.intake.test_received_mail import ANNE, later, raw, received, town_email
from tests.mail.conftest import Post
from tests.mail.test_reading import REPORT

WORDS = "Bonjour,\n\nIl vous faut\u00a0:\n- un plan\n- une photo\n\nVoyez https://ville.exemple/permis & merci."
REFUSAL = "550 5.1.1 No such user"
Send = Callable[[], None]


@pytest.fixture
def leave(run_jobs: Callable[[], int]) -> Send:
    """Lets what was sent leave, as its time to be taken back is over."""

    def leave() -> None:
        with later(seconds=16):
            run_jobs()

    return leave


def contact_of(incoming: Incoming) -> Contact:
    return Contact.objects.get(mails__incoming=incoming)


def answered(by: User, incoming: Incoming, *, key: str = "k1", words: str = WORDS, everyone: bool = False) -> MailReply:
    contact = contact_of(incoming)
    return answer_mail(
        contact_id=contact.pk, key=key, words=words, language="fr", everyone=everyone, typed={"words": words}, by=by
    )


def join(by: User, contact: Contact, name: str = "plan.pdf", data: bytes = b"%PDF-1.4 plan") -> list[str]:
    return add_reply_files(contact_id=contact.pk, uploads=[SimpleUploadedFile(name, data)], by=by)


def parts(letter: EmailMessage) -> tuple[str, str]:
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


def test_it_leaves_as_html_and_text_above_the_message_it_answers(town: SmallTown, post: Post, leave: Send) -> None:
    incoming = received(raw("Faut-il un permis?\n\n<b>Merci</b>"))
    answered(town.agent, incoming)
    leave()
    [letter] = post.received
    text, html = parts(letter)
    assert said(text).strip() == WORDS
    assert "Anne Roy a écrit\u00a0:\n> Faut-il un permis?\n>\n> <b>Merci</b>" in text
    assert "<li>un plan</li>" in html and 'href="https://ville.exemple/permis"' in html
    assert "&lt;b&gt;Merci" in html and "<table" not in html and "<img" not in html
    assert '<meta name="color-scheme" content="light dark">' in html


def test_a_long_message_is_quoted_in_part(town: SmallTown, post: Post, leave: Send) -> None:
    answered(town.agent, received(raw("x" * 30_000)))
    leave()
    assert parts(post.received[0])[0].count("x") < 10_100


def test_files_leave_with_it_and_come_back_when_it_is_taken_back(town: SmallTown, post: Post, leave: Send) -> None:
    incoming = received(raw())
    contact = contact_of(incoming)
    assert join(town.agent, contact) == []
    reply = answered(town.agent, incoming)
    take_back(reply_id=reply.pk, by=town.agent)
    assert [file.name for file in inbox.files_to_send(contact, town.agent)] == ["plan.pdf"]
    draft = inbox.draft_of(contact, town.agent)
    assert draft and draft.typed == {"words": WORDS} and draft.sent_at is None
    answered(town.agent, incoming, key="k2")
    leave()
    [letter] = post.received
    [file] = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("plan.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.4 plan"
    with later(days=2):
        sweep_unused()
    assert ReplyFile.objects.get().reply_id


def test_ten_files_and_fifteen_megabytes_at_most(town: SmallTown) -> None:
    contact = contact_of(received(raw()))
    assert "15" in join(town.agent, contact, "lourd.bin", b"x" * 15_000_001)[0]
    for rank in range(10):
        assert join(town.agent, contact, f"{rank}.txt", b"x") == []
    assert join(town.agent, contact, "onze.txt", b"x")[0].startswith("onze.txt")
    key = inbox.files_to_send(contact, town.agent)[0].key
    remove_reply_file(contact_id=contact.pk, key=str(key), by=town.agent)
    assert join(town.agent, contact, "programme.exe", b"MZ") != []
    assert len(inbox.files_to_send(contact, town.agent)) == 9
    with pytest.raises(NotAllowed):
        join(town.technician, contact)


def test_words_typed_are_kept_for_their_writer_and_a_late_save_changes_nothing(town: SmallTown) -> None:
    contact = contact_of(received(raw()))

    def save(seq: int, words: str, by: User = town.agent) -> int:
        return save_mail_draft(contact_id=contact.pk, seq=seq, typed={"words": words}, by=by).seq

    assert save(2, "deux") == 2
    assert save(1, "un") == 2
    assert inbox.draft_of(contact, town.agent_and_technician) is None
    draft = inbox.draft_of(contact, town.agent)
    assert draft and draft.typed == {"words": "deux"}
    with pytest.raises(Invalid):
        save(3, "x" * 50_000)
    with later(days=31):
        purge_mail_drafts()
    assert not MailDraft.objects.exists()


def test_a_save_on_its_way_does_not_bring_back_what_was_sent(town: SmallTown) -> None:
    incoming = received(raw())
    contact = contact_of(incoming)
    save_mail_draft(contact_id=contact.pk, seq=5, typed={"words": "x"}, by=town.agent)
    answered(town.agent, incoming)
    save_mail_draft(contact_id=contact.pk, seq=6, typed={"words": "trop tard"}, by=town.agent)
    draft = inbox.draft_of(contact, town.agent)
    assert draft and draft.sent_at and draft.typed == {"words": WORDS}


def test_everyone_receives_a_letter_that_shows_everyone(town: SmallTown, post: Post, leave: Send) -> None:
    cc = f"Luc@exemple.ca, {town_email()}, {ANNE}, {town_email().replace('@', '+c1@')}"
    incoming = received(raw(Cc=cc))
    Outgoing.objects.all().delete()  # its receipt
    assert inbox.others_of(incoming) == ["luc@exemple.ca"]
    reply = answered(town.agent, incoming, everyone=True)
    post.refuses = "luc@exemple.ca"
    leave()
    post.refuses = ""
    waiting = Outgoing.objects.get(state=Outgoing.State.QUEUED)
    assert waiting.to == "luc@exemple.ca" and waiting.late and "Try later" in waiting.error
    states = {one.address: one.state for one in inbox.deliveries([reply])[reply.pk]}
    assert states == {ANNE: "sent", "luc@exemple.ca": "late"}
    [letter] = post.received
    assert (letter["To"], letter["Cc"], letter["Bcc"]) == (ANNE, "luc@exemple.ca", None)
    assert [recipients for _sender, recipients in post.envelopes] == [[ANNE]]


def test_by_default_it_goes_to_the_sender_alone(town: SmallTown, post: Post, leave: Send) -> None:
    incoming = received(raw(Cc="luc@exemple.ca"))
    Outgoing.objects.all().delete()
    answered(town.agent, incoming)
    leave()
    assert [recipients for _sender, recipients in post.envelopes] == [[ANNE]]
    assert post.received[0]["Cc"] is None


def test_it_is_from_the_town_whoever_wrote_and_its_reports_come_to_its_own_address(
    town: SmallTown, post: Post, leave: Send, settings: Settings
) -> None:
    settings.PARVIS_MAIL_SUBADDRESSES = True
    slipped = raw(Subject="SUJET").replace(b"SUJET", b"=?utf-8?q?Cabanon=0D=0ABcc:_tous@exemple.ca?=")
    reply = answered(town.agent, received(slipped))
    leave()
    [letter], [(sender, _recipients)] = post.received, post.envelopes
    assert town_email() in letter["From"] and ANNE not in letter["From"]
    assert "\n" not in letter["Subject"] and letter["Bcc"] is None
    assert bounced_letter([sender], settings.SECRET_KEY) == Outgoing.objects.get(key=reply.letter_key).pk
    assert sender.rpartition("@")[2] == town_email().rpartition("@")[2]


def test_the_signature_is_that_of_the_department(town: SmallTown) -> None:
    contact = inbox.message_contact(contact_of(received(raw())).pk, town.agent)
    assert contact
    plain = inbox.draft_answer(contact, "", "", "fr", town.agent).words
    assert plain.rstrip().splitlines()[-3] == town.agent.display_name
    Department.objects.filter(pk__in=town.agent.department_ids).update(signature_fr="Le guichet\nOuvert le samedi")
    words = inbox.draft_answer(contact, "", "", "fr", town.agent).words
    assert words.endswith(f"{town.agent.display_name}\nLe guichet\nOuvert le samedi")


# --- What does not arrive ---------------------------------------------------------------------------------------------


def refused_at_once(town: SmallTown, post: Post, leave: Send) -> MailReply:
    post.to_recipient = REFUSAL
    reply = answered(town.agent, received(raw()))
    leave()
    for _time in range(2):
        sweep_calls()
    reply.refresh_from_db()
    return reply


def test_an_answer_refused_at_once_is_told_by_phone(town: SmallTown, post: Post, leave: Send) -> None:
    person = make_person(email=ANNE, phone="+14185550123")
    reply = refused_at_once(town, post, leave)
    [call] = Callback.objects.all()
    assert (call.reply, call.person, call.phone) == (reply, person, "+14185550123")
    assert REFUSAL in call.reason and "un plan" in call.reason
    assert reply.contact.state == Contact.State.DONE


def test_without_a_number_the_message_waits_again(town: SmallTown, post: Post, leave: Send) -> None:
    reply = refused_at_once(town, post, leave)
    assert not Callback.objects.exists()
    reply.contact.refresh_from_db()
    assert (reply.contact.state, reply.contact.agent) == (Contact.State.WAITING, None)
    [contact] = inbox.inbox(inbox.NEW, town.agent)
    assert contact.undelivered == [reply]  # type: ignore[attr-defined]
    post.to_recipient = "250 OK"
    answered(town.agent, reply.contact.mails.get().incoming, key="k2")
    leave()
    sweep_calls()
    assert Contact.objects.get().state == Contact.State.DONE


def test_an_answer_that_bounces_later_is_told_by_phone(town: SmallTown, post: Post, leave: Send) -> None:
    make_person(email=ANNE, phone="+14185550123")
    reply = answered(town.agent, received(raw()))
    leave()
    letter = Outgoing.objects.get(key=reply.letter_key)
    received(REPORT.format(status="5.1.1").replace("<ours@ville.exemple>", letter.message_id).encode())
    [call] = Callback.objects.all()
    assert call.reply == reply
    [delivery] = inbox.deliveries([reply])[reply.pk]
    assert (delivery.state, delivery.why) == ("refused", "smtp; 550 no such user")


def test_a_failure_for_now_changes_nothing_and_is_shown(town: SmallTown, post: Post, leave: Send) -> None:
    reply = answered(town.agent, received(raw()))
    leave()
    letter = Outgoing.objects.get(key=reply.letter_key)
    received(REPORT.format(status="4.2.2").replace("<ours@ville.exemple>", letter.message_id).encode())
    sweep_calls()
    [delivery] = inbox.deliveries([reply])[reply.pk]
    assert (delivery.state, delivery.why) == ("sent", "smtp; 550 no such user")
    assert not Callback.objects.exists() and Contact.objects.get().state == Contact.State.DONE


@pytest.mark.parametrize(
    ("words", "sender", "auto", "outcome", "state"),
    [
        ("<anne@exemple.ca>: user unknown", "MAILER-DAEMON@mx.ca", "", "bounce", "failed"),
        ("550 5.7.1 blocked", "robot@mx.ca", "auto-generated", "bounce", "failed"),
        ("Remise retardée, 4.4.1 sans réponse", "postmaster@mx.ca", "", "bounce", "sent"),
        ("Votre message n'a pas pu passer.", "postmaster@mx.ca", "", "bounce", "sent"),
        ("Je suis en vacances.", ANNE, "auto-replied", "ignored", "sent"),
        ("L'adresse de mon voisin n'existe pas.", ANNE, "", "new", "sent"),
    ],
)
def test_reports_without_a_form_are_known_by_the_address_they_come_to(
    town: SmallTown, post: Post, leave: Send, settings: Settings,
    words: str, sender: str, auto: str, outcome: str, state: str,
) -> None:  # fmt: skip
    settings.PARVIS_MAIL_SUBADDRESSES = True
    reply = answered(town.agent, received(raw()))
    leave()
    [(address, _recipients)] = post.envelopes
    headers = {"Auto-Submitted": auto} if auto else {}
    assert received(raw(words, From=sender, To=address, Subject="Re: x", **headers)).outcome == outcome
    assert Outgoing.objects.get(key=reply.letter_key).state == state


def test_an_address_for_reports_that_nobody_signed_is_any_address(
    town: SmallTown, post: Post, leave: Send, settings: Settings
) -> None:
    settings.PARVIS_MAIL_SUBADDRESSES = True
    reply = answered(town.agent, received(raw()))
    leave()
    [(address, _recipients)] = post.envelopes
    forged = address.replace("+b", "+b1", 1)
    received(raw("user unknown", From="mailer-daemon@mx.ca", To=forged))
    assert Outgoing.objects.get(key=reply.letter_key).state == Outgoing.State.SENT


def test_an_address_is_refused_until_a_letter_is_accepted(town: SmallTown, post: Post, leave: Send) -> None:
    assert refusal_of(ANNE) is None
    refused_at_once(town, post, leave)
    refusal = refusal_of(ANNE)
    assert refusal and refusal.error == REFUSAL and refusal.attempted_at
    assert refusal_of("autre@exemple.ca") is None
    post.to_recipient = "250 OK"
    answered(town.agent, received(raw("Et pour une clôture?")), key="k2")
    assert refusal_of(ANNE) is not None
    leave()
    assert refusal_of(ANNE) is None


def test_what_was_taken_back_refuses_nothing(town: SmallTown) -> None:
    reply = answered(town.agent, received(raw()))
    take_back(reply_id=reply.pk, by=town.agent)
    sweep_calls()
    assert refusal_of(ANNE) is None
    reply.refresh_from_db()
    assert reply.undelivered_at is None
