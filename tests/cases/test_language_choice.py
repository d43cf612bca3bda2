"""The language policy applied to a case; the ground is recorded in the journal and with the person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.language_choice import LanguageChoice
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.incidents.incident_news import send_update
from parvis.apps.cases.services.incidents.incidents import Words, join_case, open_incident
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor, Town
from parvis.apps.directory.queries import forget
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.services import contacts, incidents, matters
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.lib.errors import Invalid
from tests.factories import SmallTown, make_person, unique

pytestmark = pytest.mark.django_db


def opened(town: SmallTown, **values: object) -> Case:
    person = values.pop("person", None) or make_person("Ann Hill", email=f"{unique()}@exemple.ca", language="en")
    where = {"subject": town.streetlight, "nature": Nature.REQUEST, "channel": "phone", "place_text": "Quai"}
    fields: dict[str, Any] = {**where, "person": person, "language": "en", **values}
    new_case = NewCase(key=unique(), **fields)
    return open_case(new_case, by=Actor.staff(town.agent)).case


def letters(case: Case) -> list[str]:
    return list(
        Outgoing.objects.filter(key__startswith=case.reference).order_by("pk").values_list("language", flat=True)
    )


def test_without_a_ground_a_town_by_exception_writes_in_french(town: SmallTown) -> None:
    case = opened(town)
    assert (case.language, case.english_ground, letters(case)) == ("fr", None, ["fr"])


def test_a_ground_gives_english_and_stands_in_the_journal(town: SmallTown) -> None:
    case = opened(town, english_ground="eligible")
    first = Entry.objects.get(case=case, seq=1)
    assert (case.language, case.english_ground, letters(case)) == ("en", "eligible", ["en"])
    assert (first.data["language"], first.data["ground"]) == ("en", "eligible")
    assert dict(verify())[case.reference] == []


def test_what_keeps_someone_safe_needs_no_ground(town: SmallTown) -> None:
    case = opened(town, urgent=True)
    assert (case.language, case.english_ground) == ("en", "safety")


def test_a_town_that_writes_in_english_to_all_records_no_ground(town: SmallTown) -> None:
    Town.objects.update(english="open")
    forget()
    case = opened(town)
    assert (case.language, case.english_ground, letters(case)) == ("en", None, ["en"])


def test_a_reply_changes_the_language_with_its_ground_and_the_person_keeps_a_lasting_one(town: SmallTown) -> None:
    case = opened(town)
    with pytest.raises(Invalid) as refused:
        handling.answer(case_id=case.pk, words="Soon.", by=town.technician, language_choice=LanguageChoice("en"))
    assert "ground" in refused.value.fields
    handling.answer(
        case_id=case.pk, words="Soon.", by=town.technician, language_choice=LanguageChoice("en", "eligible")
    )
    case.refresh_from_db()
    person = Person.objects.get(cases=case)
    assert (case.language, case.english_ground, letters(case)) == ("en", "eligible", ["fr", "en"])
    assert (person.language, person.english_ground) == ("en", "eligible") and person.english_since
    handling.answer(case_id=case.pk, words="Voilà.", by=town.technician, language_choice=LanguageChoice("fr"))
    case.refresh_from_db()
    assert (case.language, case.english_ground, letters(case)[-1]) == ("fr", None, "fr")
    assert dict(verify())[case.reference] == []


def test_a_ground_that_lapsed_gives_french_again(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-03-02T10:00:00-05:00"
    case = opened(town, english_ground="newcomer")
    settings.PARVIS_NOW = "2026-09-02T10:00:00-04:00"
    handling.answer(case_id=case.pk, words="Bientôt.", by=town.technician)
    assert letters(case) == ["en", "fr"]
    assert case.opened_at.date() == date(2026, 3, 2)


def test_news_of_an_incident_hold_to_the_rule_in_words_and_letter(
    town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    settings.PARVIS_NOW = "2026-03-02T10:00:00-05:00"
    case = opened(town, english_ground="newcomer")
    settings.PARVIS_NOW = "2026-09-02T10:00:00-04:00"
    texts = {"title_fr": "Panne", "title_en": "Outage", "say_fr": "On y est.", "say_en": "We are there."}
    words = Words(**texts, whole_town=True)  # type: ignore[arg-type]
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.agent)
    join_case(incident_id=incident.pk, case_id=case.pk, by=town.agent)
    for ground in ("", "eligible"):
        person = make_person(f"Ann {ground}", email=f"{ground or 'none'}@exemple.ca")
        arrival = Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=person, language="en")
        contact = contacts.receive(replace(arrival, english_ground=ground))
        matter = matters.MatterInput(contact_id=contact.pk, key=unique(), by=town.agent)
        incidents.join_contact(matter, incident_id=incident.pk)
    send_update(incident_id=incident.pk, key=unique(), words_fr="Ce soir", words_en="Tonight", by=town.agent)
    run_jobs()
    informed = case.entries.get(kind=Entry.Kind.INFORMED)
    assert informed.body == "Ce soir" and letters(case)[-1] == "fr"
    news = dict(Outgoing.objects.filter(key__startswith="incident/").values_list("to", "language"))
    assert news == {"none@exemple.ca": "fr", "eligible@exemple.ca": "en"}
