"""During a call, one key sends the answer on the screen by e-mail: in the person's language, recorded, taken back."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.content.models import Answer
from parvis.apps.intake.models import Contact, Given, MailReply, Matter
from parvis.apps.mail.models import Outgoing
from tests.desk.call.made import answered_town, begun, contact_at, entered
from tests.factories import SmallTown
from tests.intake.test_received_mail import ANNE, later

ASKED = "permis cabanon"


@pytest.fixture
def desk(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


def values(desk: Client, url: str, **others: str) -> dict[str, str]:
    page = desk.get(url, {"text": ASKED, "subject": "cabanon"})
    stamp = page.context["reading"].answer.stamp
    base = {"key": page.context["email_key"], "subject": "cabanon", "text": ASKED, "lang": "fr", "stamp": stamp}
    return base | {"audience": "resident", "email": ANNE} | others


def send(desk: Client, url: str, **others: str) -> int:
    return desk.post(f"{url}emailed/", values(desk, url, **others)).status_code


def test_it_leaves_is_recorded_and_the_call_goes_on(desk: Client, run_jobs: Callable[[], int]) -> None:
    url = begun(desk)
    typed = values(desk, url)
    for _press in range(2):
        assert desk.post(f"{url}emailed/", typed).status_code == 302
    given = Given.objects.get()
    assert (given.inputs["emailed"], given.matter.outcome) == (ANNE, Matter.Outcome.ANSWERED)
    assert contact_at(url).state == Contact.State.IN_PROGRESS
    with later(seconds=16):
        run_jobs()
    letter = Outgoing.objects.get()
    assert (letter.to, letter.subject, letter.state) == (ANNE, "Cabanon", "sent")
    assert letter.text.startswith("Bonjour,\n\n") and "Il faut un permis." in letter.text
    assert ANNE in desk.get(url).text
    desk.post(f"{url}answered/", {"key": "end"})
    assert ANNE in desk.get("/desk/recent/").text


def test_it_is_taken_back_and_the_call_goes_on(desk: Client) -> None:
    url = begun(desk)
    send(desk, url)
    reply = MailReply.objects.get()
    assert desk.get(url).context["may_take_back"] == reply.pk
    assert desk.post(f"/desk/inbox/replies/{reply.pk}/back/")["Location"] == url
    assert not Given.objects.exists() and contact_at(url).state == Contact.State.IN_PROGRESS
    assert send(desk, url) == 302 and Given.objects.count() == 1


@pytest.mark.parametrize("email", ["", "anne", "a@x.ca\nBcc: b@x.ca"])
def test_without_an_address_nothing_leaves_and_what_was_typed_stays(desk: Client, email: str) -> None:
    url = begun(desk)
    assert send(desk, url, email=email) == 422
    assert not Outgoing.objects.exists() and not Given.objects.exists()


def test_a_value_to_check_never_leaves(desk: Client) -> None:
    answer = Answer.objects.get()
    answer.short_fr = "Le permis coûte {fact:inconnu}."
    answer.save_revision(clean=False).publish()
    url = begun(desk)
    response = desk.post(f"{url}emailed/", values(desk, url))
    assert response.status_code == 422 and ANNE in response.text
    assert not Outgoing.objects.exists()


def test_an_answer_that_changed_is_read_again(desk: Client) -> None:
    assert send(desk, begun(desk), stamp="vieux") == 409
    assert not Outgoing.objects.exists()


def test_it_is_in_english_only_where_the_rule_allows(desk: Client) -> None:
    url = begun(desk)
    desk.post(f"{url}describe/", {"language": "en"})
    stamp = desk.get(url, {"text": ASKED, "subject": "cabanon", "lang": "en"}).context["reading"].answer.stamp
    assert send(desk, url, lang="en", stamp=stamp) == 302
    assert MailReply.objects.get().language in ("fr", "en")
    assert ("You need a permit." in MailReply.objects.get().words) == (MailReply.objects.get().language == "en")


def test_a_colleague_sends_nothing_from_my_call(desk: Client, town: SmallTown) -> None:
    url = begun(desk)
    assert entered(town.agent_and_technician).post(f"{url}emailed/", values(desk, url)).status_code == 404
