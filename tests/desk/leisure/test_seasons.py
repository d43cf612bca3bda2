"""Who manages leisure: how full groups are, openings, places, a group cancelled, a season copied."""

import html
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.billing.models import Payment
from parvis.apps.billing.queries.balances import paid_of
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.management import Filling, groups_of
from parvis.apps.leisure.services import registering
from parvis.apps.leisure.services.lines import draw_line
from tests.desk.leisure.made import NOW, child_of, lead, make_group, make_home, make_season, put
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
OPENINGS = {
    "residents_open_at": "2026-12-08T08:00",
    "everyone_opens_at": "2026-12-15T08:00",
    "closes_at": "2027-01-08T17:00",
    "late_from": "",
}


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def manager(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.leisure_manager)


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


def test_a_bar_is_full_only_when_the_group_is() -> None:
    assert Filling(40, 39, 0).stones == [True] * 19 + [False]
    assert Filling(40, 40, 0).stones == [True] * 20 and Filling(3, 1, 0).stones == [True, False, False]
    assert Filling(3, 5, 0).stones == [True] * 3 and Filling(0, 0, 0).stones == []


def test_the_groups_show_how_full_they_are_and_those_over_their_capacity_first(manager: Client) -> None:
    """Point 15: the alert comes first, and nobody was dropped."""
    season, home = make_season(), make_home()
    calm, crowded = make_group(season, "a-calme"), make_group(season, "z-plein", capacity=1)
    for child in ("Léa", "Émile"):
        put(crowded, home, child_of(home, child))
    put(calm, home, child_of(home, "Léa"), "waiting", waiting_since=home.created_at)
    page = text(manager.get("/desk/loisirs/saison/hiver-2027/"))
    assert "1 groupe dépasse sa capacité" in page and "1 de trop" in page
    assert [line.group.slug for line in groups_of(season)] == ["z-plein", "a-calme"]
    assert page.index("1 groupe dépasse") < page.index("Places prises")


def test_a_page_of_a_season_costs_the_same_for_many_groups(
    manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    season = make_season()
    for rank in range(9):
        make_group(season, f"groupe-{rank}")
    manager.get("/desk/loisirs/saison/hiver-2027/")
    with django_assert_max_num_queries(14):
        manager.get("/desk/loisirs/saison/hiver-2027/")
    with django_assert_max_num_queries(12):
        manager.get("/desk/loisirs/")


def test_the_openings_are_moved_in_order(manager: Client) -> None:
    make_season()
    address = "/desk/loisirs/saison/hiver-2027/"
    answer = manager.post(address, OPENINGS | {"residents_open_at": "2026-12-08T09:30"}, follow=True)
    assert "Les ouvertures sont changées" in text(answer)
    moved = timezone.localtime(Season.objects.get().residents_open_at)
    assert (moved.hour, moved.minute, moved.second) == (9, 30, 0)
    for wrong in ({"everyone_opens_at": "2026-12-01T08:00"}, {"closes_at": ""}, {"late_from": "2027-02-01T08:00"}):
        answer = manager.post(address, OPENINGS | wrong)
        assert answer.status_code == 422, wrong
    assert timezone.localtime(Season.objects.get().residents_open_at).hour == 9


def test_a_capacity_below_what_is_taken_drops_nobody_and_says_so(manager: Client, town: SmallTown) -> None:
    """Point 15."""
    group, home = make_group(make_season()), make_home()
    for child in ("Léa", "Émile"):
        put(group, home, child_of(home, child))
    form = {"capacity": "1", "instructor": str(town.instructor.pk)}
    answer = manager.post(f"/desk/loisirs/groupe/{group.slug}/", form, follow=True)
    assert "dépasse sa capacité de 1" in text(answer)
    group.refresh_from_db()
    assert group.capacity == 1 and group.instructor == town.instructor
    assert Registration.objects.filter(state="confirmed").count() == 2
    assert manager.post(f"/desk/loisirs/groupe/{group.slug}/", {"capacity": "-1"}).status_code == 422


def test_a_season_is_published_and_taken_back_while_nobody_registered(manager: Client) -> None:
    season = make_season(published_at=None)
    assert "n’est pas publiée" in text(manager.post("/desk/loisirs/saison/hiver-2027/publier/", follow=True))
    group, home = make_group(season), make_home()
    manager.post("/desk/loisirs/saison/hiver-2027/publier/")
    season.refresh_from_db()
    assert season.published_at
    manager.post("/desk/loisirs/saison/hiver-2027/retirer/")
    season.refresh_from_db()
    assert season.published_at is None
    manager.post("/desk/loisirs/saison/hiver-2027/publier/")
    put(group, home, child_of(home, "Léa"))
    assert "Des gens y sont inscrits" in text(manager.post("/desk/loisirs/saison/hiver-2027/retirer/", follow=True))


def test_a_season_is_copied_with_its_groups_at_the_same_hours_of_the_clock(manager: Client, town: SmallTown) -> None:
    season = make_season()
    group, off = lead(make_group(season, "natation-hiver-2027"), town.instructor), make_group(season, "annule")
    Group.objects.filter(pk=off.pk).update(cancelled_at=group.season.published_at)
    home = make_home()
    put(group, home, child_of(home, "Léa"))
    form = {"title_fr": "Printemps 2027", "title_en": "", "slug": "printemps-2027", "starts_on": "2027-04-06"}
    answer = manager.post("/desk/loisirs/saison/hiver-2027/copier/", form, follow=True)
    assert "La saison est copiée" in text(answer)
    made = Season.objects.get(slug="printemps-2027")
    assert made.published_at is None and made.starts_on == date(2027, 4, 6)
    assert timezone.localtime(made.residents_open_at).hour == 8  # across the change of the clocks
    copy = made.groups.get()
    assert (copy.slug, copy.hall, copy.instructor, copy.capacity) == (
        "natation-printemps-2027", group.hall, town.instructor, 15
    )  # fmt: skip
    first = timezone.localtime(copy.meetings.first().starts_at)  # type: ignore[union-attr]
    assert (first.isoweekday(), first.hour) == (6, 9) and first.date() >= made.starts_on
    assert copy.registrations.count() == 0
    assert manager.post("/desk/loisirs/saison/hiver-2027/copier/", form).status_code == 422  # the address is taken


def test_cancelling_a_group_says_first_whom_it_reaches_and_what_is_given_back(
    manager: Client, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 25, its screen."""
    group, home = make_group(make_season()), make_home()
    registering.hold_places(
        household=home, group=group, individuals=[child_of(home, "Léa")], together=False, wait=False,
        channel=Channel.COUNTER, assurance=2, by=town.agent,
    )  # fmt: skip
    invoice = registering.check_out(
        household=home, language="fr", at_counter=True, by=town.agent, channel=Channel.COUNTER
    )
    take_at_counter(key="caisse", invoice=invoice, method=Payment.Method.CASH, by=town.agent)
    run_jobs()
    put(group, home, child_of(home, "Émile"), "waiting", waiting_since=home.created_at)
    address = f"/desk/loisirs/groupe/{group.slug}/annuler/"
    page = text(manager.get(address))
    assert "1 personne" in page and "120 $" in page and "1 ménage" in page
    assert manager.post(address, {"why": ""}).status_code == 422
    assert Registration.objects.filter(state="confirmed").exists()
    manager.post(address, {"why": "La piscine est fermée"})
    group.refresh_from_db()
    assert group.cancelled_at and not Registration.objects.filter(state__in=Registration.LIVE).exists()
    assert paid_of(invoice) == 0


def test_the_manager_reaches_leisure_from_the_bar_and_an_instructor_their_lists(
    town: SmallTown, signed_in: SignIn
) -> None:
    assert 'href="/desk/loisirs/"' in text(signed_in(town.leisure_manager).get("/staff/", follow=True))
    page = text(signed_in(town.instructor).get("/desk/loisirs/listes/"))
    assert 'href="/desk/loisirs/listes/"' in page and 'href="/desk/loisirs/"' not in page


def test_the_line_of_an_opening_is_planned_sped_up_and_ended(manager: Client, settings: Settings) -> None:
    season = make_season()
    settings.PARVIS_NOW = "2026-12-08T07:00:00-05:00"
    address = "/desk/loisirs/saison/hiver-2027/file/"
    manager.post(address, {"do": "pace", "residents": "1", "per_second": "25"})
    assert season.rushes.get().per_second == 25
    settings.PARVIS_NOW = NOW
    assert draw_line(rush=season.rushes.get())
    manager.post(address, {"do": "pace", "residents": "1", "per_second": "40"})
    assert season.rushes.get().per_second == 40
    answer = manager.post(address, {"do": "pace", "residents": "1", "per_second": "beaucoup"}, follow=True)
    assert "combien de ménages" in text(answer)
    manager.post(address, {"do": "close", "residents": "1"})
    assert season.rushes.get().closed_at and "Cette file est terminée" in text(manager.get(address[:-5]))
