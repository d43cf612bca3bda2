"""Roles given and taken back, on screen and by `parvis`; the journal says by whom; keys go with the rights of who made
them; a town already loaded is brought forward.
"""

import json
from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from parvis.apps.directory.models import Membership, RoleChange, User
from parvis.apps.directory.queries import administrators
from parvis.apps.directory.rules.permissions import NAMED_POWERS, RIGHT_OF, Action, Role, Scope
from parvis.apps.directory.services import keys
from parvis.apps.directory.services.roles import give_role, powers_without_holder, take_role
from parvis.apps.intake.services.offboarding import Successors, cut_access, move_all
from parvis.apps.mail.models import Outgoing
from parvis.cli.commands import COMMANDS
from parvis.cli.main import parser
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.operations.preparation import role_warnings
from tests.confirming import confirm
from tests.factories import SmallTown, make_user, unique

SignIn = Callable[[User], Client]
LAST_DAY = date(2026, 12, 31)


def run(*words: str) -> int:
    args = parser().parse_args(words)
    return COMMANDS[args.command](args)


def journal() -> list[tuple[str, str, bool, str]]:
    rows = RoleChange.objects.select_related("user", "by").order_by("pk")
    return [(row.user.username, row.role, row.given, row.by.username if row.by else "") for row in rows]


def test_a_role_given_and_taken_back_counts_at_once_and_the_journal_says_by_whom(town: SmallTown) -> None:
    who: dict[str, Any] = {"user": town.technician, "department": town.works, "role": Role.CLERK}
    assert give_role(**who, by=town.administrator) and not give_role(**who, by=town.administrator)
    assert User.objects.get(pk=town.technician.pk).may(Action.CONFIRM_COURT_DECISION)
    assert take_role(**who, by=town.key_maker) and not take_role(**who, by=town.key_maker)
    assert not User.objects.get(pk=town.technician.pk).may(Action.CONFIRM_COURT_DECISION)
    assert journal() == [
        ("tina.caron", "clerk", True, "adele.thibault"),
        ("tina.caron", "clerk", False, "iris.paquet"),
    ]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_gives_or_takes_roles(role: Role, town: SmallTown) -> None:
    for change in (give_role, take_role):
        with pytest.raises(NotAllowed):
            change(user=town.agent, department=town.desk, role=Role.AGENT, by=town.staff[role])
    assert town.agent.memberships.exists() and not journal()


def test_nobody_gives_themselves_a_role_and_the_last_administrator_stays(town: SmallTown) -> None:
    with pytest.raises(NotAllowed):
        give_role(user=town.administrator, department=town.desk, role=Role.TREASURER, by=town.administrator)
    with pytest.raises(Invalid):
        give_role(user=town.agent, department=town.desk, role="maire", by=town.administrator)
    last: dict[str, Any] = {"department": town.desk, "role": Role.ADMINISTRATOR, "by": town.administrator}
    assert take_role(user=town.key_maker, **last)
    with pytest.raises(Conflict):
        take_role(user=town.administrator, **last)
    assert town.administrator in administrators()


def test_who_no_longer_works_on_its_requests_is_not_the_head_of_a_department(town: SmallTown) -> None:
    take_role(user=town.manager, department=town.works, role=Role.MANAGER, by=town.administrator)
    town.works.refresh_from_db()
    assert town.works.head is None


def test_who_leaves_loses_every_role_in_the_journal(town: SmallTown) -> None:
    leaver = make_user("luc.roy", (town.works, Role.TECHNICIAN), (town.planning, Role.TECHNICIAN))
    cut_access(user_id=leaver.pk, by=town.manager)
    move_all(user_id=leaver.pk, successors=Successors(), by=town.manager)
    assert journal() == [("luc.roy", "technician", False, "marc.roy")] * 2


def test_on_screen_a_role_is_given_and_taken_back_once_the_password_is_given_again(
    town: SmallTown, signed_in: SignIn
) -> None:
    client = signed_in(town.administrator)
    sent = {"user": "tina.caron", "department": "voirie", "role": "treasurer"}
    assert client.post("/desk/staff/give/", sent)["Location"].startswith("/staff/reauthenticate/")
    confirm(client)
    page = client.post("/desk/staff/give/", sent, follow=True).content.decode()
    assert "Tina Caron" in page and "Adele Thibault" in page
    row = Membership.objects.get(user=town.technician, role=Role.TREASURER)
    client.post(f"/desk/staff/{row.pk}/take/")
    assert not Membership.objects.filter(pk=row.pk).exists()
    assert [line[1:] for line in journal()] == [
        ("treasurer", True, "adele.thibault"),
        ("treasurer", False, "adele.thibault"),
    ]
    wrong = client.post("/desk/staff/give/", sent | {"role": ""})
    assert wrong.status_code == 422 and 'value="tina.caron" selected' in wrong.content.decode()


def test_someone_new_gets_an_account_and_a_letter(town: SmallTown, signed_in: SignIn) -> None:
    client = confirm(signed_in(town.administrator))
    sent = {"name": "Line Huot", "email": "line@anse.exemple.ca", "username": "line.huot"}
    sent |= {"department": "voirie", "role": "technician"}
    assert client.post("/desk/staff/invite/", sent).status_code == 302
    made = User.objects.get(username="line.huot")
    assert not made.has_usable_password() and made.may_in(Action.WORK_CASE, town.works.pk)
    assert Outgoing.objects.filter(to="line@anse.exemple.ca").count() == 1
    again = client.post("/desk/staff/invite/", sent)
    assert again.status_code == 422 and "Line Huot" in again.content.decode()


def test_the_list_of_roles_costs_as_much_for_one_and_for_many(
    town: SmallTown, signed_in: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = signed_in(town.administrator)
    client.get("/desk/staff/")
    for rank in range(40):
        user = make_user(f"a.{rank}", (town.works, Role.TECHNICIAN))
        give_role(user=user, department=town.desk, role=Role.AGENT, by=town.administrator)
    with django_assert_max_num_queries(20):  # type: ignore[attr-defined]
        assert client.get("/desk/staff/").status_code == 200


def test_by_parvis_a_role_is_taken_back_as_it_was_given(town: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("tina.caron", "--department", "voirie", "--role", "clerk")
    assert run("add-staff", *words) == 0
    assert run("take-role", *words, "--by", "adele.thibault", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["taken"] is True
    assert run("take-role", *words) == 1
    assert run("take-role", "tina.caron", "--department", "nulle-part", "--role", "clerk") == 1
    assert run("take-role", *words, "--by", "marc.roy") == 1
    assert journal() == [("tina.caron", "clerk", True, ""), ("tina.caron", "clerk", False, "adele.thibault")]


def test_parvis_and_the_screen_name_each_power_that_nobody_holds(
    town: SmallTown, signed_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("roles") == 0 and powers_without_holder() == []
    Membership.objects.filter(role__in=set(NAMED_POWERS) - {Role.ADMINISTRATOR}).delete()
    assert run("roles", "--json") == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(told["without_holder"]) == set(NAMED_POWERS) - {Role.ADMINISTRATOR}
    assert [line.split()[3].rstrip(":") for line in role_warnings() if "nobody is" in line] == told["without_holder"]
    assert "Pouvoirs que personne ne détient" in signed_in(town.administrator).get("/desk/staff/").content.decode()


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_never_does_more_than_who_made_it_and_goes_with_their_rights(scope: Scope, town: SmallTown) -> None:
    def make(by: User) -> keys.Made:
        return keys.make_key(submission=unique(), name="Site", scopes=[scope], last_day=LAST_DAY, by=by)

    maker = make_user("max.roy", (town.desk, Role.ADMINISTRATOR))
    if not maker.may_everywhere(RIGHT_OF[scope]):
        with pytest.raises(Invalid) as refused:
            make(maker)
        assert list(refused.value.fields) == ["scopes"]
    give_role(user=maker, department=town.desk, role=Role.AGENT, by=town.administrator)
    made = make(User.objects.get(pk=maker.pk))
    assert keys.use_key(made.secret, scope).pk == made.key.pk and keys.lapsed_scopes() == {}
    Membership.objects.filter(user=maker).delete()
    Membership.objects.create(user=maker, department=town.works, role=Role.TECHNICIAN)
    if scope in (Scope.ANSWERS_READ, Scope.OPEN311_WRITE):  # whatever one's role
        assert keys.use_key(made.secret, scope)
        Membership.objects.filter(user=maker).delete()
    with pytest.raises(keys.KeyRefused) as lost:
        keys.use_key(made.secret, scope)
    assert lost.value.reason == keys.KeyRefusal.SCOPE
    assert keys.lapsed_scopes() == {made.key: [str(scope)]}


def test_a_town_loaded_before_keeps_its_communications_and_is_told_what_nobody_holds(town: SmallTown) -> None:
    """What an editor did for the town stays theirs, by name; what a manager did is given to nobody."""
    Membership.objects.filter(role__in=NAMED_POWERS).delete()
    migration = import_module("parvis.apps.directory.migrations.0002_role_changes")
    for _ in range(2):
        migration.editors_keep_communications(apps, None)
    assert User.objects.get(pk=town.editor.pk).may(Action.APPROVE_MESSAGE)
    assert not User.objects.get(pk=town.manager.pk).may(Action.APPROVE_MESSAGE)
    assert journal() == [("edith.blais", "communications", True, "")]
    assert len(list(role_warnings())) == len(NAMED_POWERS) - 1
