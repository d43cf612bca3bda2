"""A manager acts on the people, keys and requests of their own department; what is grave asks the password again."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import may, may_merge, may_publish, may_read, may_work
from parvis.apps.cases.queries.lists.to_publish import to_publish
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, ApiKey, User
from parvis.apps.directory.queries import managers_of, manages
from parvis.apps.directory.rules.permissions import Role, Scope
from parvis.apps.directory.services import absences, keys
from parvis.apps.directory.services.staff import set_assignment, set_hours
from parvis.apps.intake.services.offboarding import Successors, cut_access, move_all, undo_cut
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, NotAllowed, NotFound
from parvis.lib.ttl_cache import forget_all
from tests.confirming import PASSWORD, confirm
from tests.factories import SmallTown, make_user, unique
from tests.leisure.making import make_activity, make_group, make_season

pytestmark = pytest.mark.django_db
_T = Transition
TRANSITIONS = (_T.TAKE, _T.ASSIGN, _T.ANSWER, _T.NOTE, _T.CLOSE, _T.PASS_ON, _T.REPLY, _T.NOT_FIXED)
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


@pytest.fixture
def planner_in_chief(town: SmallTown) -> User:
    """The manager of the planning department; `town.manager` is that of the works, and the desk has none."""
    user = make_user("odile.roy", (town.planning, Role.MANAGER))
    forget_all()
    return user


def opened(town: SmallTown, **values: Any) -> Case:
    given: dict[str, Any] = {"subject": town.streetlight, "nature": "request", "address": town.address}
    new_case = NewCase(key=unique(), channel="phone", words="Noir", **given | values)
    return open_case(new_case, by=Actor.staff(town.agent)).case


def cut(user: User, by: User) -> User:
    return cut_access(user_id=user.pk, by=by)


# --- Requests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_manager_reads_every_request_and_acts_on_those_of_their_department(
    town: SmallTown, planner_in_chief: User, transition: Transition
) -> None:
    case = opened(town)
    assert may_read(planner_in_chief, case)
    assert may(town.manager, transition, case)
    assert not may(planner_in_chief, transition, case)
    assert (may_work(town.manager, case), may_work(planner_in_chief, case)) == (True, False)
    assert (may_merge(town.manager, case), may_merge(planner_in_chief, case)) == (True, False)
    assert (may_publish(town.manager, case), may_publish(planner_in_chief, case)) == (True, False)


def test_the_requests_of_a_department_without_a_manager_are_every_managers(
    town: SmallTown, planner_in_chief: User
) -> None:
    comment = opened(town, subject=town.opinion, nature="complaint", address=None)
    assert comment.department == town.desk
    assert may_work(planner_in_chief, comment) and may_work(town.manager, comment)


def test_what_is_to_publish_is_that_of_the_departments_they_direct(town: SmallTown, planner_in_chief: User) -> None:
    town.streetlight.public = True
    town.streetlight.save()
    case = opened(town)
    assert list(to_publish(town.manager)) == [case] == list(to_publish(town.agent))
    assert list(to_publish(planner_in_chief)) == []


# --- People ---------------------------------------------------------------------------------------------------------


def test_the_table_of_roles_and_of_people_whose_access_may_be_cut(town: SmallTown, planner_in_chief: User) -> None:
    everyone = {*town.staff.values(), town.planner, planner_in_chief, town.agent_and_technician}
    of_works, of_planning = {town.technician}, {town.planner, town.agent_and_technician}
    of_the_desk = {
        *(town.agent, town.editor, town.privacy_officer, town.agent_and_technician),
        *(town.treasurer, town.instructor),
    }
    expected = {
        town.manager: of_works | of_the_desk | {planner_in_chief},  # a manager alone in theirs is every other one's
        planner_in_chief: of_planning | of_the_desk | {town.manager},
    }
    for by in everyone:
        assert {user for user in everyone if manages(by, user)} == expected.get(by, set()), by
    for by, user in ((planner_in_chief, town.technician), (town.manager, town.planner), (town.agent, town.planner)):
        with pytest.raises(NotAllowed):
            cut(user, by)
        assert User.objects.get(pk=user.pk).is_active


def test_absences_hours_and_the_share_of_work_are_those_of_their_people(
    town: SmallTown, planner_in_chief: User
) -> None:
    day = date(2026, 11, 25)
    away: dict[str, Any] = {"first_day": day, "last_day": day, "delegate": None}
    absences.say_absence(user=town.planner, **away, by=planner_in_chief)
    set_assignment(department=town.planning, assignment="load", by=planner_in_chief)
    place = town.planner.memberships.get()
    set_hours(membership=place, typed="", by=planner_in_chief)
    with pytest.raises(NotAllowed):
        absences.say_absence(user=town.planner, **away, by=town.manager)
    with pytest.raises(NotAllowed):
        set_assignment(department=town.planning, assignment="queue", by=town.manager)
    with pytest.raises(NotAllowed):
        set_hours(membership=place, typed="", by=town.manager)


def test_the_list_links_to_the_people_of_their_department(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn
) -> None:
    client = signed_in(planner_in_chief)
    page = client.get("/desk/offboarding/").text
    assert reverse("desk:leave", args=[town.planner.pk]) in page
    assert reverse("desk:leave", args=[town.technician.pk]) not in page and "Tina Caron" in page
    assert client.get(reverse("desk:leave", args=[town.technician.pk])).status_code == 403


# --- A cut, and its undoing -----------------------------------------------------------------------------------------


def test_a_cut_acts_at_once_on_sessions_and_keys_and_is_told(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    second = make_user("rita.roy", (town.works, Role.MANAGER))
    forget_all()
    made = keys.make_key(
        submission="k", name="Carte", scopes=[Scope.CASES_READ], last_day=date(2026, 12, 31), by=town.manager
    )
    client = signed_in(town.manager)
    assert client.get("/desk/queue/", follow=True).status_code == 200
    assert town.works.head == town.manager, "the head of a department too"
    cut(town.manager, second)
    assert client.get("/desk/queue/").headers["Location"].startswith("/staff/login/")
    with pytest.raises(NotAllowed):
        keys.use_key(made.secret, Scope.CASES_READ)
    run_jobs()
    assert set(Outgoing.objects.values_list("to", flat=True)) == {town.manager.email, planner_in_chief.email}
    undo_cut(user_id=town.manager.pk, by=planner_in_chief)
    assert keys.use_key(made.secret, Scope.CASES_READ) == made.key
    run_jobs()
    told = Outgoing.objects.order_by("-pk").values_list("to", flat=True)[:2]
    assert set(told) == {town.manager.email, second.email}, "the person, and who had cut it"


def test_another_manager_undoes_a_cut_and_nobody_else(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn
) -> None:
    cut(town.technician, town.manager)
    undo, page = (reverse(f"desk:{name}", args=[town.technician.pk]) for name in ("offboarding_undo", "leave"))
    for by in (town.manager, town.agent, town.technician):
        with pytest.raises((NotAllowed, Conflict)):
            undo_cut(user_id=town.technician.pk, by=by)
    own = signed_in(town.manager).get(page).text
    assert undo not in own and "Une ou un autre gestionnaire peut le rouvrir" in own
    other = signed_in(planner_in_chief)
    assert undo in other.get(page).text
    confirm(other).post(undo)
    town.technician.refresh_from_db()
    assert town.technician.is_active and town.technician.left_at is None
    assert signed_in(town.technician).get("/desk/queue/", follow=True).status_code == 200
    with pytest.raises(Conflict):
        undo_cut(user_id=town.technician.pk, by=planner_in_chief)


def test_once_the_work_is_given_the_access_stays_cut(town: SmallTown, planner_in_chief: User) -> None:
    cut(town.technician, town.manager)
    move_all(user_id=town.technician.pk, successors=Successors(), by=town.manager)
    with pytest.raises(NotFound):
        undo_cut(user_id=town.technician.pk, by=planner_in_chief)


def test_a_manager_alone_in_their_department_is_watched_by_the_others(town: SmallTown, planner_in_chief: User) -> None:
    assert managers_of(town.manager) == [planner_in_chief]
    assert managers_of(town.technician, but=[town.manager]) == [planner_in_chief], "none is left in the department"


# --- Keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_looked_after_by_the_managers_of_its_department(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn
) -> None:
    values: dict[str, Any] = {"name": "Carte", "scopes": [Scope.CASES_READ], "last_day": date(2026, 12, 31)}
    key = keys.make_key(submission="k", **values, by=town.manager).key
    assert key.department == town.works
    with pytest.raises(NotAllowed):
        keys.make_key(submission="l", **values, by=town.manager, department=town.planning)
    revoke = reverse("desk:revoke_key", args=[key.pk])
    other = signed_in(planner_in_chief)
    assert revoke not in other.get("/desk/keys/").text and "Carte" in other.get("/desk/keys/").text
    assert other.post(revoke).status_code == 403
    with pytest.raises(NotAllowed):
        keys.revoke_key(key_id=key.pk, by=planner_in_chief)
    make_user("rita.roy", (town.works, Role.MANAGER))
    keys.revoke_key(key_id=key.pk, by=User.objects.get(username="rita.roy"))


def test_a_manager_of_several_departments_chooses_whose_a_key_is(town: SmallTown, signed_in: SignIn) -> None:
    both = make_user("lise.roy", (town.works, Role.MANAGER), (town.desk, Role.MANAGER))
    sent: dict[str, Any] = {"submission": "s", "name": "Site", "scopes": [Scope.CASES_READ], "last_day": "2026-12-31"}
    sent |= {"per_minute": 60, "per_day": 5000}
    client = signed_in(both)
    assert "Service qui s’en occupe" in client.get("/desk/keys/").text
    assert client.post("/desk/keys/new/", sent).status_code == 422
    client.post("/desk/keys/new/", sent | {"department": town.planning.slug})
    assert not ApiKey.objects.exists(), "not one that they do not manage"
    client.post("/desk/keys/new/", sent | {"department": town.desk.slug})
    assert ApiKey.objects.get().department == town.desk


# --- The password again ---------------------------------------------------------------------------------------------


def key_form(*scopes: Scope) -> dict[str, Any]:
    values = {"submission": unique(), "name": "Site", "last_day": "2026-12-31", "per_minute": 60, "per_day": 5000}
    return {**values, "scopes": [str(scope) for scope in scopes]}


def test_a_key_that_reads_persons_is_made_once_the_password_is_given_again(town: SmallTown, signed_in: SignIn) -> None:
    client = signed_in(town.manager)
    client.post("/desk/keys/new/", key_form(Scope.CASES_READ))
    assert ApiKey.objects.count() == 1, "one that reads no person asks nothing"
    asked = client.post("/desk/keys/new/", key_form(Scope.PERSONS_READ))
    assert asked.headers["Location"].startswith("/staff/reauthenticate/") and ApiKey.objects.count() == 1
    wrong = client.post(asked.headers["Location"], {"password": "autre chose"})
    assert wrong.status_code == 200 and ApiKey.objects.count() == 1
    made = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert ApiKey.objects.count() == 2, "what was sent is done, without being typed again"
    assert "Copiez ce secret" in made.text and "no-store" in made.headers["Cache-Control"]
    client.post("/desk/keys/new/", key_form(Scope.PERSONS_READ))
    assert ApiKey.objects.count() == 3, "within minutes, it is not asked again"


def test_cutting_an_access_and_undoing_it_ask_the_password_again(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn
) -> None:
    address = reverse("desk:offboarding_cut", args=[town.technician.pk])
    client = signed_in(town.manager)
    asked = client.post(address)
    town.technician.refresh_from_db()
    assert asked.headers["Location"].startswith("/staff/reauthenticate/") and town.technician.is_active
    client.post(asked.headers["Location"], {"password": PASSWORD})
    town.technician.refresh_from_db()
    assert not town.technician.is_active and town.technician.cut_by == town.manager
    signed_in(planner_in_chief).post(reverse("desk:offboarding_undo", args=[town.technician.pk]))
    town.technician.refresh_from_db()
    assert not town.technician.is_active


def exports() -> list[str]:
    """Every address of the desk that gives a file of rows."""
    names = [
        str(pattern.name)
        for resolver in get_resolver().url_patterns
        if isinstance(resolver, URLResolver) and resolver.namespace == "desk"
        for pattern in resolver.url_patterns
        if isinstance(pattern, URLPattern) and str(pattern.pattern).endswith((".csv", ".json"))
    ]
    assert len(names) >= 5
    return names


@pytest.mark.parametrize("name", exports())
def test_every_export_asks_the_password_again(town: SmallTown, signed_in: SignIn, name: str) -> None:
    about = [make_group(make_season(), make_activity()).slug] if name == "group_csv" else []
    address, client = reverse(f"desk:{name}", args=about), signed_in(town.manager)
    asked = client.get(address)
    assert asked.headers["Location"].startswith("/staff/reauthenticate/"), "even just after signing in"
    back = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == address
    assert client.get(address).status_code == 200


def test_who_has_no_password_gives_the_code_of_their_authenticator(town: SmallTown, signed_in: SignIn) -> None:
    town.manager.set_unusable_password()
    town.manager.save()
    client = signed_in(town.manager)
    Authenticator.objects.create(user=town.manager, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get(reverse("desk:opinions_csv")).headers["Location"].startswith("/staff/2fa/again/")
