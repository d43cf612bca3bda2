"""The outcomes of a matter: answered, case, transfer, callback, not ours, unanswered; each settled once."""

from datetime import timedelta

import pytest
from django.test import Client

from parvis.apps.cases.models import Case, Entry
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Absence, AccessLogEntry, Actor
from parvis.apps.directory.services.absences import say_absence
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.models import Callback, Contact, Given, Matter
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import register_person
from parvis.lib.clock import now, today
from tests.counting import statements
from tests.desk.call.made import (
    SAID,
    answered_town,
    begun,
    case_form,
    contact_at,
    entered,
    form_of,
    key_on,
    save,
)
from tests.factories import SmallTown, make_person


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.agent)


@pytest.fixture
def url(client: Client) -> str:
    return begun(client)


# --- Answered ---------------------------------------------------------------------------------------------------


def test_one_key_records_what_was_said_and_closes(town: SmallTown, client: Client, url: str) -> None:
    answer = answered_town(town)
    save(client, url, 3, text="faut-tu un permis pour mon cabanon", subject=town.shed.slug)
    form = form_of(client, url)
    assert form["subject"] == town.shed.slug
    response = client.post(f"{url}answered/", form)
    matter = Matter.objects.get()
    given = Given.objects.get(matter=matter)
    contact = contact_at(url)
    assert (matter.outcome, matter.subject, matter.words) == ("answered", town.shed, form["text"])
    assert (given.words, given.answer, given.language) == (f"Oui. {SAID}", answer, "fr")
    assert given.revision_id == answer.live_revision_id
    assert contact.state == Contact.State.DONE and contact.seconds is not None and contact.person is None
    assert "Cabanon" in client.get(response["Location"]).content.decode()


def test_sending_the_answer_twice_records_it_once(town: SmallTown, client: Client, url: str) -> None:
    answered_town(town)
    save(client, url, 3, text="cabanon")
    form = form_of(client, url)
    for _again in range(3):
        assert client.post(f"{url}answered/", form).status_code == 302
    assert Matter.objects.count() == Given.objects.count() == 1


def test_another_subject_in_the_same_call_keeps_it_open(town: SmallTown, client: Client, url: str) -> None:
    answered_town(town)
    save(client, url, 3, text="cabanon")
    client.post(f"{url}answered/", form_of(client, url) | {"more": "1"})
    assert contact_at(url).state == Contact.State.IN_PROGRESS
    save(client, url, 10, text="mon autre cabanon")
    client.post(f"{url}answered/", form_of(client, url))
    assert [matter.words for matter in Matter.objects.all()] == ["cabanon", "mon autre cabanon"]
    assert contact_at(url).state == Contact.State.DONE


def test_with_nothing_asked_the_contact_just_ends(client: Client, url: str) -> None:
    client.post(f"{url}answered/", form_of(client, url))
    assert contact_at(url).state == Contact.State.DONE
    assert not Matter.objects.exists()


def test_words_without_an_answer_do_not_close_the_contact(town: SmallTown, client: Client, url: str) -> None:
    response = client.post(f"{url}answered/", {"key": key_on(client, url), "text": "une chose étrange"})
    assert response.status_code == 422
    assert "une chose étrange</textarea>" in response.content.decode()
    assert contact_at(url).state == Contact.State.IN_PROGRESS


def test_an_answer_republished_while_it_is_read_is_read_again_first(town: SmallTown, client: Client, url: str) -> None:
    answer = answered_town(town)
    save(client, url, 3, text="cabanon")
    form = form_of(client, url)
    answer.short_fr = "Plus besoin de permis."
    answer.save_revision().publish()
    bump_edition()
    response = client.post(f"{url}answered/", form)
    assert response.status_code == 409
    assert "Plus besoin de permis." in response.content.decode()
    assert not Given.objects.exists()
    client.post(f"{url}answered/", form_of(client, url))
    assert Given.objects.get().words == "Plus besoin de permis."


# --- A case -----------------------------------------------------------------------------------------------------


def test_a_call_becomes_a_case_whose_reference_is_shown(town: SmallTown, client: Client, url: str) -> None:
    response = client.post(f"{url}case/", case_form(key_on(client, url), town))
    case = Case.objects.get()
    assert (case.subject, case.department, case.address) == (town.pothole, town.works, town.address)
    assert case.details[0]["shown_fr"] == "Grand"
    page = client.get(response["Location"]).content.decode()
    assert f'aria-label="{case.reference}"' in page and f'aria-label="{case.code}"' in page
    assert contact_at(url).state == Contact.State.IN_PROGRESS
    client.post(f"{url}answered/", form_of(client, response["Location"]))
    assert contact_at(url).state == Contact.State.DONE


def test_sending_a_case_twice_opens_one(town: SmallTown, client: Client, url: str) -> None:
    form = case_form(key_on(client, url), town, who="new", name="Rose Roy", phone="418 555-0123")
    first, again = client.post(f"{url}case/", form), client.post(f"{url}case/", form)
    assert first["Location"] == again["Location"]
    assert Case.objects.count() == Matter.objects.count() == Person.objects.count() == 1


def test_a_case_sent_again_after_the_call_is_still_one(town: SmallTown, client: Client, url: str) -> None:
    form = case_form(key_on(client, url), town)
    client.post(f"{url}case/", form)
    client.post(f"{url}finish/")
    assert client.post(f"{url}case/", form).status_code == 302
    assert Case.objects.count() == 1


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    town: SmallTown, client: Client, url: str
) -> None:
    form = case_form(
        key_on(client, url), town, address="", who="new", name="Rose Roy", phone="12", words="Un trou énorme & laid"
    )
    response = client.post(f"{url}case/", form)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'class="summary"' in page and 'href="#id_case-phone"' in page
    assert "Un trou énorme &amp; laid" in page and 'value="Rose Roy"' in page and 'value="12"' in page
    response = client.post(f"{url}case/", form | {"case-phone": "", "case-name": "Rose Roy"})
    assert response.status_code == 422 and 'id="id_case-place_error"' in response.content.decode()
    assert not Case.objects.exists()


def test_the_agent_reads_who_would_receive_it_while_the_one_a_rule_names_is_away(
    town: SmallTown, client: Client, url: str
) -> None:
    rule = {"subjects": ["nid-de-poule"], "to": town.works, "why_fr": "Il suit les rues.", "why_en": "He knows them."}
    RoutingRule.objects.create(position=0, name="rues", owner=town.technician, **rule)
    values = {"case-subject": "nid-de-poule", "case-nature": "request"}
    name, other = town.technician.display_name, town.manager.display_name
    assert f"<b>{town.works.name}</b>, {name}<br>" in page_of(client, url, values)
    say_absence(user=town.technician, first_day=today(), last_day=today(), delegate=town.manager, by=town.technician)
    assert f"{other}, qui remplace {name}" in page_of(client, url, values)
    Absence.objects.update(delegate=None)
    assert name not in page_of(client, url, values), "it would wait in the queue"


def page_of(client: Client, url: str, asked: dict[str, str]) -> str:
    return client.get(f"{url}expectations", asked).content.decode()


def test_a_comment_is_thanked_without_a_promise(town: SmallTown, client: Client, url: str) -> None:
    form = case_form(key_on(client, url), town, subject=town.opinion.slug, nature="comment", words="Bravo!", address="")
    response = client.post(f"{url}case/", form)
    case = Case.objects.get()
    assert case.due_at is None and case.entries.get().kind == Entry.Kind.THANKED
    assert 'class="big-promise"' not in client.get(response["Location"]).content.decode()


def test_no_place_yet_is_an_answer_to_where(town: SmallTown, client: Client, url: str) -> None:
    client.post(f"{url}case/", case_form(key_on(client, url), town, address="", no_place="on"))
    assert Case.objects.get().place


def test_a_case_may_be_for_someone_known_on_behalf_of_another(town: SmallTown, client: Client, url: str) -> None:
    person = make_person("Jeanne Arsenault", phone="+14185550123")
    form = case_form(key_on(client, url), town, who="known", person=person.pk, on_behalf_of="sa mère")
    client.post(f"{url}case/", form)
    case = Case.objects.get()
    assert (case.person, case.on_behalf_of) == (person, "sa mère")


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        ("email", "Un accusé de réception part vers luc@exemple.ca."),
        ("phone", "On téléphonera à la personne"),
        ("paper", "par lettre, sur papier"),
        ("none", "n’est prévenue de rien"),
    ],
)
def test_what_the_person_hears_is_said_as_they_wish(
    town: SmallTown, client: Client, url: str, reach: str, said: str
) -> None:
    person = register_person(
        name="Luc",
        phone="450 555-0123",
        email="luc@exemple.ca",
        address_text="8, rue Haute",
        reach=reach,
        by=Actor.citizen(),
    )
    answer = client.post(f"{url}case/", case_form(key_on(client, url), town, who="known", person=person.pk))
    assert said in client.get(answer["Location"]).content.decode()


def test_opening_a_case_costs_a_bounded_number_of_queries(town: SmallTown, client: Client, url: str) -> None:
    form = case_form(key_on(client, url), town)
    client.get("/desk/changes")
    with statements() as queries:
        client.post(f"{url}case/", form)
    assert len(queries) <= 40


def test_opening_a_case_is_one_transaction_that_writes_each_row_once(town: SmallTown, client: Client, url: str) -> None:
    """Who is told, what is found and what programs hear follow in batches (ADR 0060)."""
    person = register_person(name="Luc", email="luc@exemple.ca", by=Actor.citizen())
    form = case_form(key_on(client, url), town, who="known", person=person.pk)
    with statements() as queries:
        client.post(f"{url}case/", form)
    asked = [query["sql"].split() for query in queries]
    assert [words[0] for words in asked].count("SAVEPOINT") == 1
    written = [
        words[2 if words[0] == "INSERT" else 1].strip('"') for words in asked if words[0] in ("INSERT", "UPDATE")
    ]
    assert [table for table in written if table != "cases_casenumber"] == [
        *("directory_accesslogentry", "cases_case", "cases_entry", "mail_outgoing", "intake_matter", "intake_contact"),
    ]


# --- Other outcomes ---------------------------------------------------------------------------------------------


def test_a_caller_is_put_through_to_who_is_there(town: SmallTown, client: Client, url: str) -> None:
    record_presence(user=town.technician)
    assert "Tina Caron" in client.get(f"{url}pane/transfer", {"subject": town.pothole.slug}).content.decode()
    client.post(f"{url}case/", case_form(key_on(client, url), town))
    case = Case.objects.get()
    form = {"key": key_on(client, url), "department": "voirie", "receiver": town.technician.pk, "case": case.pk}
    client.post(f"{url}transfer/", {f"transfer-{name}": value for name, value in form.items()})
    matter = Matter.objects.latest("pk")
    assert (matter.outcome, matter.department, matter.receiver) == ("transfer", town.works, town.technician)
    assert case.entries.filter(kind=Entry.Kind.HANDED).exists()


def test_a_call_is_promised(client: Client, url: str) -> None:
    form = {"callback-key": key_on(client, url), "callback-phone": "418 555", "callback-when": "morning"}
    refused = client.post(f"{url}callback/", form | {"callback-reason": "le prix"})
    assert refused.status_code == 422 and "le prix" in refused.content.decode()
    client.post(f"{url}callback/", form | {"callback-phone": "418 555-0123", "callback-reason": "le prix"})
    promised = Callback.objects.get()
    assert (promised.phone, promised.reason) == ("+14185550123", "le prix")
    assert now() < promised.due_at < now() + timedelta(days=12)


def test_the_right_door_is_given_and_recorded(town: SmallTown, client: Client, url: str) -> None:
    key = key_on(client, url)
    assert client.post(f"{url}not-ours/", {"not_ours-key": key}).status_code == 422
    client.post(f"{url}not-ours/", {"not_ours-key": key, "not_ours-door": "police", "not_ours-text": "du tapage"})
    matter = Matter.objects.get()
    assert (matter.outcome, matter.department, matter.words) == ("not_ours", town.police, "du tapage")


def test_what_nobody_knew_is_kept_as_a_gap(client: Client, url: str) -> None:
    key = key_on(client, url)
    assert client.post(f"{url}unanswered/", {"unanswered-key": key, "unanswered-text": " "}).status_code == 422
    client.post(f"{url}unanswered/", {"unanswered-key": key, "unanswered-text": "Qui nettoie la statue?"})
    assert Matter.objects.get().outcome == "none"


# --- The person -------------------------------------------------------------------------------------------------


def test_the_file_of_the_person_on_the_line_is_shown_and_its_reading_logged(
    town: SmallTown, client: Client, url: str
) -> None:
    person = register_person(name="Rose Roy", phone="418 555-0123", by=Actor.staff(town.agent))
    assert "Rose Roy" in client.get("/desk/people", {"q": "0123"}).content.decode()
    client.post(f"{url}person/", {"person": person.pk})
    assert contact_at(url).person == person
    assert "Rose Roy" in client.get(url).content.decode()
    readings = AccessLogEntry.objects.order_by("pk").values_list("user", "subject", "subject_id", "reason")
    result, opened = (town.agent.pk, "found", person.pk, "0123"), (town.agent.pk, "person", person.pk, "")
    assert [(*reading[:3], reading[3] if reading[1] == "found" else "") for reading in readings] == [result, opened]
    client.post(f"{url}person/", {"person": ""})
    assert contact_at(url).person is None


def test_someone_new_is_registered_once(town: SmallTown, client: Client, url: str) -> None:
    refused = client.post(f"{url}person/new/", {"name": "", "phone": "418 555-0123"})
    assert refused.status_code == 422 and 'value="418 555-0123"' in refused.content.decode()
    for _again in range(2):
        client.post(f"{url}person/new/", {"name": "Rose Roy", "phone": "418 555-0123"})
    assert contact_at(url).person == Person.objects.get(name="Rose Roy")


def test_addresses_are_proposed(town: SmallTown, client: Client) -> None:
    assert town.address.label in client.get("/desk/places", {"q": "12 quai"}).content.decode()


def test_a_case_left_anonymous_names_nobody_even_when_the_caller_is_known(
    town: SmallTown, client: Client, url: str
) -> None:
    person = make_person("Jeanne Arsenault")
    client.post(f"{url}person/", {"person": person.pk})
    client.post(f"{url}case/", case_form(key_on(client, url), town, who="nobody"))
    assert Case.objects.get().person is None
    assert contact_at(url).person == person
