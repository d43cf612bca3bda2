"""My file: the one page of a resident, the way in and back, the household on the site, and what nobody else sees."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import AccountCase
from parvis.apps.cases.services.citizen.accounts import keep_case
from parvis.apps.directory.models import Actor
from parvis.apps.households import queries
from parvis.apps.households.models import Claim, Household, HouseholdLink
from parvis.apps.households.services.households import (
    add_child,
    link_child,
    make_household_at_counter,
    record_proof,
)
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, subscribe
from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.queries.accounts import code_of
from tests.factories import SmallTown, make_person, unique
from tests.households.makers import EMILE, LEA, make_family, make_household

pytestmark = pytest.mark.usefixtures("town")
FILE, FAMILY = "/mon-dossier/", "/mon-dossier/famille/"


@pytest.fixture(autouse=True)
def _november(db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    cache.clear()


def enter(client: Client, email: str) -> str:
    """Enters with this address; returns where one is led."""
    assert client.post(FILE, {"email": email}).status_code == 302
    code = code_of(ProofCode.objects.latest("pk").uid)
    return client.post("/mes-demandes/code/", {"code": code})["Location"]


def text(client: Client, path: str = FILE) -> str:
    return client.get(path).content.decode()


def open_mine(client: Client, email: str = "louise@exemple.ca", name: str = "Louise Gagné") -> Household:
    enter(client, email)
    assert client.post(FAMILY, {"name": name, "place": "12, rue du Quai"})["Location"] == FAMILY
    return Household.objects.latest("pk")


def test_every_page_has_the_same_link_to_the_file(client: Client) -> None:
    before = text(client, "/")
    assert f'href="{FILE}"' in before and "Mon dossier" in before
    enter(client, "louise@exemple.ca")
    assert text(client, "/") == before, "the same for everyone"


def test_signed_out_it_offers_the_way_in_and_what_needs_no_account(client: Client) -> None:
    page = text(client)
    for link in ("/suivi/", "/abonnement/lien/", "/demande/"):
        assert f'href="{link}"' in page
    assert client.get(FAMILY)["Location"] == FILE


def test_the_way_in_leads_back_to_what_was_read(client: Client) -> None:
    client.get(FAMILY)
    assert enter(client, "louise@exemple.ca") == FAMILY
    assert enter(Client(), "a@exemple.ca") == FILE


def test_the_requests_of_an_account_keep_their_own_page(client: Client) -> None:
    client.post("/mes-demandes/", {"email": "louise@exemple.ca"})
    code = code_of(ProofCode.objects.latest("pk").uid)
    assert client.post("/mes-demandes/code/", {"code": code})["Location"] == "/mes-demandes/"


def test_a_mother_opens_her_household_on_the_site(client: Client, town: SmallTown) -> None:
    household = open_mine(client)
    assert household.address == town.address, "the address of the town, written exactly"
    child = {"enfant-name": "Léa Gagné", "enfant-born": "2018-03-09"}
    assert client.post(f"{FAMILY}ajouter/enfant/", child)["Location"] == FAMILY
    again = client.post(f"{FAMILY}ajouter/enfant/", child)
    assert again.status_code == 422 and "déjà dans votre famille" in again.content.decode()
    page = text(client, FAMILY)
    assert "Léa Gagné" in page and "8 ans" in page.replace("\xa0", " ").replace("&nbsp;", " ")
    assert "Loi" in page or "confidentialite" in page
    assert "Léa Gagné" in text(client) and f"/mon-adresse/{town.address.pk}/" in text(client)


def test_under_fourteen_the_form_says_that_a_parent_opens_it(client: Client) -> None:
    """Point 13 of privacy."""
    enter(client, "zoe@exemple.ca")
    answer = client.post(FAMILY, {"name": "Zoé", "place": "12, rue du Quai", "born": "2015-01-01"})
    assert answer.status_code == 422 and "parent" in answer.content.decode()
    assert not Household.objects.exists()


def test_someone_is_corrected_removed_and_put_back(client: Client) -> None:
    household = open_mine(client)
    lea = add_child(household=household, name="Lea", born=LEA, by=Actor.citizen())
    page = f"{FAMILY}{lea.public_id}/"
    client.post(page, {"name": "Léa Gagné", "born": "2018-03-10"})
    lea.refresh_from_db()
    assert (lea.name, lea.born) == ("Léa Gagné", date(2018, 3, 10))
    assert "retirer" in text(client, FAMILY) and client.get(f"{page}retirer/").status_code == 200
    client.post(f"{page}retirer/")
    shown = text(client, FAMILY)
    assert f'action="{page}remettre/"' in shown and shown.count("Léa Gagné") == 1, "only in the message"
    client.post(f"{page}remettre/")
    assert "Léa Gagné" in text(client, FAMILY)


def test_a_stranger_reaches_nobody_of_a_household(client: Client) -> None:
    _account, household, lea, _emile = make_family()
    open_mine(client, "autre@exemple.ca", "Ana Diaz")
    for path in ("", "retirer/", "inviter/", "remettre/"):
        answer = client.post(f"{FAMILY}{lea.public_id}/{path}", {"name": "X", "born": "2018-01-01", "email": "x@x.ca"})
        assert answer.status_code in (404, 302)
    lea.refresh_from_db()
    assert lea.name == "Léa Gagné" and len(queries.members_of(household)) == 3


def test_a_child_of_two_households_shows_nothing_of_the_other(client: Client, town: SmallTown) -> None:
    """The page of one parent is searched for all that is known of the other."""
    household = open_mine(client)
    emile = add_child(household=household, name="Émile", born=EMILE, by=Actor.citizen())
    _martin, fathers = make_household("Martin Roy", "martin@exemple.ca", address_text="77, rue Cachée", phone="")
    add_child(household=fathers, name="Noé Roy", born=LEA, by=Actor.citizen())
    link_child(child=emile, household=fathers, by=town.agent)
    record_proof(household=fathers, kind="lease", expires_on=date(2027, 8, 19), by=town.agent)
    planted = ("Martin", "martin@", "Cachée", "Noé", "19 août", fathers.public_id)
    for path in (FILE, FAMILY, f"{FAMILY}{emile.public_id}/", f"{FAMILY}{emile.public_id}/retirer/"):
        page = text(client, path).replace("\xa0", " ").replace("&nbsp;", " ")
        assert not [words for words in planted if words in page], path
    client.post(f"{FAMILY}{emile.public_id}/retirer/")
    assert [row.individual for row in queries.members_of(fathers)][1:] != [], "the other keeps the child"
    assert HouseholdLink.objects.get(individual=emile, household=fathers).ended_at is None


def test_the_other_parent_joins_by_the_link_and_once_removed_sees_nothing(
    client: Client, run_jobs: Callable[[], int]
) -> None:
    """Point 14 of privacy."""
    household = open_mine(client)
    add_child(household=household, name="Léa Gagné", born=LEA, by=Actor.citizen())
    adult = {"adulte-name": "Paul Gagné", "adulte-may_register": "on", "adulte-email": "paul@exemple.ca"}
    assert client.post(f"{FAMILY}ajouter/adulte/", adult)["Location"] == FAMILY
    run_jobs()
    claim = Claim.objects.get()
    link = f"{FAMILY}rejoindre/{claim.secret}/"
    assert link in Outgoing.objects.get(to="paul@exemple.ca", key__startswith="household/").text
    paul = Client()
    assert paul.get(link)["Location"] == FILE and enter(paul, "paul@exemple.ca") == link
    assert link in text(paul), "offered on his page too"
    assert "Paul Gagné" in text(paul, link)
    paul.post(link)
    assert "Léa Gagné" in text(paul) and "Léa Gagné" in text(paul, FAMILY)
    client.post(f"{FAMILY}{claim.individual.public_id}/retirer/")
    assert "Léa" not in text(paul) and "Louise" not in text(paul, FAMILY)
    assert paul.post(f"{FAMILY}adresse/", {"place": "1, rue X"}).status_code == 404


def test_a_link_is_of_no_use_to_another_address(client: Client, town: SmallTown) -> None:
    household = make_household_at_counter(person=make_person("Gilles Pelletier"), by=town.agent, seen=True)
    claim = Claim.objects.create(
        individual=queries.payer_of(household),
        email="gilles@exemple.ca",
        made_by=town.agent,
        made_at=household.created_at,
        expires_at="2026-12-08T10:00:00-05:00",
    )
    enter(client, "voleur@exemple.ca")
    link = f"{FAMILY}rejoindre/{claim.secret}/"
    assert "Gilles" not in text(client, link)
    client.post(link)
    assert queries.household_of(Account.objects.get()) is None
    assert client.get(f"{FAMILY}rejoindre/nimporte/").status_code == 404


def test_the_address_of_the_device_is_offered_never_taken(client: Client, town: SmallTown) -> None:
    account, household = make_household()
    client.cookies["adresse"] = str(town.address.pk)
    enter(client, "louise@exemple.ca")
    assert town.address.label in text(client)
    household.refresh_from_db()
    assert household.address is None and queries.household_of(account) == household
    client.post(f"{FILE}adresse/")
    household.refresh_from_db()
    assert household.address == town.address


def test_the_page_costs_as_many_queries_for_many_people(
    client: Client, town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    household = open_mine(client)
    text(client)
    for number in range(12):
        add_child(household=household, name=f"Enfant {number}", born=LEA, by=Actor.staff(town.agent))
    with django_assert_max_num_queries(30):
        text(client)


def test_the_address_of_a_subscription_link_is_offered_to_be_joined_by_a_code(client: Client) -> None:
    subscribe(channel="email", target="autre@exemple.ca", language="fr", wanted=Wanted(alerts=True), origin=Origin())
    point = ContactPoint.objects.get()
    ContactPoint.objects.update(confirmed_at=point.created_at)
    link = f"/abonnement/{point.secret}/"
    assert "Joindre cette adresse" not in text(client, link)
    enter(client, "louise@exemple.ca")
    assert "Joindre cette adresse" in text(client, link)
    client.post("/mes-demandes/compte/adresse/", {"email": "autre@exemple.ca"})
    client.post("/mes-demandes/code/", {"code": code_of(ProofCode.objects.latest("pk").uid)})
    assert "Joindre cette adresse" not in text(client, link) and link in text(client)


def order_of(page: str) -> list[str]:
    return re.findall(r'aria-labelledby="h-(\w+)"', page)


def test_the_family_comes_first_for_someone_new_with_what_to_do_next(client: Client) -> None:
    enter(client, "louise@exemple.ca")
    page = text(client)
    assert order_of(page)[0] == "household" and "Ouvrir ma famille" in page
    household = open_mine(Client())
    assert client.get(FILE).status_code == 200
    page = text(client)
    assert order_of(page)[:3] == ["household", "registrations", "invoices"]
    assert "Ajoutez les enfants et les adultes" in page
    add_child(household=household, name="Léa Gagné", born=LEA, by=Actor.citizen())
    assert "Ajoutez les enfants et les adultes" not in text(client)


def test_the_requests_come_first_for_who_has_some_and_no_household(client: Client, town: SmallTown) -> None:
    enter(client, "louise@exemple.ca")
    case = open_request(NewRequest(unique(), town.streetlight, words="Lampe éteinte")).case
    keep_case(account=Account.objects.get(), case=case, how=AccountCase.How.OPENED)
    assert order_of(text(client))[:2] == ["requests", "household"]
