"""What gives much money back is cancelled by two people: a group, a registration, and one refund after another."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.billing.models import Payment, Refund
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Activity, CancellationRequest, Group, Registration, Season
from parvis.apps.leisure.rules.approving import Refunds, needs_second_person
from parvis.apps.leisure.services.cancellation_approvals import (
    ask_to_cancel_group,
    ask_to_cancel_registration,
    decide_cancellation,
)
from parvis.apps.leisure.services.registering import check_out
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, unique
from tests.leisure.making import EVERYONE, hold, make_activity, make_group, make_household

pytestmark = pytest.mark.both_databases
SignIn = Callable[[User], Client]
Run = Callable[[], int]
State = Registration.State


@pytest.fixture(autouse=True)
def _opened(settings: Settings) -> None:
    settings.PARVIS_NOW = EVERYONE.isoformat()
    settings.PARVIS_REFUNDS_ALONE, settings.PARVIS_REFUND_ALONE_CENTS = 3, 50_000


def paid_group(season: Season, activity: Activity, town: SmallTown, run_jobs: Run, people: int) -> Group:
    """A group of 120 $ with so many people of different households, who paid by cheque."""
    group = make_group(season, activity, capacity=20)
    for rank in range(people):
        household = make_household(f"Enfant {rank}", email=f"{unique('a')}@exemple.org")
        hold(household, group)
        invoice = check_out(household=household, language="fr", channel="web", at_counter=True)
        take_at_counter(key=unique(), invoice=invoice, method=Payment.Method.CHEQUE, details="12", by=town.agent)
    run_jobs()
    return group


def states(group: Group) -> set[str]:
    return set(Registration.objects.filter(group=group).values_list("state", flat=True))


@pytest.mark.parametrize(
    ("asked", "lately", "needed"),
    [
        (Refunds(3, 500), Refunds(0, 0), False),
        (Refunds(4, 400), Refunds(0, 0), True),
        (Refunds(1, 501), Refunds(0, 0), True),
        (Refunds(1, 100), Refunds(2, 400), False),
        (Refunds(1, 100), Refunds(3, 300), True),
        (Refunds(1, 101), Refunds(1, 400), True),
        (Refunds(0, 0), Refunds(9, 9_000), False),
    ],
)
def test_one_person_decides_within_a_bound_over_a_day(asked: Refunds, lately: Refunds, needed: bool) -> None:
    assert needs_second_person(asked, lately, most=Refunds(3, 500)) is needed


def test_a_group_that_gives_back_little_is_cancelled_at_once(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    group = paid_group(season, swimming, town, run_jobs, 3)
    assert ask_to_cancel_group(group=group, why="Travaux", by=town.leisure_manager) is None
    assert states(group) == {State.CANCELLED} and Refund.objects.filter(asked_by=town.leisure_manager).count() == 3


def test_a_group_with_many_refunds_waits_for_a_second_person(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    group = paid_group(season, swimming, town, run_jobs, 4)
    with pytest.raises(Invalid):
        ask_to_cancel_group(group=group, why=" ", by=town.leisure_manager)
    asked = ask_to_cancel_group(group=group, why="Travaux", by=town.leisure_manager)
    assert asked and (asked.refunds, asked.cents) == (4, 48_000)
    assert states(group) == {State.CONFIRMED} and not Refund.objects.exists()
    assert {row.to for row in Outgoing.objects.filter(key__startswith="approval/cancellation/")} == {
        town.treasurer.email,
        town.clerk.email,
    }
    with pytest.raises(Conflict):
        ask_to_cancel_group(group=group, why="Travaux", by=town.leisure_manager)
    for user in (town.leisure_manager, town.manager, town.agent, town.administrator):
        with pytest.raises(NotAllowed):
            decide_cancellation(request=asked, approved=True, by=user)
    with pytest.raises(Invalid):
        decide_cancellation(request=asked, approved=False, by=town.treasurer)
    decide_cancellation(request=asked, approved=False, note="Pas avant le conseil.", by=town.treasurer)
    assert states(group) == {State.CONFIRMED}
    again = ask_to_cancel_group(group=group, why="Travaux", by=town.leisure_manager)
    assert again is not None
    decide_cancellation(request=again, approved=True, by=town.treasurer)
    assert states(group) == {State.CANCELLED} and Refund.objects.count() == 4
    with pytest.raises(Conflict):
        decide_cancellation(request=again, approved=True, by=town.clerk)


def test_one_refund_after_another_does_not_pass_the_bound(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    group = paid_group(season, swimming, town, run_jobs, 4)
    rows = list(Registration.objects.filter(group=group).order_by("pk"))
    asked = [ask_to_cancel_registration(registration=row, channel="phone", by=town.agent) for row in rows]
    assert asked[:3] == [None, None, None] and asked[3] is not None
    rows[3].refresh_from_db()
    assert rows[3].state == State.CONFIRMED and Refund.objects.count() == 3
    decide_cancellation(request=asked[3], approved=True, by=town.clerk)
    assert states(group) == {State.CANCELLED}
    other = paid_group(season, make_activity("tennis"), town, run_jobs, 1)
    mine = Registration.objects.get(group=other)
    assert ask_to_cancel_registration(registration=mine, channel="phone", by=town.leisure_manager) is None


def test_the_one_who_holds_both_roles_does_not_approve_what_they_asked(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    town.leisure_manager.memberships.create(department=town.desk, role="treasurer")
    group = paid_group(season, swimming, town, run_jobs, 4)
    both = User.objects.get(pk=town.leisure_manager.pk)
    asked = ask_to_cancel_group(group=group, why="Travaux", by=both)
    assert asked is not None
    with pytest.raises(NotAllowed):
        decide_cancellation(request=asked, approved=True, by=both)


def test_on_screen_the_group_stays_until_the_second_person_approves(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run, signed_in: SignIn
) -> None:
    group = paid_group(season, swimming, town, run_jobs, 4)
    manager = signed_in(town.leisure_manager)
    answer = manager.post(f"/desk/loisirs/groupe/{group.slug}/annuler/", {"why": "Travaux"}, follow=True)
    assert "une deuxième personne" in answer.content.decode() and states(group) == {State.CONFIRMED}
    treasurer = signed_in(town.treasurer)
    page = treasurer.get("/desk/approbations/").content.decode()
    assert "480\u00a0$" in page and "Travaux" in page and "Lise Arsenault" in page
    request = CancellationRequest.objects.get()
    refused = treasurer.post(f"/desk/approbations/annulation/{request.pk}/", {"do": "refuse"})
    assert refused.status_code == 422
    treasurer.post(f"/desk/approbations/annulation/{request.pk}/")
    assert states(group) == {State.CANCELLED}


def test_a_manager_of_public_works_rules_no_child_no_aid_no_refund_and_no_money(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run, signed_in: SignIn
) -> None:
    """As Patrick Roy: each address by which it was done."""
    group = paid_group(season, swimming, town, run_jobs, 1)
    row = Registration.objects.select_related("household", "individual").get(group=group)
    home, client = f"/desk/loisirs/menage/{row.household.public_id}/", signed_in(town.manager)
    for address in (
        *("/desk/loisirs/", "/desk/tresorerie/", "/desk/approbations/", home),
        *(f"{home}garde/{row.individual.public_id}/", f"{home}sante/{row.individual.public_id}/", f"{home}aide/"),
        *(f"/desk/loisirs/groupe/{group.slug}/{end}" for end in ("", "annuler/", "liste/", "liste.csv", "sante/")),
        *("/desk/keys/", "/desk/webhooks/", "/desk/channels/", "/desk/rules/", "/desk/staff/", "/desk/newsletter/"),
    ):
        assert [client.get(address).status_code, client.post(address).status_code] == [403, 403], address
    assert states(group) == {State.CONFIRMED}
