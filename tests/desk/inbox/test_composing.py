"""The composer of the inbox: words kept on the server, files joined and taken out, answers inserted, states shown."""

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Given, MailDraft, MailReply
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.residents.services import people
from parvis.apps.workspace.services.workspace import keep_snippet
from tests.desk.call.made import answered_town, entered
from tests.desk.inbox.test_inbox import fields, waiting
from tests.factories import SmallTown, make_person
from tests.intake.test_received_mail import ANNE, later


@pytest.fixture
def desk(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


def keep(desk: Client, contact_id: int, words: str, seq: int = 1, **typed: str) -> None:
    draft = json.dumps({"words": words, **typed})
    response = desk.post(f"/desk/inbox/{contact_id}/draft/", {"seq": seq, "draft": draft})
    assert response.status_code == 200 and response.json()["saved"]


def plan(name: str = "plan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4 plan")


def test_words_come_back_to_who_typed_them_only(desk: Client, town: SmallTown) -> None:
    contact = waiting()
    keep(desk, contact.pk, "Mes mots à moi", language="fr")
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert page.context["form"]["words"].value() == "Mes mots à moi"
    assert page.context["draft"].answer is None
    other = entered(town.agent_and_technician).get(f"/desk/inbox/{contact.pk}/")
    assert "Mes mots à moi" not in other.text
    again = desk.get(f"/desk/inbox/{contact.pk}/?answer=cabanon")
    assert "Il faut un permis." in fields(again)["reply-words"] and again.context["put_aside"]


def test_a_draft_that_cannot_be_read_is_refused(desk: Client) -> None:
    contact = waiting()
    for values in ({"seq": "x", "draft": "{}"}, {"seq": 1, "draft": "["}):
        assert desk.post(f"/desk/inbox/{contact.pk}/draft/", values).status_code == 400
    long = {"seq": 1, "draft": '{"words": "%s"}' % ("x" * 50_000)}
    assert desk.post(f"/desk/inbox/{contact.pk}/draft/", long).status_code == 422
    assert not MailDraft.objects.exists()


def test_an_answer_that_changed_since_says_so(desk: Client, town: SmallTown) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/"))
    keep(desk, contact.pk, values["reply-words"], subject=town.shed.slug, stamp=values["reply-stamp"])
    assert not desk.get(f"/desk/inbox/{contact.pk}/").context["outdated"]
    answer = Answer.objects.get()
    answer.short_fr = "Il n'en faut plus."
    answer.save_revision(clean=False).publish()
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert page.context["outdated"] and "Il faut un permis." in page.context["form"]["words"].value()
    assert desk.post(f"/desk/inbox/{contact.pk}/send/", fields(page)).status_code == 302


def test_a_file_is_joined_shown_and_taken_out_and_the_words_stay(desk: Client) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Voici."}
    assert (
        desk.post(f"/desk/inbox/{contact.pk}/joined/", {**values, "files": [plan(), plan("b.pdf")]}).status_code == 302
    )
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert [file.name for file in page.context["joined"]] == ["plan.pdf", "b.pdf"]
    assert page.context["form"]["words"].value() == "Voici."
    first, second = page.context["joined"]
    shown = desk.get(f"/desk/inbox/{contact.pk}/joined/{first.key}")
    assert shown["Content-Disposition"].startswith("attachment")
    assert desk.get(f"/desk/inbox/{waiting().pk}/joined/{first.key}").status_code == 404
    desk.post(f"/desk/inbox/{contact.pk}/joined/{first.key}/remove/", values)
    desk.post(f"/desk/inbox/{contact.pk}/send/", {**values, "files": [plan("c.pdf")]})
    reply = MailReply.objects.get()
    assert [row.attachment.name for row in reply.files.all()] == ["b.pdf", "c.pdf"]
    assert "c.pdf" in desk.get(f"/desk/inbox/{contact.pk}/?view=mine").text


def test_a_program_stops_the_letter_and_keeps_the_words(desk: Client) -> None:
    contact = waiting()
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/")) | {"reply-words": "Voici."}
    response = desk.post(f"/desk/inbox/{contact.pk}/send/", {**values, "files": [plan("x.exe")]})
    assert response.status_code == 422 and "Voici." in response.text
    assert not Outgoing.objects.exists()


def test_a_phrase_and_an_answer_are_inserted_in_the_language_of_the_letter(desk: Client, town: SmallTown) -> None:
    keep_snippet(name="merci", words_fr="Merci {nom}.", words_en="Thanks {name}.", by=town.agent, shared=False)
    sender = waiting()
    phrase = desk.get("/desk/snippets/pick", {"q": "mer", "lang": "en", "message": str(sender.pk)})
    assert "Thanks Anne Roy." in phrase.text
    assert "Thanks [" in desk.get("/desk/snippets/pick", {"q": "mer", "lang": "en", "message": "987654"}).text
    found = desk.get("/desk/snippets/pick", {"q": "cabanon", "lang": "fr", "answers": "resident"})
    [one] = found.context["answers"]
    assert "Il faut un permis." in one["words"]
    contact = waiting("Quel beau sapin")
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/?answer=-"))
    values |= {"reply-words": f"Bonjour,\n\n{one['words']}", "reply-also": one["stamp"]}
    assert desk.post(f"/desk/inbox/{contact.pk}/send/", values).status_code == 302
    assert Given.objects.get().answer == town.shed.answer


def test_an_answer_inserted_and_changed_since_does_not_leave(desk: Client) -> None:
    contact = waiting("Quel beau sapin")
    values = fields(desk.get(f"/desk/inbox/{contact.pk}/?answer=-"))
    values |= {"reply-words": "Bonjour", "reply-also": "cabanon=vieux"}
    assert desk.post(f"/desk/inbox/{contact.pk}/send/", values).status_code == 409


def test_everyone_is_named_before_and_written_to_only_when_asked(desk: Client) -> None:
    contact = waiting(Cc="luc@exemple.ca")
    page = desk.get(f"/desk/inbox/{contact.pk}/")
    assert "luc@exemple.ca" in page.text and not page.context["form"]["everyone"].value()
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(page) | {"reply-everyone": "on"})
    assert sorted(Outgoing.objects.values_list("to", flat=True)) == [ANNE, "luc@exemple.ca"]
    assert "luc@exemple.ca" in desk.get(f"/desk/inbox/{contact.pk}/?view=mine").text


def test_the_state_of_the_letter_is_shown(desk: Client, run_jobs: Callable[[], int]) -> None:
    contact = waiting()
    desk.post(f"/desk/inbox/{contact.pk}/send/", fields(desk.get(f"/desk/inbox/{contact.pk}/")))

    def state() -> str:
        return str(desk.get(f"/desk/inbox/{contact.pk}/").context["deliveries"][0].state)

    assert state() == "waiting"
    with later(seconds=16):
        run_jobs()
    assert state() == "sent"
    Outgoing.objects.update(state=Outgoing.State.FAILED, error="550 non")
    assert state() == "refused"
    sweep_calls()
    page = desk.get("/desk/inbox/")
    assert "réponse non remise" in page.text
    assert "550 non" in desk.get(f"/desk/inbox/{contact.pk}/").text


def test_an_address_that_refuses_letters_says_so_beside_it(desk: Client, town: SmallTown) -> None:
    person = make_person(email=ANNE)
    letter = queue_letter(key="x", to=ANNE, language="fr", renderer="tests.mail.letters.hello", args=["Anne"])
    Outgoing.objects.filter(pk=letter.pk).update(
        state=Outgoing.State.FAILED, attempts=1, error="550 inconnue", attempted_at="2026-11-24T15:00Z"
    )
    contact = waiting()
    for path in (f"/desk/people/{person.pk}/", f"/desk/inbox/{contact.pk}/"):
        assert "550 inconnue" in desk.get(path).text
    people.update_person(person=person, email="autre@exemple.ca", by=Actor.staff(town.agent))
    assert "550 inconnue" not in desk.get(f"/desk/people/{person.pk}/").text
