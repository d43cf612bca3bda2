"""Last season's participants brought in before the openings: offered once, within the places, and told why not."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.letters import kept as kept_letter
from parvis.apps.leisure.loading import load_leisure
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.catalogue import group_by_slug
from parvis.apps.leisure.queries.registrations import events_of, open_cart
from parvis.apps.leisure.services.keeping import Bringing, bring_in, bringing_in
from parvis.apps.leisure.services.management import copy_season
from parvis.apps.leisure.services.waiting import accept_offer, decline_offer
from parvis.apps.leisure.tasks import sweep_places
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, unique
from tests.leisure.making import (
    BEFORE,
    RESIDENTS,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_season,
)  # fmt: skip
from tests.leisure.test_loading import read

State, What = Registration.State, RegistrationEvent.What
UNTIL = date(2026, 12, 4)


@pytest.fixture(autouse=True)
def _before_the_openings(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T12:00:00-05:00"


@pytest.fixture
def autumn(town: SmallTown) -> Season:
    """Last season."""
    return make_season("automne-2026", starts_on=date(2026, 9, 14), ends_on=date(2026, 12, 6))


@pytest.fixture
def winter(town: SmallTown) -> Season:
    return make_season()


@pytest.fixture
def group(autumn: Season, winter: Season) -> Group:
    """A group of three places that follows one of last season, for those of 6 to 9 years on 1 January 2027."""
    activity = make_activity(min_age=6, max_age=9)
    return make_group(winter, activity, capacity=3, previous=make_group(autumn, activity, capacity=9))


def was_in(group: Group, household: Household, child: Individual | None = None, **values: object) -> Registration:
    """A place that someone has in the group before that one."""
    defaults = {"state": State.CONFIRMED, "channel": "web", "assurance": 2, "resident": True, "price_cents": 1}
    child = child or children_of(household)[0]
    before = {"group": group.previous, "household": household, "individual": child, "made_at": BEFORE}
    return Registration.objects.create(**before | defaults | values)


def written(letter: Outgoing) -> str:
    """The words of a letter of the places kept."""
    with override("fr"):
        return kept_letter(*letter.args).text.replace("\u00a0", " ")


def bring(group: Group, town: SmallTown, until: date = UNTIL) -> Bringing:
    return bring_in(season=group.season, groups=[group], until=until, by=town.leisure_manager)


def test_each_participant_who_still_fits_is_offered_a_place_until_that_day(group: Group, town: SmallTown) -> None:
    home, stranger = make_household("Léa", email="lea@exemple.org"), make_household("Tom", resident=False)
    Group.objects.filter(pk=group.pk).update(non_resident_price_cents=150_00)
    for household in (home, stranger):
        was_in(group, household)
    was_in(group, make_household("Parti"), state=State.CANCELLED)
    assert len(bringing_in([group]).offers) == 2 and not Registration.objects.filter(group=group).exists()
    bring(group, town)
    rows = list(Registration.objects.filter(group=group).order_by("pk"))
    assert [(row.state, row.channel, row.resident, row.price_cents) for row in rows] == [
        (State.OFFERED, "kept", True, 120_00),
        (State.OFFERED, "kept", False, 150_00),
    ]
    assert rows[0].until is not None and rows[0].until.isoformat() == "2026-12-05T04:59:00+00:00"
    assert [(event.what, event.by) for event in events_of(rows[0])] == [(What.KEPT, town.leisure_manager)]
    text = written(Outgoing.objects.get(to="lea@exemple.org"))
    assert f"/loisirs/offre/{rows[0].public_id}/" in text and "saison passée" in text


def test_done_again_it_does_nothing_twice_even_for_who_declined(group: Group, town: SmallTown) -> None:
    for name in ("Léa", "Tom"):
        was_in(group, make_household(name))
    bring(group, town)
    decline_offer(registration=Registration.objects.filter(group=group)[0], channel="web")
    letters = Outgoing.objects.count()
    again = bring(group, town)
    assert (len(again.offers), again.done, len(again.left_out)) == (0, 2, 0)
    assert Registration.objects.filter(group=group).count() == 2 and Outgoing.objects.count() == letters
    was_in(group, make_household("Zoé"))
    assert len(bring(group, town).offers) == 1


def test_who_no_longer_fits_is_listed_with_why_and_no_place_is_given_twice(
    group: Group, winter: Season, town: SmallTown
) -> None:
    """Point 16 for last season's: the age is that of the new season."""
    too_old = was_in(group, make_household("Grande", born=date(2016, 12, 31)))
    gone = was_in(group, make_household("Léa"))
    gone.individual.links.update(ended_at=BEFORE)
    Group.objects.filter(pk=group.pk).update(non_resident_quota=1)
    group.refresh_from_db()
    strangers = [was_in(group, make_household(name, resident=False)) for name in ("Tom", "Zoé")]
    residents = [was_in(group, make_household(name)) for name in ("Ali", "Eve", "Max")]
    found = bring(group, town)
    assert [one.before for one in found.offers] == [strangers[0], residents[0], residents[1]]
    why = {one.before: one.why.replace("\u00a0", " ") for one in found.left_out}
    assert set(why) == {too_old, gone, strangers[1], residents[2]}
    assert "6 à 9 ans" in why[too_old] and "pas de votre famille" in why[gone]
    assert "non-résidents" in why[strangers[1]] and "aucune place" in why[residents[2]]
    view = group_by_slug(group.slug)
    assert view is not None and (view.taken, view.left) == (3, 0)


def test_a_prerequisite_and_the_groups_of_one_person_are_looked_at_too(
    autumn: Season, winter: Season, town: SmallTown
) -> None:
    """Point 17."""
    activity = make_activity("natation-4", prerequisite=make_activity("natation-2", most_per_season=None))
    group = make_group(winter, activity, previous=make_group(autumn, activity))
    once = make_activity("judo", most_per_season=1)
    twice = [make_group(winter, once, previous=make_group(autumn, once), slug=unique("judo")) for _each in range(2)]
    household = make_household("Léa")
    was_in(group, household)
    for one in twice:
        was_in(one, household)
    found = bring_in(season=winter, groups=[group, *twice], until=UNTIL, by=town.leisure_manager)
    assert [one.group for one in found.offers] == twice[:1]
    assert ["d’abord avoir fait" in found.left_out[0].why, "1 par personne" in found.left_out[1].why] == [True, True]
    assert Outgoing.objects.count() == 1


def test_one_letter_tells_a_household_of_all_its_places(group: Group, winter: Season, town: SmallTown) -> None:
    household = make_household("Léa", "Tom", email="mere@exemple.org")
    for child in children_of(household):
        was_in(group, household, child)
    bring(group, town)
    letter = Outgoing.objects.get(to="mere@exemple.org")
    for words in ("Léa", "Tom", "120 $", "mardi 8 décembre", "vendredi 4 décembre"):
        assert words in written(letter), words
    with override("en"):
        assert "Your place from last season" in kept_letter(*letter.args).subject


def test_accepted_it_is_in_the_cart_though_registration_is_not_open(group: Group, town: SmallTown) -> None:
    household = make_household("Léa")
    was_in(group, household)
    bring(group, town)
    row = Registration.objects.get(group=group)
    with pytest.raises(Exception, match="ouvre"):
        hold(make_household("Tom"), group)
    accept_offer(registration=row, channel="web")
    cart = open_cart(household)
    assert cart is not None and [line.registration for line in cart.lines] == [row]


def test_not_accepted_by_the_day_it_is_free_for_the_opening(group: Group, town: SmallTown, settings: Settings) -> None:
    for name in ("Léa", "Tom", "Zoé"):
        was_in(group, make_household(name))
    bring(group, town)
    settings.PARVIS_NOW = "2026-12-05T00:00:00-05:00"
    sweep_places()
    assert set(Registration.objects.filter(group=group).values_list("state", flat=True)) == {State.LAPSED}
    settings.PARVIS_NOW = RESIDENTS.isoformat()
    assert len(hold(make_household("Ali", "Eve", "Max"), group)) == 3


def test_it_is_for_a_manager_before_the_openings_of_a_published_season(
    group: Group, town: SmallTown, settings: Settings
) -> None:
    was_in(group, make_household("Léa"))
    for user in (town.agent, town.instructor):
        with pytest.raises(NotAllowed):
            bring_in(season=group.season, groups=[group], until=UNTIL, by=user)
    for day in (date(2026, 11, 24), RESIDENTS.date()):
        with pytest.raises(Invalid) as refused:
            bring(group, town, until=day)
        assert list(refused.value.fields) == ["until"]
    settings.PARVIS_NOW = RESIDENTS.isoformat()
    with pytest.raises(Conflict):
        bring(group, town)
    settings.PARVIS_NOW = (RESIDENTS - timedelta(days=9)).isoformat()
    Season.objects.filter(pk=group.season_id).update(published_at=None)
    group.season.refresh_from_db()
    with pytest.raises(Conflict):
        bring(group, town)
    assert not Registration.objects.filter(group=group).exists()


def test_a_copied_season_knows_which_group_comes_before_each(group: Group, town: SmallTown) -> None:
    made = copy_season(
        source=group.season, slug="printemps", title_fr="Printemps", title_en="", starts_on=date(2027, 4, 5),
        by=town.leisure_manager,
    )  # fmt: skip
    assert made.groups.get().previous == group


def test_the_file_says_which_group_comes_before(town: SmallTown) -> None:
    data = read()
    first = data.seasons[0].groups[0]
    after = data.seasons[0].model_copy(
        update={"slug": "ensuite", "groups": (first.model_copy(update={"slug": "suite", "previous": first.slug}),)}
    )
    file = data.model_copy(update={"seasons": (*data.seasons, after)})
    load_leisure(leisure=file, demo=True)
    load_leisure(leisure=data, demo=True)
    load_leisure(leisure=file, demo=True)
    group = Group.objects.get(slug="suite")
    assert group.previous is not None and group.previous.slug == first.slug


def test_looking_costs_the_same_for_one_and_for_many(
    group: Group, autumn: Season, winter: Season, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    was_in(group, make_household("Léa"))
    groups = [group]
    for _each in range(5):
        groups.append(make_group(winter, group.activity, previous=make_group(autumn, group.activity)))
        was_in(groups[-1], make_household("Tom", resident=False))
    with django_assert_max_num_queries(10):
        assert len(bringing_in(groups).offers) == 6
