"""Which requests an account sees, what is new in them, and what nobody sees."""

import html
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import AccountCase, Case, CaseNotification
from parvis.apps.cases.queries.citizens.citizen_cases import cases_of_account
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import accounts, citizen, notifications
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.mail.models import Outgoing
from parvis.apps.push.services.devices import register_device
from parvis.apps.residents.models import Account, Person, ProofCode
from parvis.apps.residents.queries.accounts import code_of
from parvis.apps.residents.services.privacy import flag_file
from tests.counting import statements
from tests.factories import SmallTown, make_person, unique
from tests.push.browser import Subscription

MAILBOX = "jeanne@exemple.ca"


@pytest.fixture(autouse=True)
def _monday(settings: Settings, db: None) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    cache.clear()


def opened(town: SmallTown, person: Person | None, **values: object) -> Case:
    defaults = {"key": unique(), "subject": town.streetlight, "nature": Nature.REQUEST, "channel": "web"}
    defaults |= {"words": "Il fait noir.", "address": town.address, "person": person}
    return open_case(NewCase(**defaults | values), by=Actor.citizen()).case  # type: ignore[arg-type]


def enter(client: Client, email: str = MAILBOX) -> Account:
    client.post("/mes-demandes/", {"email": email})
    client.post("/mes-demandes/code/", {"code": code_of(ProofCode.objects.latest("pk").uid)})
    return Account.objects.latest("pk")


def read(client: Client, path: str = "/mes-demandes/") -> str:
    return html.unescape(client.get(path).content.decode()).replace("\u00a0", " ")


def test_the_requests_whose_letters_come_to_the_mailbox_are_listed(client: Client, town: SmallTown) -> None:
    mine = opened(town, make_person(email=MAILBOX))
    other = opened(town, make_person("Luc Roy", email="luc@exemple.ca"))
    anonymous = opened(town, None)
    enter(client)
    page = read(client)
    assert mine.reference in page
    assert other.reference not in page and anonymous.reference not in page and "luc@" not in page


def test_an_address_written_in_a_file_is_not_enough_without_a_letter(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email=""))
    Person.objects.update(email=MAILBOX)  # by mistake, or for what comes next
    enter(client)
    assert case.reference not in read(client)


def test_an_address_removed_or_an_account_deleted_ends_no_letter(client: Client, town: SmallTown) -> None:
    known, nobody = opened(town, make_person(email="luc@exemple.ca")), opened(town, None)
    account = enter(client)
    secret = "s" * 43
    register_device(secret=secret, language="fr", **Subscription().keys)
    client.cookies["appareil"] = secret
    assert client.post(f"/suivi/{known.secret}/appareil/").status_code == 204
    client.post(f"/suivi/{nobody.secret}/avis/", {"email": "on"})
    assert [row.email for row in nobody.notifications.all()] == [MAILBOX]
    client.post("/mes-demandes/compte/adresse/", {"email": "bureau@exemple.ca"})
    client.post("/mes-demandes/code/", {"code": code_of(ProofCode.objects.latest("pk").uid)})
    mailbox = account.emails.get(email=MAILBOX)
    answer = client.post(f"/mes-demandes/compte/adresse/{mailbox.pk}/retirer/", follow=True)
    assert "selon votre dossier" in html.unescape(answer.content.decode())
    assert not nobody.notifications.exists(), "nothing is sent any more to an address removed"
    assert "prévenons de nouveau selon votre dossier" in read(client, f"/suivi/{nobody.secret}/")
    client.post(f"/suivi/{nobody.secret}/avis/", {"email": "on"})
    assert [row.email for row in nobody.notifications.all()] == ["bureau@exemple.ca"]
    client.post("/mes-demandes/compte/fermer/")
    assert not nobody.notifications.exists() and nobody.entries.filter(kind="chose").count() == 4
    handling.answer(case_id=known.pk, words="Jeudi.", by=town.technician)
    assert Outgoing.objects.filter(to="luc@exemple.ca").count() == 2, "the letters of the file go on"


def test_a_letter_is_not_enough_when_the_file_has_another_address_since(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email=MAILBOX))
    Person.objects.update(email="nouvelle@exemple.ca")
    enter(client)
    assert case.reference not in read(client)


def test_a_letter_that_was_refused_proves_nothing(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email=MAILBOX))
    Outgoing.objects.update(state=Outgoing.State.FAILED)
    enter(client)
    assert case.reference not in read(client)


@pytest.mark.parametrize("kind", ["protected", "minor", "employee"])
def test_a_sensitive_file_is_not_listed_by_its_mailbox_alone(kind: str, client: Client, town: SmallTown) -> None:
    person = make_person(email=MAILBOX, address=town.address)
    case = opened(town, person)
    flag_file(person_id=person.pk, kind=kind, why="Ordonnance.", by=town.manager)
    enter(client)
    assert case.reference not in read(client)
    client.post(f"/suivi/{case.secret}/garder/")
    page = read(client)
    assert case.reference in page
    assert (town.address.label not in page) == (kind == "protected"), "the list masks a protected address"


def test_a_request_is_kept_from_its_link_and_taken_out_again(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person("Luc Roy", email="luc@exemple.ca"))
    enter(client)
    assert "La garder dans mes requêtes" in read(client, f"/suivi/{case.secret}/")
    client.post(f"/suivi/{case.secret}/garder/")
    assert case.reference in read(client)
    client.post(f"/suivi/{case.secret}/garder/", {"out": "1"})
    assert case.reference not in read(client)


def test_reading_a_link_does_not_put_the_request_in_the_list(client: Client, town: SmallTown) -> None:
    case = opened(town, None)
    enter(client)
    read(client, f"/suivi/{case.secret}/")
    assert AccountCase.objects.filter(case=case, kept_at=None).exists()
    assert case.reference not in read(client)


def test_links_of_a_device_are_claimed_at_once_and_false_ones_do_nothing(town: SmallTown, client: Client) -> None:
    cases = [opened(town, None) for _rank in range(3)]
    account = enter(client)
    secrets = [case.secret for case in cases]
    for _twice in range(2):
        assert len(accounts.claim_cases(account=account, secrets=[*secrets, "x" * 22, ""])) == 3
    assert set(cases_of_account(account)) == set(cases)


def test_what_is_new_is_said_until_it_is_read(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email=MAILBOX))
    enter(client)
    assert "Du nouveau" not in read(client)
    handling.note(case_id=case.pk, words="Entre nous.", by=town.technician)
    assert "Du nouveau" not in read(client), "an internal note is no news"
    handling.answer(case_id=case.pk, words="Nous y serons jeudi.", by=town.technician)
    assert "Du nouveau" in read(client)
    read(client, f"/suivi/{case.secret}/")
    assert "Du nouveau" not in read(client)


def test_the_list_is_filtered_by_state_place_and_on_behalf_of_whom(client: Client, town: SmallTown) -> None:
    person = make_person(email=MAILBOX)
    mine = opened(town, person)
    hers = opened(town, person, on_behalf_of="Rose Arsenault", address=None, place_text="Parc de la Rivière")
    ended = opened(town, person)
    citizen.withdraw(case_id=ended.pk, by=Actor.citizen())
    enter(client)
    cases = {"state=open": {mine, hers}, "state=closed": {ended}, "behalf=Rose Arsenault": {hers}}
    cases |= {"place=Parc de la Rivière": {hers}, "": {mine, hers, ended}}
    for query, expected in cases.items():
        page = read(client, f"/mes-demandes/?{query}")
        assert {case for case in (mine, hers, ended) if f"/suivi/{case.secret}/" in page} == expected
    assert "pour Rose Arsenault" in read(client)
    assert "Aucune requête de ce genre" in read(client, "/mes-demandes/?place=Ailleurs")


def test_the_list_costs_the_same_at_one_and_at_thirty(client: Client, town: SmallTown) -> None:
    person = make_person(email=MAILBOX)
    opened(town, person)
    enter(client)
    read(client)
    with statements() as one:
        read(client)
    cases = [opened(town, person) for _rank in range(29)]
    for case in cases[1:15]:
        merging.merge(case_id=case.pk, into_id=cases[0].pk, words="Même lampadaire.", by=Actor.staff(town.agent))
    read(client)
    with statements() as thirty:
        read(client)
    assert len(thirty) <= len(one) + 1, "one more for the requests merged into another"


def test_the_list_is_found_by_its_keys_without_reading_every_request(client: Client, town: SmallTown) -> None:
    opened(town, make_person(email=MAILBOX))
    account = enter(client)
    client.post(f"/suivi/{opened(town, None).secret}/garder/")
    with statements() as asked:
        assert cases_of_account(account).order_by("-opened_at").count() == 2
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # the planner scans a small table, whatever its indexes
        for query in asked:
            cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN'} {query['sql']}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert not re.search(r"(Seq Scan on|SCAN) cases_(case|accountcase)\b", plan), plan


def test_a_form_is_prefilled_with_ones_own_details_only(client: Client, town: SmallTown) -> None:
    stranger = opened(town, make_person("Luc Roy", email="luc@exemple.ca", phone="+14185550177"))
    opened(town, make_person(email=MAILBOX, phone="+14185550111"))
    enter(client)
    client.post(f"/suivi/{stranger.secret}/garder/")
    page = read(client, f"/demande/{town.streetlight.slug}/")
    assert MAILBOX in page and "Jeanne Arsenault" in page
    assert "Luc Roy" not in page and "555-0177" not in page and "5550177" not in page
    assert MAILBOX not in read(Client(), f"/demande/{town.streetlight.slug}/")


def test_a_request_sent_while_signed_in_is_in_the_list(client: Client, town: SmallTown) -> None:
    enter(client)
    path = f"/demande/{town.streetlight.slug}/"
    page = read(client, path)
    key = page.split('name="key" value="')[1].split('"')[0]
    form = {"key": key, "words": "Éteint depuis hier.", "place": town.address.label, "who": "nobody"}
    form |= {f"ask-{question.key}": "H-22" for question in town.streetlight.questions.all()}
    response = client.post(f"{path}?envoi", form)
    assert response.status_code == 302, response.content.decode()[:2000]
    assert Case.objects.latest("pk").reference in read(client)


def test_erasing_by_law_what_was_asked_erases_who_follows_it_and_how(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email=MAILBOX))
    account = enter(client)
    accounts.keep_case(account=account, case=case)
    notifications.choose_notifications(case_id=case.pk, email=True, text=False, device=None, quiet=False)
    erase_words(case_id=case.pk, seq=1, ground="Art. 28", by=town.privacy_officer)
    assert not AccountCase.objects.exists() and not CaseNotification.objects.exists()
