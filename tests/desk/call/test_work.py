"""Calculators on the call screen: the calculation of the public page, read aloud, then recorded as given."""

import re
from datetime import date
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.calculators.queries.at_address import at_address
from parvis.apps.calculators.queries.duty import transfer_duty
from parvis.apps.content.models import Answer, Fact
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.intake.queries.contact_history import history_of_people
from parvis.apps.places.models import Address
from parvis.lib import quebec
from tests.conftest import SAMPLE_MOMENT
from tests.desk.call.made import begun, contact_at, entered, save
from tests.factories import make_person
from tests.public.makers import words

DUTY = {"work-name": "transfer-duty:mutation", "in-paid": "450 000", "in-on": "2026-06-01"}


@pytest.fixture
def client(sample_town: None, db: None, settings: Settings) -> Client:
    settings.PARVIS_NOW = SAMPLE_MOMENT
    return entered(User.objects.get(username="lea.tremblay"))


@pytest.fixture
def url(client: Client) -> str:
    return begun(client)


def opened(client: Client, url: str, **typed: str) -> str:
    """The pane, as fetched by the screen's script."""
    return words(client, f"{url}pane/work?{urlencode(typed)}")


def form_of(page: str) -> dict[str, str]:
    """The values the button of the result would submit."""
    form = page[page.index('id="work-told"') :].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def test_the_answer_leads_to_what_may_be_worked_out_and_is_the_words_of_the_page(client: Client, url: str) -> None:
    read = words(client, f"{url}answer/mutation")
    assert 'data-work="transfer-duty:mutation"' in read and 'data-key="k"' in read
    empty = opened(client, url, **{"work-name": DUTY["work-name"]})
    assert 'name="in-paid"' in empty and "/calculated/" not in empty
    pane = opened(client, url, **DUTY)
    short = quebec.plain(transfer_duty(paid=45_000_000, on=date(2026, 6, 1)).words("fr").short)
    public = words(client, "/calcul/mutation/?paid=450000&on=2026-06-01")
    assert "4 860,50 $" in short and short in quebec.plain(pane) and short in quebec.plain(public)


def test_what_was_worked_out_is_recorded_with_its_inputs_and_read_again(client: Client, url: str) -> None:
    contact = contact_at(url)
    contact.person = make_person()
    contact.save()
    save(client, url, 3, text="combien pour la taxe de bienvenue")
    form = form_of(opened(client, url, **DUTY)) | {"work-text": "combien pour la taxe de bienvenue"}
    assert client.post(f"{url}calculated/", form).status_code == 302
    assert client.post(f"{url}calculated/", form).status_code == 302
    matter, given = Matter.objects.get(), Given.objects.get()
    assert (matter.outcome, matter.words) == ("answered", form["work-text"])
    assert matter.subject is not None and matter.subject.slug == "mutation"
    assert given.answer == Answer.objects.get(subject__slug="mutation") and given.revision is None
    assert (given.inputs["computed"], given.inputs["paid"], given.inputs["on"]) == (
        "transfer-duty",
        45_000_000,
        "2026-06-01",
    )
    assert given.inputs["result"]["total"] == 486_050 and "4 860,50 $" in quebec.plain(given.words)
    assert any(fact["key"] == "mutation.seuil_1" and fact["id"] for fact in given.facts)
    assert contact_at(url).state == Contact.State.DONE
    [answer] = history_of_people([contact.person], url_of=lambda _case: "").contacts[0].matters[0].answers
    assert ("Prix payé", "450 000 $") in [(label, quebec.plain(value)) for label, value in answer.asked]
    assert ("Droit estimé", "4 860,50 $") in [(label, quebec.plain(value)) for label, value in answer.rows]
    assert not answer.rewritten and answer.changed == []
    receipt = quebec.plain(words(client, f"/desk/contacts/{matter.contact_id}/receipt/?as=page"))
    assert "Prix payé" in receipt and "450 000 $" in receipt and "4 860,50 $" in receipt
    Given.objects.update(inputs={})  # erased by law
    [bare] = history_of_people([contact.person], url_of=lambda _case: "").contacts[0].matters[0].answers
    assert (bare.asked, bare.rows, bare.rewritten) == ([], [], False) and bare.words == given.words


def test_a_fact_changed_while_it_was_read_is_said_before_anything_is_recorded(client: Client, url: str) -> None:
    form = form_of(opened(client, url, **DUTY))
    Fact.objects.filter(key="mutation.taux_3").update(value=2)
    bump_edition()
    response = client.post(f"{url}calculated/", form)
    assert response.status_code == 409 and "Le résultat a changé" in response.content.decode()
    assert not Given.objects.exists()
    again = form_of(quebec.plain(response.content.decode()))
    assert again["in-paid"] == "450 000" and client.post(f"{url}calculated/", again).status_code == 302
    assert Given.objects.get().inputs["result"]["total"] != 486_050


def test_questions_come_one_after_the_other_in_the_language_of_the_person(client: Client, url: str) -> None:
    name = {"work-name": "permit:piscine", "lang": "en"}
    first = opened(client, url, **name)
    assert (
        'lang="en-CA"' in first and "I do not know" in first and first.count("in-terrain") and "in-genre" not in first
    )
    answers = {"terrain": "aucune", "projet": "installer", "genre": "souple", "profondeur": "plus"}
    typed = {f"in-{key}": value for key, value in answers.items()} | {"in-vu": ",".join(answers)}
    pane = opened(client, url, **name, **typed)
    assert "a permit is required" in pane
    client.post(f"{url}calculated/", form_of(pane) | {"more": "1"})
    given = Given.objects.get()
    assert (given.language, given.inputs["computed"], given.inputs["answers"]) == ("en", "permit", answers)
    assert given.inputs["asked"][0][1] and contact_at(url).state == Contact.State.IN_PROGRESS


def test_what_is_typed_wrong_is_kept_and_nothing_may_be_recorded(client: Client, url: str) -> None:
    pane = opened(client, url, **DUTY | {"in-paid": "beaucoup"})
    assert 'value="beaucoup"' in pane and "Écrivez un montant" in pane and "/calculated/" not in pane
    sent = {"work-key": "k1", **DUTY, "in-paid": "beaucoup", "work-lang": "fr"}
    assert client.post(f"{url}calculated/", sent).status_code == 422 and not Given.objects.exists()
    assert client.get(f"{url}pane/work?work-name=transfer-duty:piscine").status_code == 404
    assert client.post(f"{url}calculated/", sent | {"work-name": "nothing"}).status_code == 422


def test_without_a_script_the_screen_works_it_out_at_its_own_address(client: Client, url: str) -> None:
    page = words(client, f"{url}?pane=work&{urlencode(DUTY)}")
    assert "4 860,50 $" in quebec.plain(page) and "C’est dit, fermer" in page


def test_the_hours_are_read_and_recorded_at_once(client: Client, url: str) -> None:
    pane = opened(client, url, **{"work-name": "reach:joindre"})
    assert "Nous sommes ouverts" in pane and "data-work-form" not in pane
    client.post(f"{url}calculated/", form_of(pane))
    assert Given.objects.get().inputs["result"]["hours"]["open"] is True


# --- An address ----------------------------------------------------------------------------------------------------


def test_what_was_read_of_an_address_is_recorded_part_by_part(client: Client, url: str) -> None:
    address = Address.objects.order_by("pk").first()
    assert address is not None
    contact = contact_at(url)
    contact.person = make_person()
    contact.save()
    pane = words(client, f"{url}place?place-address={address.pk}&lang=fr&subject=collectes")
    assert re.search(r'value="pickups"[^>]*checked', pane) and not re.search(r'value="tonight"[^>]*checked', pane)
    form = pane[pane.index("/place-answered/") :]
    sent = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form))
    assert client.post(f"{url}place-answered/", sent).status_code == 422
    assert client.post(f"{url}place-answered/", sent | {"place-parts": ["pickups", "tonight"]}).status_code == 302
    first, second = Given.objects.order_by("pk")
    assert [given.inputs["computed"] for given in (first, second)] == ["pickups", "tonight"]
    assert first.inputs["address"] == address.label and first.inputs["on"] == "2026-11-24"
    assert first.words == at_address("pickups", address).words("fr").short
    matter = Matter.objects.get()
    assert matter.subject is not None and matter.subject.slug == "collectes"
    told = history_of_people([contact.person], url_of=lambda _case: "").contacts[0].matters[0].answers
    assert [answer.asked for answer in told] == [[("Adresse", address.label)]] * 2


def test_an_answer_left_on_the_screen_is_recorded_as_it_stood_then(
    client: Client, url: str, settings: Settings
) -> None:
    address = Address.objects.select_related("street", "sector").order_by("pk").first()
    assert address is not None
    sent = {"place-key": "k", "place-address": str(address.pk), "place-parts": "tonight", "place-at": SAMPLE_MOMENT}
    settings.PARVIS_NOW = "2026-11-24T11:00:00-05:00"
    client.post(f"{url}place-answered/", sent | {"more": "1"})
    assert Given.objects.get().inputs["moment"] == SAMPLE_MOMENT
    for late in ("2026-11-24T08:00:00-05:00", "2026-11-25T10:00:00-05:00", "hier", "2026-13-45T00:00:00"):
        again = client.post(f"{url}place-answered/", sent | {"place-key": late, "place-at": late, "more": "1"})
        assert again.status_code == 409 and "depuis trop longtemps" in again.content.decode()
        assert Given.objects.count() == 1, "what stands now is not what was read"
