"""The bounds of unpaid places where they are counted: at once, by the staff; and what who manages leisure is told."""

from collections import Counter

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.households.models import HouseholdLink, Individual
from parvis.apps.households.services.households import mark_members_seen
from parvis.apps.leisure.letters import unusual_share
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.bounds import unproved, unusual_shares
from parvis.apps.leisure.queries.catalogue import views_of
from parvis.apps.leisure.services.refusals import TooManyUnpaid
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import SmallTown
from tests.leisure.making import (
    EVERYONE,
    OPENED,
    add_child,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_season,
)
from tests.leisure.test_races import at_once


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_places_asked_for_at_once_never_pass_the_bounds(town: SmallTown, settings: Settings) -> None:
    """By ten tabs of one family, and by two households for which one account registers."""
    settings.PARVIS_NOW, settings.PARVIS_UNPAID_HOUSEHOLD, settings.PARVIS_UNPAID_ACCOUNT = OPENED, 3, 4
    season, activity = make_season(), make_activity()
    family, other = make_household("Léa"), make_household("Tom")
    mother = family.links.get(may_register=True).individual
    for home in (family, other):
        HouseholdLink.objects.get_or_create(
            household=home,
            individual=mother,
            defaults={"role": "adult", "may_register": True, "created_at": EVERYONE},
        )
    groups = [make_group(season, activity, weeks=0, capacity=5) for _each in range(10)]
    child = {home.pk: children_of(home)[0] for home in (family, other)}

    def take(rank: int) -> str:
        home = (family, other)[rank % 2]
        try:
            hold(home, groups[rank], child[home.pk], account=mother.account)
        except TooManyUnpaid:
            return "no"
        return "yes"

    assert Counter(at_once(10, take)) == {"yes": 4, "no": 6}
    kept = Counter(Registration.objects.values_list("household", flat=True))
    assert max(kept.values()) <= 3 and sum(kept.values()) == 4


def test_an_agent_is_told_and_goes_beyond_with_a_reason_that_stays(
    season: Season, swimming: Activity, settings: Settings, town: SmallTown
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 1
    household = make_household("Léa", "Tom")
    lea, tom = children_of(household)
    hold(household, make_group(season, swimming), lea)
    group = make_group(season, swimming)
    with override("fr"), pytest.raises(TooManyUnpaid, match="écartez cette règle"):
        hold(household, group, tom, by=town.agent)
    (row,) = hold(household, group, tom, by=town.agent, override="Famille d’accueil, vue ce matin")
    step = row.events.get(what=RegistrationEvent.What.OVERRIDDEN)
    assert (step.by, step.words) == (town.agent, "Famille d’accueil, vue ce matin")
    with pytest.raises(Invalid):
        hold(household, make_group(season, swimming), tom, override="moi-même")


def test_an_override_that_sets_nothing_aside_leaves_no_step(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    hold(make_household("Léa"), make_group(season, swimming), by=town.agent, override="au cas où")
    assert not RegistrationEvent.objects.filter(what=RegistrationEvent.What.OVERRIDDEN).exists()


def test_an_unusual_share_of_a_group_is_told_once_to_who_manages_leisure(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    group, other = (make_group(season, swimming, capacity=12) for _each in range(2))
    family = make_household(*"ABCDE")
    children = children_of(family)
    hold(family, group, *children[:3])
    hold(make_household("Z"), other)
    told = Outgoing.objects.filter(key__startswith="leisure-share")
    assert not told.exists() and unusual_shares(views_of([group, other])) == []
    for child in children[3:]:
        hold(family, group, child)
    (share,) = unusual_shares(views_of(Group.objects.order_by("pk")))
    assert (share.household, share.unpaid, share.view.group) == (family, 5, group)
    assert {one.to for one in told} == {town.leisure_manager.email}, "once, though a fifth place followed"
    for language, words in (("fr", "4 des 12 places"), ("en", "4 of the 12 places")):
        with override(language):
            letter = unusual_share(*told.get().args)
        assert words in letter.text and family.name in letter.text
        assert not any(child.name in letter.text.split() for child in children)
    Registration.objects.filter(household=family).update(state=Registration.State.CONFIRMED)
    assert unusual_shares(views_of([group])) == [], "paid, nothing is unusual"


def test_shares_and_declared_people_are_read_in_as_many_queries_whatever_their_number(
    season: Season, swimming: Activity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for many in (1, 4):
        groups = [make_group(season, swimming, capacity=9, weeks=0) for _each in range(many)]
        for group in groups:
            hold(make_household(*"ABCD"), group)
        views = views_of(groups)
        with django_assert_num_queries(2):
            assert len(unusual_shares(views)) == many
        Individual.objects.update(declared=True)
        people = list(Individual.objects.all())
        with django_assert_num_queries(1):
            assert len(unproved(people)) == len(people)


def test_who_was_seen_stays_seen_by_the_first_who_saw_them_and_only_of_that_household(
    season: Season, town: SmallTown
) -> None:
    household, stranger = make_household(), make_household("Zoé")
    lea = Individual.objects.create(name="Léa", declared=True, created_at=EVERYONE)
    add_child(household, lea)
    (zoe,) = children_of(stranger)
    with pytest.raises(NotFound):
        mark_members_seen(household=household, public_ids=[zoe.public_id], by=town.agent)
    with pytest.raises(NotAllowed):
        mark_members_seen(household=household, public_ids=[lea.public_id], by=town.editor)
    assert mark_members_seen(household=household, public_ids=[lea.public_id], by=town.agent) == [lea]
    assert mark_members_seen(household=household, public_ids=[lea.public_id], by=town.leisure_manager) == []
    lea.refresh_from_db()
    assert (lea.seen_by, lea.only_declared) == (town.agent, False)
