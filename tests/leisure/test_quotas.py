"""Quotas: the places that non-residents may take, and the groups of an activity that one person may be in."""

from typing import Any

import pytest

from parvis.apps.leisure.loading import load_leisure
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.registrations import events_of
from parvis.apps.leisure.services.management import change_group
from parvis.apps.leisure.services.refusals import Full
from parvis.apps.leisure.services.registering import release
from parvis.apps.leisure.services.waiting import accept_offer, promote
from parvis.lib.errors import Conflict, Invalid
from tests.factories import SmallTown
from tests.leisure.making import add_child, children_of, hold, make_group, make_household, make_season
from tests.leisure.test_loading import first_group, read

State, What = Registration.State, RegistrationEvent.What


def state_of(row: Registration) -> str:
    row.refresh_from_db()
    return row.state


@pytest.fixture
def group(season: Season, swimming: Activity) -> Group:
    """Five places, one of them for non-residents."""
    return make_group(season, swimming, capacity=5, non_resident_quota=1)


def test_a_non_resident_beyond_the_quota_reads_the_true_reason_and_residents_take_every_place(group: Group) -> None:
    (stranger,) = hold(make_household("Léa", resident=False), group)
    with pytest.raises(Full) as refused:
        hold(make_household("Tom", resident=False), group)
    assert "places pour les non-résidents sont prises" in str(refused.value)
    assert "Il reste 4 places, pour les résidents" in str(refused.value) and refused.value.suggestion is None
    assert [row.state for row in hold(make_household("Zoé", resident=False), group, wait=True)] == [State.WAITING]
    assert len(hold(make_household("Ali", "Max", "Eve", "Noé"), group)) == 4
    release(registration=stranger, channel="web")
    assert [row.state for row in hold(make_household("Ida"), group, wait=True)] == [State.WAITING], "Zoé comes first"


def test_it_suggests_a_group_where_a_non_resident_has_a_place(group: Group, season: Season, swimming: Activity) -> None:
    hold(make_household("Léa", resident=False), group)
    make_group(season, swimming, slug="plus-pres", non_resident_quota=0)
    other = make_group(season, swimming, slug="plus-loin")
    with pytest.raises(Full) as refused:
        hold(make_household("Tom", resident=False), group)
    assert refused.value.suggestion is not None and refused.value.suggestion.group == other


def test_those_together_are_all_within_the_quota_or_nobody_is(group: Group) -> None:
    with pytest.raises(Full):
        hold(make_household("Léa", "Tom", resident=False), group, together=True)
    assert not Registration.objects.exists()
    assert len(hold(make_household("Zoé", "Ali", resident=False), group)) == 1, "one at a time, the first one is in"


def test_the_waiting_list_passes_over_a_non_resident_while_the_quota_is_full_and_says_so(
    season: Season, swimming: Activity
) -> None:
    group = make_group(season, swimming, capacity=2, non_resident_quota=1)
    stranger = hold(make_household("Léa", resident=False), group)[0]
    resident = hold(make_household("Tom"), group)[0]
    (other,) = hold(make_household("Zoé", resident=False), group, wait=True)
    (next_one,) = hold(make_household("Ali"), group, wait=True)
    release(registration=resident, channel="web")
    for _twice in range(2):
        promote(group_id=group.pk)
    assert (state_of(other), state_of(next_one)) == (State.WAITING, State.OFFERED)
    assert [event.what for event in events_of(other)] == [What.QUEUED, What.QUOTA]
    release(registration=stranger, channel="web")
    promote(group_id=group.pk)
    assert state_of(other) == State.OFFERED


def test_a_quota_lowered_drops_nobody_and_one_raised_lets_who_waits_in(group: Group, town: SmallTown) -> None:
    (first,) = hold(make_household("Léa", resident=False), group)
    (waits,) = hold(make_household("Tom", resident=False), group, wait=True)
    values: dict[str, Any] = {"group": group, "capacity": 5, "instructor": None, "by": town.leisure_manager}
    change_group(non_resident_quota=0, **values)
    assert state_of(first) == State.HELD
    change_group(non_resident_quota=None, **values)
    promote(group_id=group.pk)
    assert state_of(waits) == State.OFFERED
    with pytest.raises(Invalid) as refused:
        change_group(non_resident_quota=-1, **values)
    assert list(refused.value.fields) == ["non_resident_quota"]


def test_one_person_has_as_many_groups_of_an_activity_as_it_allows(season: Season, swimming: Activity) -> None:
    Activity.objects.update(most_per_season=1)
    groups = [make_group(season, swimming, capacity=5) for _each in range(2)]
    household = make_household("Léa", "Tom")
    lea, tom = children_of(household)
    (held,) = hold(household, groups[0], lea)
    with pytest.raises(Invalid) as refused:
        hold(household, groups[1], lea, tom)
    assert list(refused.value.fields) == [lea.public_id]
    assert "c’est 1 par personne" in str(refused.value.fields[lea.public_id])
    father = make_household()
    add_child(father, lea)
    with pytest.raises(Invalid):
        hold(father, groups[1], lea)
    assert hold(household, groups[1], tom)
    next_season = make_season("printemps-2027")
    assert hold(household, make_group(next_season, swimming), lea), "another season counts anew"
    release(registration=held, channel="web")
    assert hold(household, groups[1], lea)


def test_an_offer_is_accepted_once_the_other_place_is_given_back(season: Season, swimming: Activity) -> None:
    Activity.objects.update(most_per_season=1)
    full, other = make_group(season, swimming, capacity=0), make_group(season, swimming)
    household = make_household("Léa")
    (waits,) = hold(household, full, wait=True)
    (held,) = hold(household, other)
    Group.objects.filter(pk=full.pk).update(capacity=1)
    promote(group_id=full.pk)
    with pytest.raises(Conflict) as refused:
        accept_offer(registration=waits, channel="web")
    assert "Rendez d’abord" in str(refused.value) and state_of(waits) == State.OFFERED
    release(registration=held, channel="web")
    assert accept_offer(registration=waits, channel="web")


def test_quotas_are_read_from_the_file_and_kept_once_someone_registered(town: SmallTown, opened: None) -> None:
    load_leisure(leisure=first_group(non_resident_quota=3), demo=True)
    group = Group.objects.get(non_resident_quota=3)
    hold(make_household("Léa"), group)
    _tallies, kept = load_leisure(leisure=read(), demo=True)
    group.refresh_from_db()
    assert group.non_resident_quota == 3 and "places" in kept[0]
