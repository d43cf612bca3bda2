"""What a household joined: its list, what cancelling gives back, the calendar."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from parvis.apps.billing.models import Payment
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.services.registering import check_out
from tests.factories import SmallTown, unique
from tests.leisure.making import children_of, hold, make_activity, make_group, make_household
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE = "/mon-dossier/inscriptions/"
State = Registration.State


def text(answer: object, status: int = 200) -> str:
    assert answer.status_code == status  # type: ignore[attr-defined]
    return str(answer.content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")  # type: ignore[attr-defined]


def confirmed(household: Household, group: Group, town: SmallTown, run_jobs: Callable[[], int]) -> Registration:
    row = hold(household, group)[0]
    invoice = check_out(household=household, language="fr", channel="web", at_counter=True)
    take_at_counter(key=unique(), invoice=invoice, method=Payment.Method.CHEQUE, details="12", by=town.agent)
    run_jobs()
    row.refresh_from_db()
    assert row.state == State.CONFIRMED
    return row


def test_each_state_is_said(season: Season, group: Group, sign_in: SignIn) -> None:
    hold(make_household("Zoé", "Max"), group)
    household = make_household("Léa")
    hold(household, group, wait=True)
    hold(household, make_group(season, make_activity("danse", title_fr="Danse")))

    page = text(sign_in(household).get(PAGE))

    assert "rang sur la liste" in page and "Quitter la liste" in page and "Retenue jusqu’à 8 h 20" in page


def test_cancelling_says_first_what_is_given_back(
    group: Group, sign_in: SignIn, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 26."""
    household = make_household("Léa")
    row = confirmed(household, group, town, run_jobs)
    client = sign_in(household)

    page = text(client.get(f"{PAGE}{row.public_id}/annuler/"))
    assert "120 $ vous sont remboursés" in page and Registration.objects.get().state == State.CONFIRMED

    page = text(client.post(f"{PAGE}{row.public_id}/annuler/", follow=True))
    assert Registration.objects.get().state == State.CANCELLED
    note = page[page.index('id="ended"') : page.index("</article>")]
    assert "Natation 3, Léa" in note and "120 $" in note, "where one arrives, not in a toast that goes away"
    assert "La place de Léa a été rendue (8 h)." in note and "Elle est libre pour tout le monde." in note
    assert page.count("120 $ ") == note.count("120 $ "), "said once"
    assert "a été rendue" in text(client.get(f"{PAGE}?annulee={row.public_id}")), "read again, it still says so"


def test_after_cancelling_the_page_says_to_whom_the_place_goes(
    group: Group, sign_in: SignIn, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    household = make_household("Léa")
    row = confirmed(household, group, town, run_jobs)
    hold(make_household("Zoé"), group)
    hold(make_household("Max"), group, wait=True)
    client = sign_in(household)
    client.post(f"{PAGE}{row.public_id}/annuler/")
    assert "à la personne suivante de la liste" in text(client.get(f"{PAGE}?annulee={row.public_id}"))
    stranger = sign_in(make_household("Tom"))
    assert "Léa" not in text(stranger.get(f"{PAGE}?annulee={row.public_id}"))


def test_registrations_basket_and_invoices_stand_inside_my_file(group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa")
    hold(household, group)
    client = sign_in(household)
    parts = ["/mon-dossier/", "/mon-dossier/famille/", PAGE, "/loisirs/panier/", "/mon-dossier/factures/"]
    parts += ["/mes-demandes/", "/mes-demandes/compte/"]
    for path in parts:
        page = text(client.get(path))
        nav = page[page.index('class="file-nav"') :]
        nav = nav[: nav.index("</nav>")]
        assert [part for part in parts if f'href="{part}"' not in nav] == [], "each at one click from each"
        assert re.findall(r'href="([^"]+)"\s+aria-current="page"', nav) == [path], path
        assert re.search(r'href="/mon-dossier/"[^>]*aria-current', page[: page.index('class="file-nav"')]), path


def test_the_calendar_holds_every_meeting(
    group: Group, sign_in: SignIn, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    household = make_household("Léa")
    confirmed(household, group, town, run_jobs)

    answer = sign_in(household).get(f"{PAGE}calendrier.ics")

    assert answer["Content-Type"].startswith("text/calendar") and answer.content.count(b"BEGIN:VEVENT") == 10


def test_another_household_sees_and_cancels_nothing(group: Group, sign_in: SignIn) -> None:
    row = hold(make_household("Léa"), group)[0]
    stranger = sign_in(make_household("Tom"))

    assert "Natation 3" not in text(stranger.get(PAGE))
    assert stranger.get(f"{PAGE}{row.public_id}/annuler/").status_code == 404


def test_a_child_of_two_households_is_shown_to_each_its_own(season: Season, group: Group, sign_in: SignIn) -> None:
    mother, father = make_household("Léa"), make_household()
    child = children_of(mother)[0]
    father.links.create(individual=child, role="child", created_at=mother.created_at)
    hold(mother, group)

    assert "Natation 3" in text(sign_in(mother).get(PAGE))
    assert "Natation 3" not in text(sign_in(father).get(PAGE))


def test_nothing_yet_says_what_to_do(group: Group, sign_in: SignIn) -> None:
    assert "Aucune inscription pour l’instant" in text(sign_in(make_household("Léa")).get(PAGE))


def test_the_list_costs_the_same_at_one_and_at_twelve(
    season: Season, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one, many = make_household("A"), make_household(*"ABCDEF")
    first, second = (make_group(season, make_activity(slug), capacity=30) for slug in ("a", "b"))
    hold(one, first)
    hold(many, first)
    hold(many, second)

    def cost(client: Client) -> int:
        client.get(PAGE)
        with django_assert_max_num_queries(60) as counted:
            client.get(PAGE)
        return len(counted)

    assert cost(sign_in(many)) == cost(sign_in(one))


def test_it_is_read_in_english(group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa")
    hold(household, group)

    assert "Held until 8:20 a.m." in text(sign_in(household).get(f"{PAGE}?langue=en"))


def test_a_place_kept_from_last_season_is_answered_on_its_page_with_the_others_of_the_household(
    season: Season, group: Group, sign_in: SignIn, client: Client
) -> None:
    household = make_household("Léa", "Tom")
    rows = hold(household, group)
    until = season.closes_at
    Registration.objects.update(state=State.OFFERED, channel="kept", until=until, cart=None)
    lea, tom = (f"/loisirs/offre/{row.public_id}/" for row in rows)
    assert "Votre place de la saison passée" in text(sign_in(household).get(PAGE))

    page = text(client.get(lea))
    assert "Votre place de la saison passée" in page and "libre pour tout le monde à l’ouverture" in page
    assert "Aussi gardées pour votre famille" in page and f'href="{tom}"' in page and "ordre de la liste" not in page

    page = text(client.post(lea, {"decline": "1"}, follow=True))
    assert "elle est libre pour l’ouverture" in page and f'href="{tom}"' in page
    page = text(sign_in(household).post(tom, {"accept": "1"}, follow=True))
    assert "dans votre panier" in page and list(Registration.objects.values_list("state", flat=True)) == [
        State.CANCELLED,
        State.HELD,
    ]
