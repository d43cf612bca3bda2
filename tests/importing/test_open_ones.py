"""Open requests of an earlier system: told before they begin anew, or carried over as they were."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries import cases as case_queries
from parvis.apps.cases.queries.frequent_subjects import most_asked
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.queries.reporting import satisfaction
from parvis.apps.cases.queries.reporting.resolution_times import reported_nearby, resolution_times
from parvis.apps.cases.queries.reporting.sla_compliance import kept_by_subject
from parvis.apps.cases.services import handling, journal
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.due_dates import due_date_recalculation
from parvis.apps.cases.services.opening import legacy_cases
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.insight.queries import figures
from parvis.cli.main import main
from parvis.lib import clock, ttl_cache
from tests.api.calls import Program, new_key
from tests.factories import SmallTown, make_address, unique

MOMENT = "2026-11-25T10:00:00-05:00"  # a Wednesday
OPEN = 43
Bring = Callable[..., tuple[int, str]]
HEADER = "number;opened_at;due_at;status;subject;nature;words;place;owner;name;phone\n"


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = MOMENT
    town.pothole.public = True
    town.pothole.save()
    town.address.latitude, town.address.longitude = 45.42419, -73.37167
    town.address.save()
    ttl_cache.forget_all()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """43 open requests, one of which has a date of its own and one of which waits, a closed one and a comment."""
    lines = [
        f"A-{n};2019-05-04;;Ouverte;nid-de-poule;;Trou zzyzx;12, rue du Quai;;Jeanne Roy;418 555-0142\n"
        for n in range(40)
    ]
    lines.append("B-1;2019-05-04;2019-06-01;Ouverte;nid-de-poule;;Trou zzyzx daté;12, rue du Quai;;;\n")
    lines.append("B-2;2019-05-04;;En attente;nid-de-poule;;Trou zzyzx en attente;12, rue du Quai;tina.caron;;\n")
    lines.append("B-3;2026-11-02;;Ouverte;commentaire;Commentaire;Bravo zzyzx;;;;\n")
    lines.append("C-1;2019-05-04;;Terminée;nid-de-poule;;Fermée;;;;\n")
    path = tmp_path / "cas.csv"
    path.write_text(HEADER + "".join(lines))
    return path


@pytest.fixture
def bring(file: Path, capsys: pytest.CaptureFixture[str]) -> Bring:
    """bring(*options): the exit code, and all that was written."""

    def run(*options: str) -> tuple[int, str]:
        code = main(["import-cases", str(file), *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_what_becomes_of_the_open_ones_is_told_before_anything_is_written(
    bring: Bring,
) -> None:
    code, said = bring("--language", "en")
    assert code == 1 and not Case.objects.exists()
    assert "43 open requests will begin anew. They will get new dates, from today: 41" in said
    assert "shown to citizens: 42" in said and "--open-as earlier" in said and "--yes" in said
    code, said = bring("--language", "fr", "--dry-run")
    assert code == 0 and "43 requêtes ouvertes repartiront à neuf." in said and not Case.objects.exists()
    code, said = bring("--json")
    assert code == 1 and "43" in json.loads(said)["message"]
    code, said = bring("--json", "--yes")
    counts = json.loads(said)["counts"]
    assert code == 0 and (counts["open"], counts["new_dates"], counts["shown"]) == (OPEN, 41, 42)
    assert Case.objects.filter(carried_over_at=None).count() == OPEN + 1


class Keyboard(io.StringIO):
    """A terminal on which an answer is typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "written"), [("", False), ("n\n", False), ("y\n", True), ("OUI\n", True)])
def test_a_terminal_asks(bring: Bring, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    code, said = bring("--language", "en")
    assert "43 open requests will begin anew" in said and "Go on? [y/N]" in said
    assert (code == 0) is written and Case.objects.exists() is written
    assert ("Nothing was written." in said) is not written


def test_nothing_is_asked_when_no_open_one_changes(bring: Bring, file: Path) -> None:
    file.write_text(HEADER + "C-1;2019-05-04;;Terminée;nid-de-poule;;Fermée;;;;\n")
    assert bring()[0] == 0 and Case.objects.count() == 1


@pytest.fixture
def carried(bring: Bring) -> list[Case]:
    code, said = bring("--open-as", "earlier", "--language", "en")
    assert (
        code == 0 and "43 open requests as they were: no promise, not shown to citizens, counted in no figure." in said
    )
    return list(Case.objects.exclude(carried_over_at=None).order_by("pk"))


def by_number(number: str) -> Case:
    return Case.objects.get(key=legacy_cases.key_of("ancien système", number))


def test_those_carried_over_stay_open_without_a_promise(carried: list[Case]) -> None:
    assert len(carried) == OPEN
    assert {(case.promise, case.due_at, case.ack_due_at, case.is_paused) for case in carried} == {
        ("", None, None, False)
    }
    assert by_number("B-2").state == State.WAITING
    assert "2019-06-01" in [detail["shown_fr"] for detail in by_number("B-1").details], "its date is told in words"
    assert by_number("C-1").carried_over_at is None, "a closed one is history"
    assert [wrong for _reference, wrong in journal.verify() if wrong] == []
    assert list(due_date_recalculation.moved_promises()) == []


def test_a_tampered_carrying_over_is_told(carried: list[Case]) -> None:
    Case.objects.filter(pk=carried[0].pk).update(carried_over_at=None)
    assert "carried_over_at" in str(dict(journal.verify())[carried[0].reference])


def public_pages(town: SmallTown) -> Iterator[str]:
    """Every page, feed and program that tells of requests to anyone."""
    anyone = Client()
    yield from (
        anyone.get(url, follow=True).content.decode()
        for url in (
            *("/", "/carte/", "/carte/?show=all", "/carte/flux.atom", "/carte/flux.rss", "/carte/requetes.geojson"),
            *("/en/carte/", "/open311/v2/requests.json", "/open311/v2/requests.xml", "/reponses/nid-de-poule/"),
            *("/open311/v2/servicerequestupdates.json", f"/mon-adresse/{town.address.pk}/", "/integre/question/"),
            f"/demande/?type=nid-de-poule&address={town.address.pk}",
        )
    )
    program = Program(new_key(town.key_maker, Scope.CASES_READ, Scope.PERSONS_READ)[0])
    yield json.dumps(program.get("/cases").value)
    yield json.dumps(program.get("/cases", subject="nid-de-poule").value)
    yield json.dumps(program.get("/cases", updated_since="2019-01-01T00:00:00Z").value)


def test_nobody_outside_sees_those_carried_over(town: SmallTown, carried: list[Case]) -> None:
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature="request", channel="web", words="Trou neuf", address=town.address
    )
    fresh = open_case(new_case, by=Actor.citizen()).case
    pages = list(public_pages(town))
    assert sum(fresh.reference in page for page in pages) >= 6, "the pages do tell of a request of today"
    for case in carried:
        assert not any(case.reference in page or "zzyzx" in page for page in pages)
        for url in (f"/carte/{case.reference}/", f"/open311/v2/requests/{case.reference}.json"):
            assert Client().get(url).status_code == 404
    program = Program(new_key(town.key_maker, Scope.CASES_READ)[0])
    assert program.get(f"/cases/{carried[0].reference}").status == 404
    assert [near.case for near in reported_nearby(town.pothole, town.address, None)] == [fresh]


def close_all(cases: list[Case], by: User) -> None:
    for case in cases:
        handling.close(case_id=case.pk, reason="done", words="Fait.", proof="Vu.", by=by)
        closing = case.entries.filter(kind="closed").latest("seq").seq
        give_opinion(case_id=case.pk, closing=closing, solved=True, mark=5)


def counted(town: SmallTown) -> dict[str, Any]:
    """Every figure of the town."""
    ttl_cache.forget_all()
    since = timezone.now() - timedelta(days=4000)
    return {
        "times": resolution_times(town.pothole, None),
        "promises kept": kept_by_subject(),
        "satisfaction": {axis: satisfaction.by(axis, None) for axis in satisfaction.AXES},
        "opinions": list(satisfaction.all_since(None)),
        "comments": case_queries.comments_report(since),
        "most asked": most_asked(1),
        "weeks": figures.count(date(2019, 1, 1), date(2026, 12, 31)),
    }


def test_no_figure_counts_those_carried_over(town: SmallTown, file: Path, bring: Bring) -> None:
    bring("--yes", "--dry-run")
    before = counted(town)
    bring("--open-as", "earlier")
    work = [case for case in Case.objects.exclude(carried_over_at=None) if not case.is_comment]
    day = clock.today() + timedelta(days=5)
    for case in work[:3]:
        handling.new_date(case_id=case.pk, due=day, words="Bientôt.", by=town.manager)
    close_all(work, town.manager)
    after = counted(town)
    for name, figure in before.items():
        assert after[name] == figure, name


def test_the_same_ones_begun_anew_are_counted(town: SmallTown, bring: Bring) -> None:
    before = counted(town)
    bring("--yes")
    close_all([case for case in Case.objects.exclude(state=State.CLOSED) if not case.is_comment], town.manager)
    after = counted(town)
    assert all(
        after[name] != before[name] for name in ("times", "promises kept", "satisfaction", "opinions", "comments")
    )


def test_the_staff_works_on_those_carried_over(
    town: SmallTown, carried: list[Case], signed_in: Callable[[User], Client]
) -> None:
    pages = [case_queries.queue([town.works.pk], "earlier", user=town.technician, limit=20)]
    while pages[-1].next:
        pages.append(
            case_queries.queue([town.works.pk], "earlier", user=town.technician, after=pages[-1].next, limit=20)
        )
    rows = [row.case.pk for page in pages for row in page.rows]
    work = [case for case in carried if not case.is_comment]
    assert sorted(rows) == [case.pk for case in work]
    assert case_queries.counts(town.works.pk, town.technician)["earlier"] == len(work)
    assert case_queries.counts(town.works.pk, town.technician)["open"] == 0
    desk = signed_in(town.technician)
    view = desk.get(reverse("desk:department_queue", args=["voirie"]), {"view": "earlier"}).content.decode()
    assert "d’avant" in view and work[-1].reference in view
    shown = desk.get(f"/desk/cases/{work[0].reference}/").content.decode()
    assert "Elle est arrivée ouverte du système précédent" in shown
    found = search_cases("A-1", SearchFilter(), user=town.agent).cases
    assert by_number("A-1").pk in [case.pk for case in found]


def test_each_move_of_the_staff_can_be_made(town: SmallTown, carried: list[Case], client: Client) -> None:
    waiting, case = by_number("B-2"), by_number("A-3")
    handling.resume(case_id=waiting.pk, by=town.technician)
    handling.take(case_id=case.pk, by=town.technician)
    handling.ask(case_id=case.pk, words="Où?", by=town.technician)
    citizen.reply(case_id=case.pk, words="Là.", by=Actor.citizen())
    handling.wait(case_id=case.pk, words="Hydro", by=town.technician)
    handling.resume(case_id=case.pk, by=town.technician)
    page = client.get(f"/suivi/{case.secret}/").content.decode()
    assert "aucune date n’est encore promise" in page and "Promis" not in page
    day = clock.today() + timedelta(days=5)
    handling.new_date(case_id=case.pk, due=day, words="Bientôt.", by=town.technician)
    case.refresh_from_db()
    assert case.due_at and timezone.localdate(case.due_at) == day and case.promise == town.pothole.target
    assert list(due_date_recalculation.moved_promises()) == [], "the date that was given stays"
    rows = case_queries.queue([town.works.pk], "open", user=town.technician).rows
    assert [row.case.pk for row in rows] == [case.pk], "a promise puts it among the others"
    handling.close(case_id=case.pk, reason="done", words="Fait.", proof="Vu.", by=town.technician)
    citizen.not_fixed(case_id=case.pk, words="Non.", by=Actor.citizen())
    assert [wrong for _reference, wrong in journal.verify() if wrong] == []
    assert not Client().get("/carte/requetes.geojson").json()["features"]


def test_what_is_promised_comes_first_in_the_work_of_someone(town: SmallTown, carried: list[Case]) -> None:
    Case.objects.exclude(carried_over_at=None).update(owner=town.technician)
    place = make_address(99)
    new_case = NewCase(key=unique(), subject=town.pothole, nature="request", channel="web", words="Trou", address=place)
    fresh = open_case(new_case, by=Actor.citizen()).case
    handling.take(case_id=fresh.pk, by=town.technician)
    assert case_queries.owned_by(town.technician)[0].case.pk == fresh.pk
