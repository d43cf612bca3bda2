"""Misrouted cases and the rules proposed from them; simulation of rules before publication; assignment."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db.models import Q
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.queries.assigning import workers_of
from parvis.apps.cases.queries.cases import returned_cases
from parvis.apps.cases.queries.reporting.routing_simulation import simulate
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.misrouting import not_mine
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, RoutingRule, Subject
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.catalogue.queries.subjects import rules
from parvis.apps.catalogue.services import routing_rules as catalogue
from parvis.apps.catalogue.services.routing_rules import RuleWords
from parvis.apps.directory.models import Absence, Actor, Department, Membership, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services.staff import record_presence, set_assignment, set_hours
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, make_person, make_user, unique


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


def opened(town: SmallTown, **values: object) -> Case:
    defaults = {"key": unique(), "subject": town.streetlight, "nature": Nature.REQUEST, "channel": "phone"}
    defaults |= {"words": "Il fait noir devant chez nous.", "address": town.address}
    return open_case(NewCase(**{**defaults, **values}), by=Actor.staff(town.agent)).case  # type: ignore[arg-type]


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def words(town: SmallTown, **values: object) -> RuleWords:
    defaults = {"to": town.planning, "why_fr": "Au bâtiment.", "why_en": "Building.", "subjects": ["lampadaire"]}
    return RuleWords(**{**defaults, **values})  # type: ignore[arg-type]


def sound() -> bool:
    return all(not wrong for _reference, wrong in verify())


# --- Not mine -------------------------------------------------------------------------------------------------------


def test_not_mine_goes_to_the_desk_with_the_reason_and_the_promise_stands(town: SmallTown) -> None:
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    not_mine(case_id=case.pk, words="C’est un luminaire privé.", by=town.technician)
    now = again(case)
    assert (now.department, now.owner, now.state, now.hand_offs) == (town.desk, None, State.NEW, 1)
    assert now.due_at == case.due_at
    entry = Entry.objects.get(kind=Entry.Kind.PASSED)
    assert (entry.data["bounce"], entry.data["from"], entry.data["to"]) == (True, "voirie", "accueil")
    assert sound()


@pytest.mark.parametrize(("said", "field"), [("", "words"), ("Non.", "to")])
def test_not_mine_needs_a_reason_and_another_door(town: SmallTown, said: str, field: str) -> None:
    case = opened(town)
    with pytest.raises(Invalid) as wrong:
        not_mine(case_id=case.pk, words=said, by=town.technician, to=town.works if said else None)
    assert field in wrong.value.fields


def test_what_another_body_owns_gives_the_right_door_and_is_recorded(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    not_mine(case_id=case.pk, words="Le bruit relève de la police.", by=town.technician, to=town.police)
    now = again(case)
    assert (now.state, now.closing_reason, now.external_body) == (State.CLOSED, ClosingReason.NOT_OURS, town.police)
    run_jobs()
    letter = Outgoing.objects.latest("pk").text.replace("\u00a0", " ")
    assert "À qui s’adresser : Police, 418 555-0199" in letter
    assert sound()


def test_the_third_wrong_door_proposes_a_rule_and_tells_the_head(town: SmallTown) -> None:
    for _ in range(2):
        not_mine(case_id=opened(town).pk, words="Non.", by=town.technician, to=town.planning)
    assert not RoutingRule.objects.exists()
    third = opened(town)
    not_mine(case_id=third.pk, words="Non.", by=town.technician)  # through the desk
    handling.pass_on(case_id=third.pk, department=town.planning, words="À vous.", by=town.manager)
    rule = RoutingRule.objects.get()
    assert (rule.state, rule.subjects, rule.to, rule.bounces) == ("draft", ["lampadaire"], town.planning, 3)
    assert Outgoing.objects.get(args=[third.pk, "rule"]).to == town.manager.email
    assert opened(town).department == town.works, "a proposal routes nothing"
    not_mine(case_id=opened(town).pk, words="Non.", by=town.technician, to=town.planning)
    assert RoutingRule.objects.get().bounces == 4


def test_a_hand_off_that_nobody_refused_proposes_nothing(town: SmallTown) -> None:
    for _ in range(4):
        handling.pass_on(case_id=opened(town).pk, department=town.planning, words="À vous.", by=town.technician)
    assert not RoutingRule.objects.exists()


def test_ping_pong_alerts_the_heads(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    head = make_user("rose.lavoie", (town.planning, Role.MANAGER))
    town.planning.head = head
    town.planning.save()
    case = opened(town)
    not_mine(case_id=case.pk, words="Au bâtiment.", by=town.technician, to=town.planning)
    assert not Outgoing.objects.filter(args=[case.pk, "ping-pong"]).exists()
    not_mine(case_id=case.pk, words="À la voirie.", by=town.planner, to=town.works)
    recipients = set(Outgoing.objects.filter(args=[case.pk, "ping-pong"]).values_list("to", flat=True))
    assert recipients == {town.manager.email, head.email}
    page = signed_in(town.manager).get(f"/desk/cases/{case.reference}/").content.decode()
    assert "va et vient" in page
    assert "À la voirie." in page.partition("Pourquoi ici")[2]


def test_a_manager_sees_among_the_alerts_what_comes_and_goes_until_someone_has_it(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    case, other = opened(town), opened(town)
    for each in (case, other):
        not_mine(case_id=each.pk, words="Au bâtiment.", by=town.technician, to=town.planning)
    assert returned_cases(Q()) == []
    not_mine(case_id=case.pk, words="À la voirie.", by=town.planner, to=town.works)
    shown = signed_in(town.manager).get("/desk/alerts/").content.decode()
    assert case.reference in shown and "À la voirie." in shown and "passée 2 fois" in shown
    assert '<span>Alertes</span><b class="count" id="count-alerts">1</b>' in shown
    assert other.reference not in shown and "Aucune alerte" not in shown
    assert "vont et viennent" not in signed_in(town.agent).get("/desk/alerts/").content.decode()
    handling.assign(case_id=case.pk, to=town.technician, by=town.manager)
    assert case.reference not in signed_in(town.manager).get("/desk/alerts/").content.decode()
    handling.pass_on(case_id=case.pk, department=town.planning, words="À vous.", by=town.technician)
    assert [came_back.case for came_back in returned_cases(Q())] == [case]
    handling.close(case_id=case.pk, reason="answered", words="C’était privé.", by=town.planner)
    assert returned_cases(Q()) == []


def test_what_comes_and_goes_costs_as_much_for_one_as_for_many(
    town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def to_and_fro() -> None:
        case = opened(town)
        not_mine(case_id=case.pk, words="Au bâtiment.", by=town.technician, to=town.planning)
        not_mine(case_id=case.pk, words="À la voirie.", by=town.planner, to=town.works)

    to_and_fro()
    with django_assert_num_queries(2):
        assert len(returned_cases(Q())) == 1
    for _ in range(4):
        to_and_fro()
    with django_assert_num_queries(2):
        assert len(returned_cases(Q())) == 5


def test_one_key_on_the_page_of_a_case(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    case, client = opened(town), signed_in(town.technician)
    page = client.get(f"/desk/cases/{case.reference}/").content.decode()
    assert 'data-panel="not-mine"' in page
    sent = client.post(f"/desk/cases/{case.reference}/not-mine/", {"words": "Privé.", "to": "batiment", "expect": "1"})
    assert sent.status_code == 302
    assert again(case).department == town.planning


# --- Rules of the product -------------------------------------------------------------------------------------------


def test_a_rule_is_tried_on_the_past_before_it_is_published(
    town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for text in ("Il fait noir.", "Un fil pend.", "Noir encore."):
        opened(town, words=text)
    opened(town, subject=town.shed, nature=Nature.INFORMATION, words="Noir?", address=None)
    rule = catalogue.save_rule(said=words(town, words=["noir"]), by=town.administrator)
    with pytest.raises(Conflict):
        catalogue.publish_rule(rule_id=rule.pk, seen=catalogue.mark_of(rule), by=town.administrator)
    restricted_subjects()  # read once a second at most
    with django_assert_num_queries(2):
        routing_simulation = simulate(rule)
    assert (routing_simulation.looked_at, routing_simulation.caught, routing_simulation.moved) == (4, 2, 2)
    assert [(way.before, way.after, way.count) for way in routing_simulation.ways] == [(town.works, town.planning, 2)]
    assert len(routing_simulation.examples) == 2
    assert opened(town).department == town.works
    catalogue.note_tried(rule=rule)
    catalogue.publish_rule(rule_id=rule.pk, seen=catalogue.mark_of(rule), by=town.administrator)
    case = opened(town)
    assert (case.department, case.why_here_fr) == (town.planning, "Au bâtiment.")
    assert Entry.objects.get(case=case).data["rule"] == rule.name
    catalogue.withdraw_rule(rule_id=rule.pk, by=town.administrator)
    assert opened(town).department == town.works


def test_a_rule_of_the_product_comes_before_those_of_the_files(town: SmallTown) -> None:
    RoutingRule.objects.create(position=0, name="tout", to=town.desk, why_fr="-", why_en="-", natures=["request"])
    assert opened(town).department == town.desk
    rule = catalogue.save_rule(said=words(town), by=town.administrator)
    catalogue.note_tried(rule=rule)
    catalogue.publish_rule(rule_id=rule.pk, seen=catalogue.mark_of(rule), by=town.administrator)
    assert opened(town).department == town.planning
    assert list(rules()[1]) == [rule.name, "tout"]


def test_a_draft_changed_since_it_was_tried_is_not_published(town: SmallTown) -> None:
    rule = catalogue.save_rule(said=words(town), by=town.administrator)
    catalogue.note_tried(rule=rule)
    catalogue.save_rule(said=words(town, to=town.desk), by=town.administrator, rule_id=rule.pk)
    with pytest.raises(Conflict):
        catalogue.publish_rule(rule_id=rule.pk, seen=catalogue.mark_of(rule), by=town.administrator)


@pytest.mark.parametrize(
    ("changed", "field"), [({"subjects": []}, "subjects"), ({"why_fr": " "}, "why_fr"), ({"why_en": ""}, "why_en")]
)
def test_a_rule_that_is_not_whole_says_what_is_missing(town: SmallTown, changed: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        catalogue.save_rule(said=words(town, **changed), by=town.administrator)
    assert set(wrong.value.fields) == {field}


def test_only_an_administrator_sets_where_requests_go(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    for user in {*town.staff.values()} - {town.administrator}:
        with pytest.raises(NotAllowed):
            catalogue.save_rule(said=words(town), by=user)
        assert signed_in(user).get("/desk/rules/").status_code == 403, user
    assert signed_in(town.administrator).get("/desk/rules/").status_code == 200


def test_a_rule_of_the_files_is_changed_there(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    rule = RoutingRule.objects.create(position=0, name="tout", to=town.desk, why_fr="-", why_en="-", words=["x"])
    with pytest.raises(Conflict):
        catalogue.withdraw_rule(rule_id=rule.pk, by=town.administrator)
    assert signed_in(town.administrator).get(f"/desk/rules/{rule.pk}/").status_code == 404


def test_the_screen_keeps_a_draft_shows_its_effect_then_publishes(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    opened(town)
    client = signed_in(town.administrator)
    assert client.get("/desk/rules/new/").content.decode().count('aria-required="true"') == 3, "where to, and why twice"
    typed = {"subjects": ["lampadaire"], "to": "batiment", "words": "noir, sombre", "why_fr": "Au bâtiment."}
    refused = client.post("/desk/rules/new/", typed)
    assert refused.status_code == 422
    response = client.post("/desk/rules/new/", typed | {"why_en": "Building."})
    rule = RoutingRule.objects.get()
    assert response.url == f"/desk/rules/{rule.pk}/"  # type: ignore[attr-defined]
    assert rule.words == ["noir", "sombre"]
    page = client.get(response.url).content.decode()  # type: ignore[attr-defined]
    assert "1 irait ailleurs" in page
    client.post(f"/desk/rules/{rule.pk}/publish/", {"seen": catalogue.mark_of(rule)})
    assert opened(town).department == town.planning
    assert client.post(f"/desk/rules/{rule.pk}/drop/").status_code == 302
    assert RoutingRule.objects.exists(), "a published rule is withdrawn first"


def test_a_rule_that_would_change_nothing_says_so_in_words(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(town.administrator)
    typed = {"subjects": ["lampadaire"], "to": town.streetlight.department.slug, "why_fr": "Ici.", "why_en": "Here."}
    response = client.post("/desk/rules/new/", typed)
    assert "encore aucune requête passée" in client.get(response.url).content.decode()  # type: ignore[attr-defined]
    opened(town)
    page = client.get(response.url).content.decode()  # type: ignore[attr-defined]
    assert "1 relève de cette règle, <b>aucune n’irait ailleurs</b>" in page
    response = client.post("/desk/rules/new/", {**typed, "words": "girafe"})
    assert "<b>aucune ne relève de cette règle</b>." in client.get(response.url).content.decode()  # type: ignore[attr-defined]


# --- Who takes it ---------------------------------------------------------------------------------------------------


def test_a_colleague_is_chosen_by_presence_then_load_and_the_absent_come_last(
    town: SmallTown, signed_in: Callable[[User], Client], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    day = date(2026, 11, 23)
    idle, gone = (
        make_user("ida.roy", (town.works, Role.TECHNICIAN)),
        make_user("zoe.roy", (town.works, Role.TECHNICIAN)),
    )
    Absence.objects.create(user=gone, first_day=day, last_day=day)
    for user, many in ((town.technician, 2), (town.manager, 1)):
        record_presence(user=user)
        for _ in range(many):
            handling.take(case_id=opened(town).pk, by=user)
    record_presence(user=gone)
    workers_of(town.works)  # caches the hours
    with django_assert_num_queries(1):
        workers = workers_of(town.works)
    assert [(worker.user, worker.load, worker.present, worker.away) for worker in workers] == [
        (town.manager, 1, True, False),
        (town.technician, 2, True, False),
        (idle, 0, False, False),
        (gone, 0, False, True),
    ]
    page = signed_in(town.technician).get(f"/desk/cases/{opened(town).reference}/?do=assign").content.decode()
    assert f'<option value="{town.manager.pk}" selected>Marc Roy, 1 ouverte, à l’écran maintenant' in page
    assert "Zoe Roy, 0 ouverte, en congé" in page


def test_a_rule_is_tried_at_its_rank_and_published_as_it_was_seen(town: SmallTown) -> None:
    first, second = (
        catalogue.save_rule(said=words(town, to=to), by=town.administrator) for to in (town.planning, town.desk)
    )
    catalogue.note_tried(rule=first)
    seen_by_one = catalogue.mark_of(first)
    catalogue.publish_rule(rule_id=first.pk, seen=seen_by_one, by=town.administrator)
    opened(town)
    assert simulate(second).caught == 0, "the rule before it decides already"
    catalogue.save_rule(said=words(town, to=town.works), by=town.administrator, rule_id=second.pk)
    second.refresh_from_db()
    catalogue.note_tried(rule=second)
    with pytest.raises(Conflict, match="depuis que vous"):
        catalogue.publish_rule(rule_id=second.pk, seen=seen_by_one, by=town.administrator)


# --- To whom --------------------------------------------------------------------------------------------------------


def test_a_department_may_give_its_requests_by_presence_then_load(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    set_assignment(department=town.works, assignment="load", by=town.manager)
    town.works.refresh_from_db()
    town.streetlight.department.refresh_from_db()
    first = opened(town)
    record_presence(user=town.manager)
    second, third = opened(town), opened(town)
    assert [case.owner for case in (first, second, third)] == [town.technician, town.manager, town.manager]
    why = Entry.objects.get(case=second, seq=1).data["assigned"]
    assert (why["by"], why["open"], why["present"]) == ("load", 0, True)
    page = signed_in(town.technician).get(f"/desk/cases/{second.reference}/").content.decode().replace("\u00a0", " ")
    assert "Confiée à Marc Roy : sur place, et la charge la plus légère" in page.partition("Pourquoi ici")[2]
    not_mine(case_id=second.pk, words="Bâtiment.", by=town.technician, to=town.planning)
    handling.pass_on(case_id=second.pk, department=town.works, words="Non.", by=town.planner)
    assert again(second).owner == town.technician, "seen since, and no more laden"
    assert sound()


def test_the_hours_at_the_desk_keep_someone_from_the_work_of_their_department(town: SmallTown) -> None:
    both, place = town.agent_and_technician, Membership.objects.get(user=town.agent_and_technician, role="agent")
    set_assignment(department=town.planning, assignment="load", by=town.manager)
    record_presence(user=both)
    set_hours(membership=place, typed="lun 8:30-12h, mer 8h30-12:00", by=town.manager)
    presence = {worker.user: (worker.posted, worker.present) for worker in workers_of(town.planning)}
    assert presence[both] == (False, False), "Monday at ten: at the desk"
    assert Membership.objects.get(pk=place.pk).hours == {"mon": [["08:30", "12:00"]], "wed": [["08:30", "12:00"]]}
    set_hours(membership=place, typed="mar 8:30-12:00", by=town.manager)
    assert {worker.user: worker.present for worker in workers_of(town.planning)}[both]
    with pytest.raises(Invalid):
        set_hours(membership=place, typed="lundi matin", by=town.manager)
    with pytest.raises(NotAllowed):
        set_hours(membership=place, typed="", by=town.technician)


def test_departments_and_subjects_stand_where_the_alphabet_puts_them_accents_apart(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    Department.objects.filter(pk=town.works.pk).update(name_fr="Égouts")
    Department.objects.filter(pk=town.planning.pk).update(name_fr="Permis")
    Subject.objects.filter(pk=town.pothole.pk).update(title_fr="Égout")
    Subject.objects.filter(pk=town.streetlight.pk).update(title_fr="Lampadaire")
    client = signed_in(town.administrator)
    names = [department.name for department in client.get("/desk/assignments/").context["departments"]]
    assert names.index("Égouts") < names.index("Permis")
    form = client.get("/desk/rules/new/").context["form"]
    titles = [title for _, title in form.fields["subjects"].choices]
    assert titles.index("Égout") < titles.index("Lampadaire")


def test_a_manager_sets_who_receives(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    client, place = signed_in(town.manager), Membership.objects.filter(user=town.agent_and_technician).first()
    assert place is not None
    page = client.get("/desk/assignments/").content.decode()
    assert "Basile Huot" in page and "Tina Caron" not in page and "Police" not in page
    assert client.post("/desk/assignments/voirie/", {"assignment": "load"}).status_code == 302
    assert Department.objects.get(slug="voirie").assignment == "load"
    response = client.post(f"/desk/assignments/hours/{place.pk}/", {"hours": "tôt"})
    page = response.content.decode()
    assert response.status_code == 422 and 'value="tôt"' in page
    assert page.count("data-focus") == 1, "the field is far down the page: one is brought to it"
    client.post(f"/desk/assignments/hours/{place.pk}/", {"hours": "lun 8:30-12:00"})
    assert 'value="lun 08:30-12:00"' in client.get("/desk/assignments/").content.decode()
