"""Receipts: the answers given, the promises, and how to follow the case."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from pytest import MonkeyPatch
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.intake.models import Contact
from parvis.lib.ids import show_code
from parvis.ui import printing
from tests.desk.call.made import SAID, answered_town, begun, case_form, contact_at, entered, form_of, key_on
from tests.factories import SmallTown, make_person, make_user, unique
from tests.paper import pages

needs_pango = pytest.mark.skipif(not printing.available(), reason="Pango is not installed")


def visited(client: Client, town: SmallTown, **case: str) -> Contact:
    """A visit with an answer, then a case."""
    url = begun(client, "counter")
    form = form_of(client, url) | {"subject": town.shed.slug, "text": "construire un cabanon", "stamp": "", "more": "1"}
    assert client.post(f"{url}answered/", form).status_code == 302
    key = f"{key_on(client, url).rpartition('.')[0]}.case"
    assert client.post(f"{url}case/", case_form(key, town, **case)).status_code == 302
    return contact_at(url)


def page_of(client: Client, contact: Contact, **asked: str) -> str:
    answer = client.get(f"/desk/contacts/{contact.pk}/receipt/", {"as": "page", **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def test_several_matters_of_one_visit_stand_on_one_receipt(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    contact = visited(client, town)
    case = Case.objects.get()
    page = page_of(client, contact)
    assert SAID in page and case.reference in page and show_code(case.code) in page
    assert 'class="qr"' in page
    assert 'class="print large"' in page
    client.post(f"/desk/contacts/{contact.pk}/finish/")
    assert case.reference in page_of(client, contact)  # still there once the visit is over


def test_the_receipt_of_a_request_handled_with_another_says_how_that_one_stands(town: SmallTown) -> None:
    client = entered(town.agent)
    contact = visited_with_a_case_only(client, town)
    case = Case.objects.get()
    new_case = NewCase(
        key=unique(), subject=case.subject, nature=case.nature, channel="phone", words="Le même", address=town.address,
        person=make_person(email="jeanne@exemple.ca"),
    )  # fmt: skip
    head = open_case(new_case, by=Actor.staff(town.agent)).case
    merging.merge(case_id=case.pk, into_id=head.pk, words="La même chose", by=Actor.staff(town.agent))
    page = page_of(client, contact)
    assert case.reference in page and head.reference not in page
    assert "Ce que nous promettons" in page and "Cette requête est fermée" not in page
    handling.ask(case_id=head.pk, words="De quelle couleur ?", by=town.technician)
    page = page_of(client, contact)
    assert "Nous attendons quelqu’un d’autre. Notre promesse est en pause" in page.replace("\u00a0", " ")
    assert "couleur" not in page and "votre réponse" not in page


def test_the_receipt_speaks_the_language_of_the_person(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client, "counter")
    key = f"{key_on(client, url).rpartition('.')[0]}.case"
    client.post(f"{url}describe/", {"language": "en", "english_ground": "eligible"})
    client.post(f"{url}case/", case_form(key, town, language="en"))
    contact = contact_at(url)
    assert "Votre reçu" in page_of(client, contact, lang="fr")
    assert "Your receipt" in page_of(client, contact, lang="en")
    reference = Case.objects.get().reference
    assert "Your receipt" in client.get(f"/desk/cases/{reference}/receipt/?as=page").content.decode()


@needs_pango
def test_the_receipt_is_a_pdf(town: SmallTown) -> None:
    client = entered(town.agent)
    contact = visited_with_a_case_only(client, town)
    answer = client.get(f"/desk/contacts/{contact.pk}/receipt/")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert pages(answer.content) == 1, "one request holds on one sheet, with how to reach the town"


def visited_with_a_case_only(client: Client, town: SmallTown) -> Contact:
    url = begun(client, "counter")
    key = f"{key_on(client, url).rpartition('.')[0]}.case"
    client.post(f"{url}case/", case_form(key, town))
    return contact_at(url)


def test_without_pango_the_page_is_shown_with_its_button(town: SmallTown, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_weasyprint", lambda: None)
    client = entered(town.agent)
    contact = visited_with_a_case_only(client, town)
    answer = client.get(f"/desk/contacts/{contact.pk}/receipt/")
    assert answer["Content-Type"].startswith("text/html") and "data-print" in answer.content.decode()


def test_someone_with_neither_mail_nor_phone_follows_their_request_with_the_paper_alone(town: SmallTown) -> None:
    client = entered(town.agent)
    contact = visited_with_a_case_only(client, town)
    assert Case.objects.get().person is None
    page = page_of(client, contact)
    reference = re.findall(r'class="big">([\w-]+)<', page)[0]
    code = re.findall(r'class="big">([\w-]+)<', page)[1]
    assert f'<b class="link">{settings.PARVIS_URL}/suivi</b>' in page
    citizen = Client()
    answer = citizen.post("/suivi/", {"reference": reference, "code": code})
    assert answer.status_code == 302
    assert answer["Location"] == f"/suivi/{Case.objects.get().secret}/"
    assert citizen.get(answer["Location"]).status_code == 200


def test_the_paper_gives_an_address_short_enough_to_type_and_never_the_private_link(
    town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_URL = "https://parvis.example.ca"
    client = entered(town.agent)
    page = page_of(client, visited_with_a_case_only(client, town))
    assert '<b class="link">parvis.example.ca/suivi</b>' in page
    assert Case.objects.get().secret not in page  # in the QR code


def test_a_person_is_registered_at_the_counter_by_name_alone(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client, "counter")
    key = f"{key_on(client, url).rpartition('.')[0]}.case"
    assert client.post(f"{url}case/", case_form(key, town, who="new", name="Rita Lamarche")).status_code == 302
    person = Case.objects.get().person
    assert person and (person.name, person.email, person.phones.count()) == ("Rita Lamarche", "", 0)


def test_the_receipt_of_a_contact_is_for_its_agent(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    contact = visited_with_a_case_only(entered(town.agent), town)
    colleague = make_user("autre.agente", (town.desk, "agent"))  # type: ignore[arg-type]
    assert signed_in(colleague).get(f"/desk/contacts/{contact.pk}/receipt/").status_code == 404


def test_printing_the_receipt_of_a_request_is_kept_in_the_log_of_readings(town: SmallTown) -> None:
    client = entered(town.agent)
    visited_with_a_case_only(client, town)
    case = Case.objects.get()
    assert client.get(f"/desk/cases/{case.reference}/receipt/?as=page").status_code == 200
    assert AccessLogEntry.objects.filter(subject="case", subject_id=case.pk, user=town.agent).exists()
    assert client.get("/desk/cases/26-9999-A/receipt/").status_code == 404


def test_a_contact_in_which_nothing_was_recorded_says_so(town: SmallTown) -> None:
    client = entered(town.agent)
    contact = contact_at(begun(client, "counter"))
    assert "Rien n’a été noté" in page_of(client, contact)
