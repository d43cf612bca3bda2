"""The queue: order, counts, taking a case in one gesture, live updates."""

import re
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.misrouting import not_mine
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Role
from parvis.lib.ttl_cache import forget_all
from tests.desk.case.made import TUESDAY, entered, opened, page, text
from tests.factories import SmallTown, make_address, make_person, make_user, unique
from tests.polling import polled

QUEUE = "/desk/queue/voirie/"


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


def order(response: Any) -> list[str]:
    """The references in the order of the page."""
    return re.findall(r'id="c-([^"]+)"', page(response))


def test_each_lands_in_the_queue_that_is_most_their_own(town: SmallTown) -> None:
    assert entered(town.technician).get("/desk/queue/").headers["Location"] == QUEUE
    assert entered(town.agent_and_technician).get("/desk/queue/").headers["Location"] == "/desk/queue/batiment/"
    assert entered(town.agent).get("/desk/queue/").headers["Location"] == "/desk/queue/accueil/"


def test_a_queue_is_read_by_its_department_and_by_those_who_read_all(town: SmallTown) -> None:
    assert entered(town.technician).get(QUEUE).status_code == 200
    assert entered(town.agent).get(QUEUE).status_code == 200
    assert entered(town.planner).get(QUEUE).status_code == 404
    assert entered(town.technician).get("/desk/queue/nulle-part/").status_code == 404
    assert entered(town.editor).get(QUEUE).status_code == 403


def test_late_ones_come_first_then_by_promise_and_paused_ones_last(town: SmallTown, settings: Settings) -> None:
    start = datetime(2026, 11, 9, 15, tzinfo=UTC)
    made = []
    for days in (0, 8, 14):
        settings.PARVIS_NOW = (start + timedelta(days=days)).isoformat()
        made.append(opened(town))
    settings.PARVIS_NOW = (start + timedelta(days=7, hours=1)).isoformat()
    waiting = opened(town)
    handling.wait(case_id=waiting.pk, words="Hydro-Québec", by=town.technician)
    settings.PARVIS_NOW = TUESDAY
    answer = entered(town.technician).get(QUEUE)
    assert order(answer) == [case.reference for case in (*made, waiting)]
    shown = text(answer)
    assert "Promesse dépassée dire la vérité au citoyen" in shown
    assert "\u22126 jours" in shown, "the lateness is written in large"
    assert "en pause depuis 8 jours" in shown


def test_what_is_due_today_shows_its_hour_and_what_is_left(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-17T14:30:00-05:00"
    opened(town)
    settings.PARVIS_NOW = TUESDAY
    answer = entered(town.technician).get(QUEUE)
    assert '<td class="due today"><b>14 h 30</b><small>reste 4 h 30</small>' in page(answer)
    assert len(order(entered(town.technician).get(f"{QUEUE}?view=today"))) == 1


def test_the_counts_are_the_filters(town: SmallTown) -> None:
    first, second = opened(town), opened(town)
    handling.take(case_id=first.pk, by=town.technician)
    client = entered(town.technician)
    assert order(client.get(f"{QUEUE}?view=mine")) == [first.reference]
    assert order(client.get(f"{QUEUE}?view=to_take")) == [second.reference]
    assert "<b>1</b> à prendre" in page(client.get(QUEUE))
    assert "<b>2</b> ouvertes" in page(client.get(QUEUE))


def test_an_empty_list_says_what_to_do(town: SmallTown) -> None:
    answer = text(entered(town.technician).get(f"{QUEUE}?view=mine"))
    assert "Rien n’est à vous en ce moment" in answer and "la touche T" in answer


def test_one_takes_from_the_list_and_stays_there(town: SmallTown) -> None:
    case = opened(town)
    client = entered(town.technician)
    form = {"expect": case.seq, "queue": "voirie", "view": "to_take", "after": "", "stay": "1"}
    answer = client.post(f"/desk/cases/{case.reference}/take/", form)
    assert answer.headers["Location"] == f"{QUEUE}?view=to_take#c-{case.reference}"
    case.refresh_from_db()
    assert (case.owner, case.state) == (town.technician, State.WORKING)
    again = client.post(f"/desk/cases/{case.reference}/take/", form)
    assert again.status_code == 302, "a double press is one taking"
    case.refresh_from_db()
    assert case.seq == 2


def test_two_who_take_the_same_case_do_not_both_have_it(town: SmallTown) -> None:
    case = opened(town)
    other = make_user("theo.gagne", (town.works, Role.TECHNICIAN))
    form = {"expect": case.seq, "queue": "voirie", "view": "open", "stay": "1"}
    entered(other).post(f"/desk/cases/{case.reference}/take/", form)
    client = entered(town.technician)
    answer = client.post(f"/desk/cases/{case.reference}/take/", form, follow=True)
    assert "modifié" in text(answer), "the second is told"
    case.refresh_from_db()
    assert case.owner == other


def test_agents_who_do_not_work_there_are_offered_nothing_to_take(town: SmallTown) -> None:
    case = opened(town)
    assert f"/desk/cases/{case.reference}/take/" not in page(entered(town.agent).get(QUEUE))
    assert f"/desk/cases/{case.reference}/take/" in page(entered(town.technician).get(QUEUE))


def test_a_row_opens_the_page_of_its_case_which_knows_the_list_it_came_from(town: SmallTown) -> None:
    opened(town)
    two = opened(town, title="Poteau penché")
    client = entered(town.technician)
    rows = re.findall(r'href="([^"]+)" +data-row', re.sub(r"\s+", " ", page(client.get(f"{QUEUE}?sort=newest"))))
    assert rows[0] == f"/desk/cases/{two.reference}/?queue=voirie&amp;sort=newest&amp;row=0"
    assert "Poteau penché" in text(client.get(rows[0].replace("&amp;", "&")))


def test_a_row_shows_the_citizens_words_and_the_last_step(town: SmallTown) -> None:
    case = opened(town, words=f"{'Il fait noir. ' * 20}Fin.")
    client = entered(town.technician)
    shown = text(client.get(QUEUE))
    assert "Il fait noir. Il fait noir." in shown and "Fin." not in shown, "never more than a screen can show"
    assert "Ouverte 10 h" in shown
    citizen.reply(case_id=case.pk, words="C’est le 14.", by=Actor.citizen())
    answer = page(client.get(QUEUE))
    assert '<td class="last theirs">' in answer and "Réponse du citoyen" in answer


# --- Orders -----------------------------------------------------------------------------------------------------------


def groups(response: Any) -> list[str]:
    """The titles of the groups, in order."""
    titles = re.findall(r'<th colspan="4" scope="colgroup">(.*?)</th>', page(response), re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", title)).strip() for title in titles]


def test_a_queue_is_sorted_by_arrival_and_its_groups_follow(town: SmallTown, settings: Settings) -> None:
    made = []
    for moment in ("2026-11-09T10:00:00-05:00", "2026-11-20T10:00:00-05:00", TUESDAY):
        settings.PARVIS_NOW = moment
        made.append(opened(town).reference)
    client = entered(town.technician)
    newest = client.get(f"{QUEUE}?sort=newest")
    assert order(newest) == made[::-1]
    assert groups(newest) == ["Reçues aujourd’hui", "Reçues dans les sept derniers jours", "Reçues avant"]
    assert order(client.get(f"{QUEUE}?sort=oldest&view=to_take")) == made
    assert order(client.get(f"{QUEUE}?sort=rien")) == made, "an unknown order is that of the promises"
    assert "/desk/queue/voirie/?view=mine&amp;sort=newest" in page(newest), "a view keeps the order"
    handling.note(case_id=Case.objects.latest("pk").pk, words="Vu.", by=town.manager)
    assert order(client.get(polled(page(newest), "queue"))) == made[::-1], "and so does the list that comes again"


def test_a_queue_is_sorted_along_the_streets(town: SmallTown) -> None:
    far = opened(town, address=make_address(4, "rue Zoé"))
    near, before = (
        opened(town, address=make_address(120, "rue Alma")),
        opened(town, address=make_address(8, "rue Alma")),
    )
    nowhere = opened(town, address=None, place_text="Au parc")
    answer = entered(town.technician).get(f"{QUEUE}?sort=street")
    assert order(answer) == [case.reference for case in (before, near, far, nowhere)]
    assert groups(answer) == ["rue Alma", "rue Zoé", "Sans rue"]


@pytest.mark.both_databases
def test_no_place_that_is_hidden_is_guessed_from_its_rank_along_the_streets(town: SmallTown) -> None:
    hidden = make_person("Ida Roy", address_protected=True)
    protected = opened(town, address=make_address(10, "rue Alma"), person=hidden)
    shown = opened(town, address=make_address(120, "rue Zoé"))
    reserved = opened(town, address=make_address(12, "rue Alma"), subject=town.pothole, details={})
    Subject.objects.filter(pk=town.pothole.pk).update(restricted_to=[{"department": "batiment", "role": "technician"}])
    forget_all()
    answer = entered(town.technician).get(f"{QUEUE}?sort=street")
    assert order(answer) == [case.reference for case in (shown, protected, reserved)]
    assert groups(answer) == ["rue Zoé", "Sans rue"] and "Alma" not in page(answer)


@pytest.mark.both_databases
@pytest.mark.parametrize("sort", ["newest", "oldest", "street"])
def test_pages_follow_by_key_in_every_order(town: SmallTown, sort: str) -> None:
    homes = [make_address(civic, street) for street in ("rue Alma", "rue Zoé") for civic in (2, 4)]
    for home in (*homes * 12, *[None] * 5):
        opened(town, address=home)
    client = entered(town.technician)
    first = client.get(f"{QUEUE}?sort={sort}")
    assert len(order(first)) == 50
    link = re.search(r'href="(/desk/queue/voirie/\?sort=[^"]+after=[^"]+)"', page(first))
    assert link
    second = client.get(link[1].replace("&amp;", "&"))
    every = order(first) + order(second)
    assert len(every) == len(set(every)) == 53
    cases = Case.objects.order_by("pk")
    along = cases.order_by(F("address__street__key").asc(nulls_last=True), "address__civic", "pk")
    expected = {"newest": cases.reverse(), "oldest": cases, "street": along}[sort]
    assert every == list(expected.values_list("reference", flat=True))


def test_what_is_passed_on_again_and_again_says_so_in_its_row(town: SmallTown) -> None:
    case = opened(town)
    not_mine(case_id=case.pk, words="Au bâtiment.", by=town.technician, to=town.planning)
    assert "passée une fois" not in text(entered(town.planner).get("/desk/queue/batiment/"))
    not_mine(case_id=case.pk, words="À la voirie.", by=town.planner, to=town.works)
    assert "passée 2 fois" in text(entered(town.technician).get(QUEUE))


def test_pages_follow_by_key(town: SmallTown) -> None:
    for _ in range(53):
        opened(town)
    client = entered(town.technician)
    first = client.get(QUEUE)
    link = re.search(r'href="(/desk/queue/voirie/\?after=[^"]+)"', page(first))
    assert link
    second = client.get(link[1].replace("&amp;", "&"))
    assert len(order(first)) == 50 and len(order(second)) == 3
    assert not set(order(first)) & set(order(second))


@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize(("view", "sort"), [("open", ""), ("to_take", ""), ("open", "newest"), ("open", "street")])
def test_the_queue_costs_the_same_at_1_and_50(
    town: SmallTown, rows: int, view: str, sort: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        opened(town)
    client = entered(town.technician)
    with django_assert_max_num_queries(11):
        answer = client.get(f"{QUEUE}?view={view}&sort={sort}")
    assert len(order(answer)) == rows


# --- Live updates -------------------------------------------------------------------------------------------------


def test_others_changes_are_announced_and_ones_own_are_not(town: SmallTown) -> None:
    case = opened(town)
    client = entered(town.technician)
    poll_url = polled(page(client.get(QUEUE)), "queue")
    assert client.get(poll_url).status_code == 204
    handling.note(case_id=case.pk, words="Vu.", by=town.technician)
    assert client.get(poll_url).status_code == 204
    other = opened(town)
    handling.note(case_id=case.pk, words="Vu aussi.", by=town.manager)
    answer = client.get(poll_url)
    assert "2 changements dans la file" in text(answer) and order(answer) == [case.reference, other.reference]
    assert client.get(polled(page(answer), "queue")).status_code == 204


def test_the_renewed_list_keeps_its_view(town: SmallTown) -> None:
    mine, other = opened(town), opened(town)
    handling.take(case_id=mine.pk, by=town.technician)
    client = entered(town.technician)
    poll_url = polled(page(client.get(f"{QUEUE}?view=mine")), "queue")
    handling.note(case_id=other.pk, words="Vu.", by=town.manager)
    assert order(client.get(poll_url)) == [mine.reference]


def test_a_row_tells_its_last_change_so_that_time_alone_marks_nothing(town: SmallTown, settings: Settings) -> None:
    case, client = opened(town), entered(town.technician)
    settings.PARVIS_NOW = "2026-11-24T10:01:00-05:00"
    assert f'<tr id="c-{case.reference}" data-seq="1">' in page(client.get(QUEUE))
    handling.take(case_id=case.pk, by=town.technician)
    assert f'<tr id="c-{case.reference}" data-seq="2">' in page(client.get(QUEUE))


def test_a_case_that_leaves_the_queue_is_a_change(town: SmallTown) -> None:
    case = opened(town)
    client = entered(town.technician)
    poll_url = polled(page(client.get(QUEUE)), "queue")
    handling.pass_on(case_id=case.pk, department=town.planning, words="Bâtiment.", by=town.manager)
    answer = client.get(poll_url)
    assert "1 changement dans la file" in text(answer) and case.reference not in page(answer)


def test_changes_of_a_queue_one_may_not_read_stay_unknown(town: SmallTown) -> None:
    assert entered(town.planner).get(f"{QUEUE}changes?since=0").status_code == 404
    assert entered(town.technician).get(f"{QUEUE}changes?since=x").status_code == 404


def test_the_poll_costs_little(town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(20):
        opened(town)
    client = entered(town.technician)
    poll_url = polled(page(client.get(QUEUE)), "queue")
    with django_assert_max_num_queries(6):
        assert client.get(poll_url).status_code == 204
    with django_assert_max_num_queries(14):  # the list included
        assert client.get(f"{QUEUE}changes?since=0").status_code == 200
    assert Case.objects.count() == 20


def test_a_queue_beyond_a_thousand_is_said_to_be_so_and_its_rarer_views_are_still_counted(town: SmallTown) -> None:
    first = opened(town)
    handling.wait(case_id=first.pk, words="Hydro-Québec", by=town.technician)
    like = Case.objects.get(pk=opened(town).pk)
    copies = [copy(like) for _ in range(1000)]
    for item in copies:
        item.pk, item.reference, item.key, item.secret = None, unique(), unique(), unique()
    Case.objects.bulk_create(copies)
    shown = text(entered(town.technician).get(QUEUE))
    assert "1 000+ ouvertes" in shown and "1 000+ à prendre" in shown
    assert "1 en pause" in shown and "0 à moi" in shown
    Case.objects.filter(pk__in=[case.pk for case in Case.objects.order_by("-pk")[:2]]).delete()
    assert "1 000 ouvertes" in text(entered(town.technician).get(QUEUE))
