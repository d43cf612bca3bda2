"""A manager reads and acts on the people and requests of their department; what is grave asks the password again."""

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
def test_a_manager_reads_and_acts_on_the_requests_of_their_department_alone(
    town: SmallTown, planner_in_chief: User, transition: Transition
) -> None:
    case = opened(town)
    assert (may_read(town.manager, case), may_read(planner_in_chief, case)) == (True, False)
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
    for manager in (planner_in_chief, town.manager):
        assert may_read(manager, comment) and may_work(manager, comment)
    make_user("rene.roy", (town.desk, Role.MANAGER))
    forget_all()
    for manager in (planner_in_chief, town.manager):
        assert not may_read(manager, comment) and not may_work(manager, comment)


def test_what_is_to_publish_is_that_of_the_departments_they_direct(town: SmallTown, planner_in_chief: User) -> None:
    town.streetlight.public = True
    town.streetlight.save()
    case = opened(town)
    assert list(to_publish(town.manager)) == [case] == list(to_publish(town.agent))
    assert list(to_publish(planner_in_chief)) == []


# --- People ---------------------------------------------------------------------------------------------------------


def test_the_table_of_roles_and_of_people_whose_access_may_be_cut(town: SmallTown, planner_in_chief: User) -> None:
    administrators = {town.administrator, town.key_maker}
    everyone = {*town.staff.values(), town.planner, planner_in_chief, town.agent_and_technician, town.key_maker}
    of_works, of_planning = {town.technician}, {town.planner, town.agent_and_technician}
    of_the_desk = {
        *(town.agent, town.editor, town.privacy_officer, town.agent_and_technician),
        *(town.treasurer, town.instructor, town.leisure_manager, town.communications, town.clerk),
    }
    expected = {
        town.manager: of_works | of_the_desk | {planner_in_chief},  # a manager alone in theirs is every other one's
        planner_in_chief: of_planning | of_the_desk | {town.manager},
        **{user: everyone - {user} for user in administrators},  # and nobody else acts on the account of one
    }
    for by in everyone:
        assert {user for user in everyone if manages(by, user)} == expected.get(by, set()), by
    refused = [(planner_in_chief, town.technician), (town.manager, town.planner), (town.agent, town.planner)]
    for by, user in (*refused, (town.manager, town.key_maker)):
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
    set_assignment(department=town.planning, assignment="queue", by=town.administrator)
    set_hours(membership=place, typed="", by=town.administrator)


def test_the_list_links_to_the_people_of_their_department(
    town: SmallTown, planner_in_chief: User, signed_in: SignIn
) -> None:
    client = signed_in(planner_in_chief)
    page = client.get("/desk/offboarding/").text
    assert reverse("desk:leave", args=[town.planner.pk]) in page
    assert reverse("desk:leave", args=[town.technician.pk]) not in page and "Tina Caron" in page
    assert client.get(reverse("desk:leave", args=[town.technician.pk])).status_code == 403


# --- A cut, and its undoing -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("planner_in_chief")
def test_a_cut_acts_at_once_on_sessions_and_is_told(
    town: SmallTown, signed_in: SignIn, run_jobs: Callable[[], int]
) -> None:
    second = make_user("rita.roy", (town.works, Role.MANAGER))
    forget_all()
    client = signed_in(town.manager)
    assert client.get("/desk/queue/", follow=True).status_code == 200
    assert town.works.head == town.manager, "the head of a department too"
    cut(town.manager, second)
    assert client.get("/desk/queue/").headers["Location"].startswith("/staff/login/")
    run_jobs()
    others = {town.administrator.email, town.key_maker.email}  # not the manager of another department
    assert set(Outgoing.objects.values_list("to", flat=True)) == {town.manager.email, *others}
    undo_cut(user_id=town.manager.pk, by=town.administrator)
    run_jobs()
    told = Outgoing.objects.order_by("-pk").values_list("to", flat=True)[:2]
    assert set(told) == {town.manager.email, second.email}, "the person, and who had cut it"


def test_a_cut_acts_at_once_on_the_keys_that_they_made(town: SmallTown) -> None:
    values: dict[str, Any] = {"name": "Carte", "scopes": [Scope.CASES_READ], "last_day": date(2026, 12, 31)}
    made = keys.make_key(submission="k", **values, by=town.key_maker)
    third = make_user("anne.roy", (town.desk, Role.ADMINISTRATOR))
    cut(town.key_maker, town.administrator)
    with pytest.raises(NotAllowed):
        keys.use_key(made.secret, Scope.CASES_READ)
    undo_cut(user_id=town.key_maker.pk, by=third)
    assert keys.use_key(made.secret, Scope.CASES_READ) == made.key


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
    others = [town.key_maker, planner_in_chief, town.administrator]  # in alphabetical order
    assert managers_of(town.manager) == others
    assert managers_of(town.technician) == [town.key_maker, town.manager, town.administrator]
    User.objects.filter(pk__in=[town.key_maker.pk, town.administrator.pk]).update(is_active=False)
    assert managers_of(town.technician, but=[town.manager]) == [planner_in_chief], "none is left in the department"


# --- Keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_looked_after_by_the_administrators_whichever_its_department(
    town: SmallTown, signed_in: SignIn
) -> None:
    values: dict[str, Any] = {"name": "Carte", "scopes": [Scope.CASES_READ], "last_day": date(2026, 12, 31)}
    key = keys.make_key(submission="k", **values, by=town.key_maker, department=town.works).key
    assert key.department == town.works
    revoke = reverse("desk:revoke_key", args=[key.pk])
    for user in (town.manager, town.agent, town.clerk):
        assert signed_in(user).get("/desk/keys/").status_code == 403 == signed_in(user).post(revoke).status_code
        with pytest.raises(NotAllowed):
            keys.make_key(submission="l", **values, by=user)
        with pytest.raises(NotAllowed):
            keys.revoke_key(key_id=key.pk, by=user)
    page = signed_in(town.administrator).get("/desk/keys/").text
    assert revoke in page and "Carte" in page
    assert keys.revoke_key(key_id=key.pk, by=town.administrator).revoked_at


def test_an_administrator_who_works_in_several_departments_chooses_whose_a_key_is(
    town: SmallTown, signed_in: SignIn
) -> None:
    both = make_user("lise.roy", (town.works, Role.AGENT), (town.desk, Role.ADMINISTRATOR))
    sent: dict[str, Any] = {"submission": "s", "name": "Site", "scopes": [Scope.CASES_READ], "last_day": "2026-12-31"}
    sent |= {"per_minute": 60, "per_day": 5000}
    client = signed_in(both)
    assert "Service qui s’en occupe" in client.get("/desk/keys/").text
    assert client.post("/desk/keys/new/", sent).status_code == 422
    client.post("/desk/keys/new/", sent | {"department": town.planning.slug})
    assert not ApiKey.objects.exists(), "not one where they do not work"
    client.post("/desk/keys/new/", sent | {"department": town.desk.slug})
    assert ApiKey.objects.get().department == town.desk


# --- The password again ---------------------------------------------------------------------------------------------


def key_form(*scopes: Scope) -> dict[str, Any]:
    values = {"submission": unique(), "name": "Site", "last_day": "2026-12-31", "per_minute": 60, "per_day": 5000}
    return {**values, "scopes": [str(scope) for scope in scopes]}


def test_a_key_that_reads_persons_is_made_once_the_password_is_given_again(town: SmallTown, signed_in: SignIn) -> None:
    client = signed_in(town.key_maker)
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
    of_every_role = make_user("rose.roy", *((town.works, role) for role in Role))
    address, client = reverse(f"desk:{name}", args=about), signed_in(of_every_role)
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
