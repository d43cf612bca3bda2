"""Offboarding: access is cut at once, and all open work is reassigned."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Absence, Actor, Membership, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services.keys import make_key
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Callback, Contact
from parvis.apps.intake.services import alerts, contacts, offboarding
from parvis.apps.intake.services.offboarding import Successors
from parvis.apps.workspace.queries import left_by
from parvis.apps.workspace.services import workspace
from parvis.lib import clock
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.confirming import confirm
from tests.factories import SmallTown, make_user, unique


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


@pytest.fixture
def leaver(town: SmallTown) -> User:
    """A user who answers, works in two departments, heads one, edits, and is a colleague's delegate."""
    return make_user(
        "luc.morin",
        *((town.desk, Role.AGENT), (town.desk, Role.EDITOR)),
        *((town.works, Role.TECHNICIAN), (town.planning, Role.TECHNICIAN)),
    )


def opened(town: SmallTown, owner: User) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature="request", channel="phone", words="Noir", address=town.address
    )
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    return handling.take(case_id=case.pk, by=owner)


def laden(town: SmallTown, leaver: User) -> list[Case]:
    """Assigns work of each kind to the user; returns their cases, the first one closed."""
    cases_ = [opened(town, leaver) for _ in range(3)]
    handling.close(case_id=cases_[0].pk, reason="done", words="Fait.", by=leaver)
    handling.pass_on(case_id=cases_[2].pk, department=town.planning, words="À nous.", by=leaver, receiver=leaver)
    Callback.objects.create(case=cases_[1], phone="+14185550123", due_at=now(), assignee=leaver)
    contacts.receive(Arrival("phone", unique(), by=Actor.staff(leaver)))
    RoutingRule.objects.create(
        position=1, name="quai", words=["quai"], to=town.works, owner=leaver, why_fr="-", why_en="-"
    )
    town.planning.head = leaver
    town.planning.save()
    day = date(2026, 11, 24)
    Absence.objects.create(user=town.technician, first_day=day, last_day=day, delegate=leaver)
    answer = Answer.objects.create(
        subject=town.shed, title_fr="Cabanon", short_fr="Oui.", summary_fr="Oui.", owner=town.planning, review_on=day
    )
    answer.save_revision(user=leaver).publish()
    answer.short_fr = "Peut-être."
    answer.save_revision(user=leaver)
    Answer.objects.filter(pk=answer.pk).update(locked=True, locked_by=leaver)
    return cases_


def test_the_access_is_cut_at_the_next_page(town: SmallTown, leaver: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(leaver)
    assert client.get("/desk/").status_code == 200
    offboarding.cut_access(user_id=leaver.pk, by=town.manager)
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert "/staff/login/" in answer["Location"]
    assert signed_in(town.agent).get("/desk/").status_code == 200


def test_nobody_is_offered_to_cut_their_own_access(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    own = reverse("desk:leave", args=[town.manager.pk])
    page = signed_in(town.manager).get(own).text
    assert reverse("desk:offboarding_cut", args=[town.manager.pk]) not in page
    assert "un autre gestionnaire le ferme" in page


def test_only_a_manager_cuts_and_never_their_own(town: SmallTown, leaver: User) -> None:
    with pytest.raises(NotAllowed):
        offboarding.cut_access(user_id=leaver.pk, by=town.agent)
    with pytest.raises(Conflict):
        offboarding.cut_access(user_id=town.manager.pk, by=town.manager)
    with pytest.raises(Conflict):
        offboarding.move_all(user_id=leaver.pk, successors=Successors(), by=town.manager)


def test_all_that_was_theirs_goes_to_others_and_nothing_is_left(town: SmallTown, leaver: User) -> None:
    closed, kept, passed = laden(town, leaver)
    open_work = offboarding.open_work_of(leaver)
    assert (dict(open_work.cases), open_work.callbacks, open_work.contacts, open_work.rules) == (
        {town.works: 1, town.planning: 1},
        1,
        1,
        1,
    )
    assert (list(open_work.heads), open_work.answers, open_work.drafts, open_work.delegations) == (
        [town.planning],
        1,
        1,
        1,
    )
    offboarding.cut_access(user_id=leaver.pk, by=town.manager)
    successors = Successors(
        cases={town.works.pk: town.technician, town.planning.pk: None},
        desk=town.agent,
        head=town.planner,
        editor=town.editor,
    )
    left = offboarding.move_all(user_id=leaver.pk, successors=successors, by=town.manager)
    assert not left.any
    owners = {case.pk: Case.objects.get(pk=case.pk).owner for case in (closed, kept, passed)}
    assert owners == {closed.pk: leaver, kept.pk: town.technician, passed.pk: None}
    assert Entry.objects.filter(kind=Entry.Kind.ASSIGNED, data__left_by="luc.morin").count() == 2
    assert Callback.objects.get().assignee == town.agent
    contact = Contact.objects.get()
    assert (contact.agent, contact.state) == (town.agent, Contact.State.ON_HOLD)
    assert RoutingRule.objects.get().owner == town.technician
    town.planning.refresh_from_db()
    assert town.planning.head == town.planner
    assert Absence.objects.get().delegate == town.planner
    answer = Answer.objects.get()
    assert (answer.locked_by, answer.latest_revision.user) == (None, town.editor)
    assert not Membership.objects.filter(user=leaver).exists()
    assert all(not wrong for _reference, wrong in verify())


def test_nobody_replaces_themselves_and_who_is_away_receives_nothing(town: SmallTown, leaver: User) -> None:
    case, day = opened(town, leaver), clock.today()
    Absence.objects.create(user=town.technician, first_day=day, last_day=day, delegate=town.manager)
    Absence.objects.create(user=town.planner, first_day=day, last_day=day, delegate=leaver)
    offboarding.cut_access(user_id=leaver.pk, by=town.manager)
    successors = Successors(cases={town.works.pk: town.technician}, head=town.planner)
    assert not offboarding.move_all(user_id=leaver.pk, successors=successors, by=town.manager).any
    assert Absence.objects.get(user=town.planner).delegate is None
    assert Case.objects.get(pk=case.pk).owner == town.manager, "the one who replaces the colleague away today"
    entry = Entry.objects.get(data__left_by="luc.morin")
    assert (entry.data["to"], entry.data["stand_in"]) == (town.technician.username, town.manager.username)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"desk": None}, "desk"),
        ({"head": None}, "head"),
        ({"editor": None}, "editor"),
        ({"desk": "technician"}, "desk"),
        ({"cases": "planner"}, "cases-voirie"),
    ],
)
def test_someone_able_is_needed_for_each_kind(
    town: SmallTown, leaver: User, changed: dict[str, str | None], field: str
) -> None:
    laden(town, leaver)
    offboarding.cut_access(user_id=leaver.pk, by=town.manager)
    successors: dict[str, object] = {"desk": town.agent, "head": town.planner, "editor": town.editor}
    for name, who in changed.items():
        person = getattr(town, who) if who else None
        successors[name] = {town.works.pk: person} if name == "cases" else person
    with pytest.raises(Invalid) as wrong:
        offboarding.move_all(user_id=leaver.pk, successors=Successors(**successors), by=town.manager)  # type: ignore[arg-type]
    assert set(wrong.value.fields) == {field}
    assert offboarding.open_work_of(leaver).callbacks == 1, "nothing moved"


def test_the_wizard_cuts_then_moves(town: SmallTown, leaver: User, signed_in: Callable[[User], Client]) -> None:
    [_closed, case, _passed] = laden(town, leaver)
    workspace.follow_up(case=case, on=clock.today() + timedelta(days=9), words="", by=leaver)
    workspace.note(case_id=case.pk, words="@luc.morin", by=town.manager)
    client, address = confirm(signed_in(town.manager)), f"/desk/offboarding/{leaver.pk}/"
    assert leaver.display_name in client.get("/desk/offboarding/").content.decode()
    cut = client.post(f"{address}cut/", {"cases-voirie": town.technician.username, "desk": "", "other": "1"})
    assert cut.headers["Location"] == f"{address}?cases-voirie={town.technician.username}"
    page = client.get(cut.headers["Location"]).content.decode()
    assert f'value="{town.technician.username}" selected' in page, "what was chosen before stays chosen"
    assert "accès coupé" in page and "1 rappel demandé" in page and "1 note appelle" in page
    typed = {"cases-voirie": town.technician.username, "desk": town.agent.username, "head": town.planner.username}
    assert client.post(address, typed).status_code == 422 and left_by(leaver).total == 2
    assert client.post(address, typed | {"editor": town.editor.username}).status_code == 302
    assert address not in client.get("/desk/offboarding/").content.decode()
    assert not offboarding.open_work_of(leaver).any and not left_by(leaver).total


def test_a_threat_goes_to_a_supervisor_and_the_keys_they_made_open_nothing(town: SmallTown) -> None:
    boss = make_user("rita.roy", (town.works, Role.MANAGER), (town.works, Role.ADMINISTRATOR))
    case = opened(town, town.technician)
    alert = alerts.raise_alert(key=unique(), kind="threat", words="Il menace.", case=case, by=town.agent)
    alerts.take_alert(alert_id=alert.pk, by=boss)
    day = date(2026, 12, 24)
    made = make_key(submission=unique(), name="Carte", scopes=["answers:read"], last_day=day, by=boss)
    open_work = offboarding.open_work_of(boss)
    assert (open_work.alerts, open_work.threats, list(open_work.keys)) == (0, 1, ["Carte"])
    offboarding.cut_access(user_id=boss.pk, by=town.administrator)
    for unable in (None, town.agent):
        with pytest.raises(Invalid) as refused:
            offboarding.move_all(user_id=boss.pk, successors=Successors(supervisor=unable), by=town.administrator)
        assert "supervisor" in refused.value.fields
    left = offboarding.move_all(user_id=boss.pk, successors=Successors(supervisor=town.manager), by=town.administrator)
    assert not left.any
    alert.refresh_from_db()
    made.key.refresh_from_db()
    assert (alert.taken_by, made.key.revoked_by) == (town.manager, town.administrator)
