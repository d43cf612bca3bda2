"""Groups noted before the opening, and what is chosen during a line: they wait, in order, each held by one press."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.households.models import Household, HouseholdLink, Individual
from parvis.apps.leisure.models import Group, Registration, Rush, Season, Wish
from parvis.apps.leisure.services import lines
from parvis.apps.leisure.services.wishes import MOST, note_group
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.ttl_cache import forget_all
from tests.counting import statements
from tests.factories import SmallTown
from tests.leisure.making import (
    RESIDENTS,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_season,
)
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.usefixtures("town")
LINE, ENTER, NOTED, HOLD = "/loisirs/file/", "/loisirs/file/entrer/", "/loisirs/notes/", "/loisirs/notes/retenir/"
ZONE = ZoneInfo("America/Toronto")
At = Callable[[str], None]


@pytest.fixture
def at(settings: Settings, town: SmallTown) -> At:
    """Moves to that time of the morning of the opening to residents, which has a line from 7:00."""

    def move(words: str) -> None:
        settings.PARVIS_NOW = datetime.fromisoformat(f"2026-12-08T{words}").replace(tzinfo=ZONE).isoformat()
        forget_all()

    move("06:30")
    return move


@pytest.fixture
def season(at: At) -> Season:
    return make_season()


@pytest.fixture
def rush(season: Season) -> Rush:
    """The line of the residents, where the first one enters four seconds after the hour."""
    return lines.plan_rush(season=season, for_residents=True, per_second=0.25)


@pytest.fixture
def swim(season: Season) -> Group:
    return make_group(season, make_activity(min_age=6, max_age=9), slug="natation-mardi")


@pytest.fixture
def choir(season: Season) -> Group:
    return make_group(season, make_activity("chorale", title_fr="Chorale", title_en="Choir"), begins=time(10))


@pytest.fixture
def family(at: At) -> Household:
    return make_household("Léa", "Tom")


def ids(household: Household) -> list[str]:
    return [child.public_id for child in children_of(household)]


def html(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def ticked(page: str) -> list[str]:
    """The people whose boxes are ticked on the page of a group."""
    return re.findall(r'name="participants"[^>]*value="([\w-]+)"[^>]*\schecked', page)


def page_of(group: Group) -> str:
    return f"/loisirs/{group.slug}/"


def enter(client: Client, at: At) -> str:
    """Takes its place before the hour, and enters at its turn: where that leads."""
    at("07:30")
    client.post(LINE)
    at("08:00:00")
    html(client, LINE)
    at("08:00:05")
    return str(client.post(ENTER)["Location"])


def test_the_line_leads_back_to_what_was_chosen_and_one_press_holds_it(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    at("08:00:00")
    asked = client.post(page_of(swim), {"participants": ids(family), "together": "on"})
    assert asked["Location"] == LINE and not Registration.objects.exists()
    said = html(client, LINE)
    assert "Natation 3" in said and "Léa et Tom" in said

    client.post(LINE)
    at("08:00:05")
    led = client.post(ENTER)["Location"]

    assert led == page_of(swim), "and not the whole catalogue"
    page = html(client, led)
    assert ticked(page) == ids(family) and re.search(r'name="together"[^>]*checked', page)
    form = {"participants": ticked(page), "together": "on"}
    assert client.post(led, form)["Location"] == "/loisirs/panier/"
    assert Registration.objects.filter(state="held").count() == 2
    assert len(set(Registration.objects.values_list("together", flat=True))) == 1
    assert not Wish.objects.exists(), "what is held is noted no more"


def test_nothing_of_what_was_chosen_is_in_an_address_or_a_cookie(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    at("08:00:00")
    client.post(page_of(swim), {"participants": ids(family)})
    client.post(LINE)
    at("08:00:05")
    led = client.post(ENTER)["Location"]
    for child in children_of(family):
        assert child.public_id not in led
        assert child.public_id not in client.cookies["line"].value
    assert "?" not in led


def test_chosen_in_two_tabs_both_wait_and_the_last_one_comes_first(
    at: At, rush: Rush, swim: Group, choir: Group, family: Household, sign_in: SignIn
) -> None:
    tab, phone = sign_in(family), sign_in(family)
    at("07:30")
    tab.post(LINE)
    at("08:00:00")
    tab.post(page_of(swim), {"participants": ids(family)[:1]})
    at("08:00:01")
    phone.post(page_of(choir), {"participants": ids(family)[1:]})
    lea, tom = ids(family)
    phone.post(LINE)
    at("08:00:05")

    assert phone.post(ENTER)["Location"] == page_of(choir)
    assert ticked(html(phone, page_of(choir))) == [tom] and ticked(html(tab, page_of(swim))) == [lea]
    tab.post(page_of(choir), {"participants": [tom]})
    assert "1 autre groupe" in html(tab, "/loisirs/panier/")


def test_when_the_line_ends_meanwhile_its_page_leads_back_to_the_choice(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    at("07:30")
    client.post(LINE)
    at("08:00:00")
    client.post(page_of(swim), {"participants": ids(family)})
    lines.close_rush(rush=rush)

    page = html(client, LINE)

    assert "La file est terminée" in page and f'href="{page_of(swim)}"' in page
    assert client.post(page_of(swim), {"participants": ids(family)})["Location"] == "/loisirs/panier/"


def test_when_the_line_ends_without_a_ticket_the_noted_groups_are_found(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    at("08:00:00")
    client.post(page_of(swim), {"participants": ids(family)})
    lines.close_rush(rush=rush)
    assert f'href="{NOTED}"' in html(client, LINE).split("</h1>")[1]


def test_when_the_group_filled_meanwhile_it_says_so_and_offers_the_waiting_list(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    at("08:00:00")
    client.post(page_of(swim), {"participants": ids(family)})
    client.post(LINE)
    Group.objects.filter(pk=swim.pk).update(capacity=0)
    at("08:00:05")

    page = html(client, client.post(ENTER)["Location"])

    assert "s’est rempli" in page and "liste d’attente" in page and ticked(page) == ids(family)
    client.post(page_of(swim), {"participants": ticked(page), "wait": "on"})
    assert set(Registration.objects.values_list("state", flat=True)) == {"waiting"} and not Wish.objects.exists()


def test_what_was_chosen_before_the_hour_and_what_is_noted_lead_to_the_list(
    at: At, rush: Rush, swim: Group, choir: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    assert "Noter ce groupe" in html(client, page_of(swim))
    client.post(page_of(swim), {"participants": ids(family), "note": "1", "together": "on"})
    client.post(page_of(choir), {"participants": ids(family)[:1], "note": "1"})
    assert not Registration.objects.exists(), "noting takes no place"

    assert enter(client, at) == NOTED
    page = html(client, NOTED)
    assert page.index("Natation 3") < page.index("Chorale"), "in their order"
    assert "Retenir les places de ces 2 groupes" in page
    assert client.post(HOLD)["Location"] == "/loisirs/panier/"
    assert Registration.objects.filter(state="held").count() == 3 and not Wish.objects.exists()


def test_each_noted_group_is_told_true_when_all_are_asked_for(
    at: At, season: Season, swim: Group, choir: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    judo = make_group(season, make_activity("judo", title_fr="Judo", min_age=6, max_age=9), begins=time(8))
    full = make_group(season, make_activity("tir", title_fr="Tir"), begins=time(7), capacity=1)
    for group in (swim, judo, full, choir):
        client.post(page_of(group), {"participants": ids(family), "note": "1", "together": "on"})
    Individual.objects.filter(name="Tom").update(born=datetime(2010, 1, 1).date())
    hold_ready = datetime(2026, 12, 8, 8, 1, tzinfo=ZONE)
    at(f"{hold_ready:%H:%M}")

    page = client.post(HOLD).content.decode().replace("\xa0", " ")

    assert "Dans votre panier : Léa et Tom" in page, "the choir, which is for any age"
    assert "Ce groupe est pour" in page, "swimming and judo, of which Tom is too old"
    assert "il reste trop peu de places" in page.lower(), "the small one"
    assert {one.group.slug for one in Registration.objects.all()} == {choir.slug}
    assert {one.group.slug for one in Wish.objects.all()} == {swim.slug, judo.slug, full.slug}


def test_a_noted_group_asked_for_out_of_turn_is_where_the_turn_leads(
    at: At, rush: Rush, swim: Group, choir: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    for group in (swim, choir):
        client.post(page_of(group), {"participants": ids(family), "note": "1"})
    at("08:00:00")
    assert "pas encore votre tour" in html(client, NOTED)
    assert client.post(HOLD, {"group": choir.slug})["Location"] == LINE
    client.post(LINE)
    at("08:00:05")
    assert client.post(ENTER)["Location"] == page_of(choir)


def test_the_list_is_reordered_and_shortened(
    at: At, season: Season, family: Household, sign_in: SignIn, swim: Group, choir: Group
) -> None:
    client = sign_in(family)
    third = make_group(season, make_activity("judo", title_fr="Judo"), begins=time(8))

    def order() -> list[str]:
        return re.findall(r'data-noted="([\w-]+)"', html(client, NOTED))

    for group in (swim, choir, third):
        client.post(NOTED, {"group": group.slug})
    assert order() == [swim.slug, choir.slug, third.slug]
    client.post(f"{NOTED}{third.slug}/", {"up": "1"})
    client.post(f"{NOTED}{swim.slug}/", {"up": "1"})
    assert order() == [swim.slug, third.slug, choir.slug]
    client.post(f"{NOTED}{swim.slug}/", {"down": "1"})
    assert order() == [third.slug, swim.slug, choir.slug]
    client.post(f"{NOTED}{swim.slug}/", {"remove": "1"})
    assert order() == [third.slug, choir.slug]
    file = html(client, "/mon-dossier/")
    assert "Mes groupes notés" in file and file.index("Judo") < file.index("Chorale")


def test_one_press_in_the_catalogue_notes_for_the_only_one_of_that_age(
    at: At, swim: Group, choir: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    Individual.objects.filter(name="Tom").update(born=datetime(2010, 1, 1).date())
    assert f'name="group" value="{swim.slug}"' in re.sub(r"\s+", " ", html(client, "/loisirs/"))
    client.post(NOTED, {"group": swim.slug})
    client.post(NOTED, {"group": choir.slug})
    assert [row.individual and row.individual.name for row in Wish.objects.all()] == ["Léa", None]
    assert "Choisir qui s’inscrit" in html(client, NOTED), "where several of them could join"


def test_both_parents_of_a_household_see_the_same_list(at: At, swim: Group, family: Household, sign_in: SignIn) -> None:
    sign_in(family).post(page_of(swim), {"participants": ids(family), "note": "1"})
    other = make_household()
    link = HouseholdLink.objects.get(household=other, may_register=True)
    link.household = family
    link.save()
    client = Client()
    session = client.session
    account = link.individual.account
    assert account
    session["account"] = [account.pk, account.epoch]
    session.save()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = session.session_key or ""
    assert "Natation 3" in html(client, NOTED)
    assert "Natation 3" not in html(sign_in(make_household("Zoé")), NOTED), "and nobody else does"


def test_a_list_is_bounded_and_costs_nothing_to_note_twice(at: At, season: Season, family: Household) -> None:
    activity = make_activity()
    groups = [make_group(season, activity, weeks=1) for _number in range(MOST + 1)]
    for group in groups[:MOST]:
        note_group(household=family, group=group, individuals=children_of(family))
    note_group(household=family, group=groups[0], individuals=children_of(family)[:1])
    with pytest.raises(Conflict):
        note_group(household=family, group=groups[MOST])
    assert Wish.objects.filter(household=family).values("group").distinct().count() == MOST
    assert Wish.objects.filter(group=groups[0]).count() == 1, "the last choice counts"


def test_nobody_is_noted_for_a_group_that_is_not_of_their_age_nor_for_another_household(
    at: At, swim: Group, family: Household
) -> None:
    stranger = children_of(make_household("Zoé"))
    too_old = make_household("Paul", born=datetime(2010, 1, 1).date())
    for household, people in ((family, stranger), (too_old, children_of(too_old))):
        with pytest.raises(Invalid):
            note_group(household=household, group=swim, individuals=people)
    assert not Wish.objects.exists()


def test_what_a_season_that_closed_left_is_shown_no_more_and_leaves_with_the_next_note(
    at: At, season: Season, swim: Group, family: Household, sign_in: SignIn
) -> None:
    note_group(household=family, group=swim, individuals=children_of(family))
    Season.objects.filter(pk=season.pk).update(closes_at=RESIDENTS - timedelta(days=1))
    later = make_season("printemps", title_fr="Printemps")
    spring = make_group(later, swim.activity)
    assert "Natation 3" not in html(sign_in(family), NOTED)
    note_group(household=family, group=spring)
    assert {row.group for row in Wish.objects.all()} == {spring}


def test_a_place_taken_by_telephone_ends_what_was_noted(at: At, swim: Group, family: Household) -> None:
    at("08:01")
    lea, tom = children_of(family)
    note_group(household=family, group=swim, individuals=[lea, tom])
    hold(family, swim, lea)
    assert [row.individual for row in Wish.objects.all()] == [tom]


def test_the_list_costs_the_same_for_one_group_and_for_many(
    at: At, season: Season, swim: Group, family: Household, sign_in: SignIn
) -> None:
    client = sign_in(family)
    note_group(household=family, group=swim)
    costs = []
    for more in (0, 8):
        for _number in range(more):
            note_group(household=family, group=make_group(season, swim.activity), individuals=children_of(family))
        html(client, NOTED)
        with statements() as asked:
            html(client, NOTED)
        costs.append(len(asked.captured_queries))
    assert costs[0] == costs[1]


def test_without_an_account_a_group_is_kept_by_the_device_or_one_is_told_to_enter(at: At, swim: Group) -> None:
    client = Client()
    led = client.post(NOTED, {"group": swim.slug})["Location"]
    page = html(client, led)
    assert f'data-slug="{swim.slug}"' in page and "<noscript>" in page and "entrez d’abord" in page
    assert not Wish.objects.exists() and django_settings.SESSION_COOKIE_NAME not in client.cookies
    client.get(f"/loisirs/notes/entrer/?ajouter={swim.slug}")
    assert client.session["way-back"] == led


def test_another_site_cannot_note_a_group(at: At, swim: Group, family: Household, sign_in: SignIn) -> None:
    answer = sign_in(family).post(NOTED, {"group": swim.slug}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and not Wish.objects.exists()


def test_the_catalogue_and_the_group_say_that_there_is_a_line_before_and_during(
    at: At, rush: Rush, swim: Group, family: Household, sign_in: SignIn
) -> None:
    def said(client: Client) -> list[str]:
        return [html(client, path).replace("\xa0", " ") for path in ("/loisirs/", page_of(swim))]

    for client in (Client(), sign_in(family)):
        at("06:30")
        for page in said(client):
            assert "Il y aura une file" in page and "ouvre mardi 8 décembre à 7 h" in page and "à 8 h" in page
        at("07:30")
        for page in said(client):
            assert "La file est ouverte" in page and f'href="{LINE}"' in page and "tirés au sort" in page
        at("08:00:00")
        for page in said(client):
            assert "On entre par une file" in page and f'href="{LINE}"' in page
    lines.close_rush(rush=rush)
    for page in said(Client()):
        assert "On entre par une file" not in page and "Il y aura une file" not in page


def test_waiting_still_asks_nothing_of_the_database_once_the_words_of_a_choice_were_read(
    at: At,
    rush: Rush,
    swim: Group,
    family: Household,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    lines.set_pace(rush=rush, per_second=0.1)
    client = sign_in(family)
    at("07:30")
    client.post(LINE)
    at("08:00:00")
    client.post(page_of(swim), {"participants": ids(family)})
    assert "Gardé pour votre tour" in html(client, LINE)
    assert "Gardé pour votre tour" not in html(client, LINE), "said once"
    assert "Gardé pour votre tour" not in html(sign_in(family), LINE), "and to nobody else"
    with django_assert_num_queries(0):
        html(client, LINE)
