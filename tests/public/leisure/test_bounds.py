"""What one household may keep without paying, and without having been seen: the attack of issue 42, over the views."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.billing.models import Invoice, PaymentAttempt
from parvis.apps.billing.services.payments import record_paid
from parvis.apps.households.models import Household, HouseholdLink, Individual
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.services.waiting import promote
from tests.factories import SmallTown
from tests.households.makers import make_account
from tests.leisure.making import (
    EVERYONE,
    ZONE,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_season,
)
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
CART = "/loisirs/panier/"
PAY = f"{CART}payer/"
FAMILY = "/mon-dossier/famille/"
State = Registration.State


@pytest.fixture(autouse=True)
def _on_line(opened: None, settings: Settings) -> None:
    """A town where one pays on line, with the settings as they come."""
    settings.PARVIS_PAYMENTS, settings.PARVIS_COUNTER_AFTER_HOURS = "stripe", 24


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")


def enter(email: str = "inconnue@exemple.org") -> Client:
    """A browser where someone just proved an address, and nothing else."""
    account = make_account(email)
    client = Client()
    session = client.session
    session["account"] = [account.pk, account.epoch]
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    return client


def open_household(client: Client) -> Household:
    client.post(FAMILY, {"name": "Alex Inconnu", "place": "Ailleurs"})
    return Household.objects.latest("pk")


def declare(client: Client, name: str, kind: str = "enfant") -> Any:
    values = {f"{kind}-name": name, f"{kind}-born": "2019-05-02" if kind == "enfant" else ""}
    return client.post(f"{FAMILY}ajouter/{kind}/", values)


def take(client: Client, group: Group, *people: Individual, **more: str) -> Any:
    return client.post(f"/loisirs/{group.slug}/", {"participants": [one.public_id for one in people], **more})


def taken(household: Household, at: datetime = EVERYONE) -> int:
    return Registration.objects.filter(Registration.taking(at), household=household).count()


def groups_of(season: Season, count: int, **values: Any) -> list[Group]:
    values = {"capacity": 20, "weeks": 0} | values
    return [make_group(season, make_activity(f"a{n}"), slug=f"groupe-{n}", **values) for n in range(count)]


def test_an_account_with_seventeen_invented_children_does_not_take_four_groups_for_five_days(season: Season) -> None:
    client = enter()
    household = open_household(client)
    for rank in range(17):
        declare(client, f"Enfant {rank}")
    children = children_of(household)
    for group in groups_of(season, 4):
        take(client, group, *children)
    answer = client.post(PAY, {"counter": "1"})
    assert answer.status_code == 422 and not Invoice.objects.exists()
    assert (len(children), taken(household)) == (8, 8)
    assert taken(household, EVERYONE + timedelta(minutes=20)) == 0, "what is held lapses by itself"


def test_four_children_in_three_activities_each_are_taken_at_once(season: Season, sign_in: SignIn) -> None:
    household = make_household("Léa", "Tom", "Zoé", "Max", resident=False)
    client = sign_in(household)
    for group in groups_of(season, 3):
        assert take(client, group, *children_of(household))["Location"] == CART
    assert taken(household) == 12
    assert client.post(PAY)["Location"].startswith("/paiement/")


def test_one_place_too_many_is_refused_in_words_and_what_was_chosen_stays_until_the_others_are_paid(
    season: Season, sign_in: SignIn, settings: Settings
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 2
    household = make_household("Léa", "Tom")
    client, (lea, tom) = sign_in(household), children_of(household)
    first, second = groups_of(season, 2)
    take(client, first, lea, tom)
    answer = take(client, second, tom)
    assert answer.status_code == 422
    assert "Vous avez 2 places impayées" in text(answer) and "plus de 2" in text(answer)
    box = text(answer).split(f'value="{tom.public_id}"')[1].split(">")[0]
    assert "checked" in box
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "with these, it would be more than 2. Pay for what you have chosen" in text(take(client, second, tom))
    client.post(PAY)
    assert take(client, second, tom).status_code == 422, "at the bank, and not paid yet"
    attempt = PaymentAttempt.objects.get()
    record_paid(attempt=attempt, payment_id="pi_1", cents=attempt.cents)
    assert take(client, second, tom)["Location"] == CART, "paid, though the job that confirms has not run yet"


def test_waiting_keeps_no_place_and_an_offer_beyond_the_bound_stays_until_the_others_are_paid(
    season: Season, sign_in: SignIn, settings: Settings
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 1
    household = make_household("Léa")
    client, (lea,) = sign_in(household), children_of(household)
    first, full = groups_of(season, 2)
    Group.objects.filter(pk=full.pk).update(capacity=0)
    take(client, first, lea)
    take(client, full, lea, wait="on")
    Group.objects.filter(pk=full.pk).update(capacity=1)
    (offered,) = promote(group_id=full.pk)
    answer = client.post(f"/loisirs/offre/{offered.public_id}/", {"accept": "1"}, follow=True)
    offered.refresh_from_db()
    assert offered.state == State.OFFERED and "Vous avez 1 place impayée" in text(answer)
    held = Registration.objects.get(group=first)
    client.post(f"{CART}retirer/{held.public_id}/")
    client.post(f"/loisirs/offre/{offered.public_id}/", {"accept": "1"})
    offered.refresh_from_db()
    assert offered.state == State.HELD


def test_places_put_back_are_bounded_as_well(season: Season, sign_in: SignIn, settings: Settings) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 1
    household = make_household("Léa")
    client = sign_in(household)
    first, second = groups_of(season, 2)
    take(client, first, *children_of(household))
    given_back = Registration.objects.get()
    client.post(f"{CART}retirer/{given_back.public_id}/")
    take(client, second, *children_of(household))
    assert "1 place impayée" in text(client.post(f"{CART}remettre/{given_back.public_id}/", follow=True))
    assert taken(household) == 1


def test_what_an_account_keeps_is_bounded_over_all_its_households(
    season: Season, sign_in: SignIn, settings: Settings
) -> None:
    settings.PARVIS_UNPAID_ACCOUNT = 2
    household, other = make_household("Léa", "Tom"), make_household("Zoé")
    mother = household.links.get(may_register=True).individual
    HouseholdLink.objects.create(
        household=other, individual=mother, role="adult", may_register=True, created_at=EVERYONE
    )
    first, second = groups_of(season, 2)
    hold(other, first)
    client, (lea, tom) = sign_in(household), children_of(household)
    assert take(client, first, lea)["Location"] == CART
    answer = take(client, second, tom)
    assert answer.status_code == 422 and "Vous avez 2 places impayées" in text(answer)


@pytest.mark.parametrize("kind", ["enfant", "adulte"])
def test_one_declared_too_many_is_refused_in_words_and_what_was_typed_stays(
    kind: str, season: Season, settings: Settings, town: SmallTown
) -> None:
    settings.PARVIS_DECLARED_PEOPLE = 2
    client = enter()
    household = open_household(client)
    for name in ("Léa", "Tom"):
        assert declare(client, name, kind).status_code == 302
    answer = declare(client, "Zoé Gagné", kind)
    assert answer.status_code == 422 and 'value="Zoé Gagné"' in text(answer)
    assert "que la ville n’a pas encore rencontrés" in text(answer)
    lea = Individual.objects.get(name="Léa")
    assert lea.only_declared and not household.links.get(may_pick_up=True, is_payer=True).individual.declared
    Individual.objects.filter(pk=lea.pk).update(seen_at=EVERYONE, seen_by=town.agent)
    assert declare(client, "Zoé Gagné", kind).status_code == 302


def test_a_child_taken_out_and_put_back_is_counted_too(season: Season, settings: Settings) -> None:
    settings.PARVIS_DECLARED_PEOPLE = 1
    client = enter()
    household = open_household(client)
    declare(client, "Léa")
    (lea,) = children_of(household)
    client.post(f"{FAMILY}{lea.public_id}/retirer/")
    assert declare(client, "Tom").status_code == 302
    assert "1 enfant" in text(client.post(f"{FAMILY}{lea.public_id}/remettre/", follow=True))
    assert HouseholdLink.objects.filter(household=household, role="child", ended_at=None).count() == 1


def test_a_child_of_an_earlier_season_is_no_more_only_declared(season: Season, settings: Settings) -> None:
    settings.PARVIS_DECLARED_PEOPLE = 1
    client = enter()
    household = open_household(client)
    declare(client, "Léa")
    assert declare(client, "Tom").status_code == 422
    past = make_season("automne", starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 1))
    Registration.objects.create(
        group=groups_of(past, 1)[0],
        household=household,
        individual=children_of(household)[0],
        state=State.CONFIRMED,
        channel="web",
        assurance=1,
        resident=True,
        price_cents=1,
        made_at=EVERYONE,
    )
    assert declare(client, "Tom").status_code == 302


def test_the_counter_is_chosen_on_line_by_who_was_seen_and_after_the_first_hours_only(
    season: Season, sign_in: SignIn, settings: Settings, town: SmallTown
) -> None:
    (group,) = groups_of(season, 1)
    unknown, known = make_household("Léa", resident=False), make_household("Tom")
    clients = {each.pk: sign_in(each) for each in (unknown, known)}

    def choose(household: Household) -> tuple[str, Any]:
        if not taken(household, datetime.fromisoformat(settings.PARVIS_NOW)):
            hold(household, group)
        client = clients[household.pk]
        return text(client.get(CART)), client.post(PAY, {"counter": "1"})

    for household, why in (
        (unknown, "tant que le comptoir ne vous a pas vus"),
        (known, "L’inscription vient d’ouvrir"),
    ):
        page, answer = choose(household)
        assert 'name="counter"' not in page and why in page
        assert answer.status_code == 422 and why in text(answer) and "120 $" in text(answer)
    assert "jusqu’au mercredi 16 décembre à 8 h" in text(choose(known)[1])
    assert not Invoice.objects.exists() and set(Registration.objects.values_list("state", flat=True)) == {State.HELD}

    settings.PARVIS_NOW = (EVERYONE + timedelta(hours=24)).isoformat()
    page, answer = choose(known)
    assert 'name="counter"' in page and answer["Location"] == "/mon-dossier/inscriptions/"
    row = Registration.objects.get(household=known, state=State.AWAITING_PAYMENT)
    assert row.until == EVERYONE + timedelta(days=6)
    assert choose(unknown)[1].status_code == 422
    mother = unknown.links.get(may_register=True).individual
    Individual.objects.filter(pk=mother.pk).update(seen_at=EVERYONE, seen_by=town.agent)
    assert choose(unknown)[1].status_code == 302


def test_a_basket_that_costs_nothing_needs_no_counter(season: Season, sign_in: SignIn) -> None:
    household = make_household("Léa", resident=False)
    hold(household, groups_of(season, 1, price_cents=0)[0])
    assert sign_in(household).post(PAY, {"counter": "1"}).status_code == 302


@pytest.mark.parametrize(
    ("seen", "until"),
    [(True, datetime(2026, 12, 20, 8, tzinfo=ZONE)), (False, datetime(2026, 12, 17, 23, 59, tzinfo=ZONE))],
)
def test_without_payment_on_line_an_unseen_household_has_two_working_days_to_come(
    season: Season, sign_in: SignIn, settings: Settings, seen: bool, until: datetime
) -> None:
    settings.PARVIS_PAYMENTS = ""
    household = make_household("Léa", resident=seen)
    hold(household, groups_of(season, 1)[0])
    client = sign_in(household)
    assert ("dimanche 20 décembre à 8 h" if seen else "après-demain à 23 h 59") in text(client.get(CART))
    page = text(client.post(PAY, follow=True))
    assert Registration.objects.get().until == until
    assert "Vos places sont retenues jusqu’à " in page
