"""What is due is proposed, approved, destroyed and certified; a hold wins."""

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django import DjangoAssertNumQueries

from parvis.apps.billing.services.invoices import NewLine, issue
from parvis.apps.directory.models import User
from parvis.apps.households.models import ResidenceProof
from parvis.apps.leisure.models import Registration
from parvis.apps.residents.models import Account
from parvis.apps.retention import tasks
from parvis.apps.retention.models import Certificate, Hold, Run, RunLine
from parvis.apps.retention.queries import registry
from parvis.apps.retention.queries.runs import counted
from parvis.apps.retention.rules import months_before
from parvis.apps.retention.services import destroying, log, runs
from parvis.apps.retention.services.holds import end_hold, place_hold
from parvis.lib.errors import Conflict, Invalid, NotAllowed, Outdated
from tests.factories import SmallTown
from tests.leisure.making import make_activity, make_group, make_household, make_season
from tests.retention.conftest import RULE, family, period, proof

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def approved(officer: User) -> Run:
    """What is due, proposed and approved."""
    run = runs.propose(by=officer)
    due = run.lines.filter(state=RunLine.State.LISTED).count()
    return runs.approve(run_id=run.pk, seen=due, by=officer)


def texts() -> str:
    """Everything that the log and the certificates hold."""
    certificates = json.dumps(list(Certificate.objects.values_list("content", flat=True)))
    return (log.path().read_text() if log.path().exists() else "") + certificates


def test_months_before_the_end_of_a_month() -> None:
    moment = datetime.fromisoformat("2027-03-31T09:00:00-04:00")
    assert months_before(moment, 1).isoformat() == "2027-02-28T09:00:00-04:00"


def test_17_a_run_proposes_destroys_once_approved_and_certifies(officer: User, town: SmallTown) -> None:
    """Point 17."""
    household = family()
    old, young = proof(household), proof(household, until=date(2025, 7, 1))
    run = runs.propose(by=officer)
    tasks.destroy_approved()
    assert ResidenceProof.objects.filter(pk=old.pk).exists(), "nothing goes before an approval"
    assert [(one.slug, one.due) for one in counted(run)] == [(RULE, 1)]
    with pytest.raises(NotAllowed):
        runs.approve(run_id=run.pk, seen=1, by=town.manager)
    with pytest.raises(Outdated):
        runs.approve(run_id=run.pk, seen=2, by=officer)
    runs.approve(run_id=run.pk, seen=1, by=officer)
    tasks.destroy_approved()
    assert list(ResidenceProof.objects.all()) == [young]
    certificate = Certificate.objects.get()
    rule = certificate.content["rules"][0]
    assert (certificate.count, rule["slug"], rule["source"]) == (1, RULE, "Calendrier, 12.3")
    assert rule["marks"] == [destroying.mark(RULE, old.pk)]
    assert officer.username in certificate.content["approved_by"]
    assert certificate.number == "D-20261215-090000"
    with pytest.raises(TypeError):
        certificate.save()
    with pytest.raises(TypeError):
        certificate.delete()
    assert household.name not in texts() and household.public_id not in texts()
    tasks.destroy_approved()
    assert Certificate.objects.count() == 1


def test_without_a_period_nothing_is_ever_proposed(officer: User) -> None:
    proof(family())
    period("leisure.carts", 12)
    ResidenceProof.objects.all().delete()
    Account.objects.update(seen_at="2001-01-01T00:00:00Z")
    with pytest.raises(Conflict):
        runs.propose(by=officer)
    assert not Run.objects.exists()


def test_17_a_hold_wins_even_over_an_approval(officer: User) -> None:
    """Point 17."""
    kept, gone, later = family(), family(), family()
    proofs = [proof(household) for household in (kept, gone, later)]
    place_hold(file=kept.public_id, why="Demande d’accès", by=officer)
    run = approved(officer)
    assert run.lines.get(row_id=proofs[0].pk).why == "Demande d’accès"
    place_hold(file=f"https://ville.example/desk/loisirs/menage/{later.public_id}/", why="Litige", by=officer)
    tasks.destroy_approved()
    assert set(ResidenceProof.objects.values_list("pk", flat=True)) == {proofs[0].pk, proofs[2].pk}
    assert [(left["why"], left["count"]) for left in Certificate.objects.get().content["left"]] == [
        ("Demande d’accès", 1),
        ("Litige", 1),
    ]
    for hold in Hold.objects.all():
        end_hold(hold_id=hold.pk, why="Réglé", by=officer)
    assert runs.propose(by=officer).lines.filter(state="listed").count() == 2


def test_17_a_hold_that_no_line_tells_is_found_at_the_last_moment(officer: User) -> None:
    """Point 17: the hold is looked for when the row is destroyed, not when it was listed."""
    held = proof(family())
    approved(officer)
    Hold.objects.create(rule=RULE, name="Preuves", why="Enquête", placed_at="2026-12-15T14:00:00Z")
    tasks.destroy_approved()
    assert ResidenceProof.objects.filter(pk=held.pk).exists()


def test_a_hold_names_a_true_file_and_a_reason(officer: User, town: SmallTown) -> None:
    household = family()
    with pytest.raises(NotAllowed):
        place_hold(file=household.public_id, why="Litige", by=town.manager)
    for wrong, field in (
        ({"file": "inconnu", "why": "Litige"}, "file"),
        ({"rule": "nothing", "why": "Litige"}, "rule"),
        ({"file": household.public_id, "why": " "}, "why"),
        ({"file": household.public_id, "rule": RULE, "why": "Litige"}, "file"),
        ({"rule": RULE, "why": "Litige", "until": date(2026, 12, 14)}, "until"),
    ):
        with pytest.raises(Invalid) as refusal:
            place_hold(**wrong, by=officer)
        assert field in refusal.value.fields


def test_a_hold_ends_after_its_last_day(officer: User) -> None:
    proof(family())
    hold = place_hold(rule=RULE, why="Enquête", until=date(2026, 12, 15), by=officer)
    with pytest.raises(Conflict):
        runs.propose(by=officer)
    Hold.objects.filter(pk=hold.pk).update(until=date(2026, 12, 14))
    assert runs.propose(by=officer)


def test_what_is_no_longer_due_and_what_the_officer_keeps_stay(officer: User) -> None:
    household = family()
    renewed, kept, gone = proof(household), proof(household), proof(household)
    run = runs.propose(by=officer)
    line = run.lines.get(row_id=kept.pk)
    runs.keep_line(line_id=line.pk, why="À vérifier", by=officer)
    runs.list_again(line_id=line.pk, by=officer)
    runs.keep_line(line_id=line.pk, why="À vérifier", by=officer)
    runs.approve(run_id=run.pk, seen=2, by=officer)
    ResidenceProof.objects.filter(pk=renewed.pk).update(expires_on=date(2026, 7, 1))
    tasks.destroy_approved()
    assert {renewed.pk, kept.pk} == set(ResidenceProof.objects.values_list("pk", flat=True))
    assert gone.pk not in {renewed.pk, kept.pk}


def test_17_killed_half_way_it_goes_on(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point 17: a job that dies leaves whole batches, and the next one ends the run with one certificate."""
    household = family()
    proofs = [proof(household) for _n in range(5)]
    approved(officer)
    monkeypatch.setattr(destroying, "BATCH", 2)
    rule = registry.rules()[RULE]
    real, calls = rule.destroy, []

    def dies(ids: Collection[int]) -> None:
        calls.append(ids)
        if len(calls) == 2:
            real(ids)
            raise DatabaseError("the process dies before its commit")
        real(ids)

    values: dict[str, Any] = {**rule.__dict__, "destroyer": dies}
    monkeypatch.setitem(registry._rules, RULE, registry.Rule(**values))
    with pytest.raises(DatabaseError):
        tasks.destroy_approved()
    assert ResidenceProof.objects.count() == 3 and not Certificate.objects.exists()
    tasks.destroy_approved()
    assert not ResidenceProof.objects.exists()
    assert len(Certificate.objects.get().content["rules"][0]["marks"]) == len(proofs)


def test_the_month_proposes_by_itself_once(town: SmallTown, settings: Any) -> None:
    proof(family())
    tasks.propose_monthly()
    tasks.propose_monthly()
    run = Run.objects.get()
    assert run.proposed_by is None
    runs.drop(run_id=run.pk, by=town.privacy_officer)
    settings.PARVIS_NOW = "2027-01-14T09:00:00-05:00"
    tasks.propose_monthly()
    assert Run.objects.count() == 1
    settings.PARVIS_NOW = "2027-01-16T09:00:00-05:00"
    tasks.propose_monthly()
    assert Run.objects.count() == 2


def test_proposing_thousands_asks_few_queries(
    officer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    household = family()
    row = proof(household)
    values = {"kind": "lease", "since": row.since, "expires_on": row.expires_on, "created_at": row.created_at}
    ResidenceProof.objects.bulk_create(ResidenceProof(household=household, **values) for _n in range(1201))
    with django_assert_max_num_queries(24):
        run = runs.propose(by=officer)
    assert run.lines.count() == 1202


def test_a_season_long_over_leaves_what_an_invoice_names(officer: User) -> None:
    period("leisure.registrations", 36)
    season = make_season("hiver-2021", starts_on=date(2021, 1, 11), ends_on=date(2021, 3, 28))
    group, household = make_group(season, make_activity()), make_household("Léa", "Émile")
    children = list(household.links.filter(role="child"))
    values: dict[str, Any] = {"group": group, "household": household, "state": "confirmed", "channel": "web"}
    values |= {"assurance": 1, "resident": True, "price_cents": 100, "made_at": "2020-12-15T13:00:00Z"}
    billed, free = (Registration.objects.create(individual=link.individual, **values) for link in children)
    sold = NewLine(f"registration:{billed.pk}", billed.individual, "Natation", "Swimming", 100)
    payer = household.links.get(role="adult").individual
    invoice = issue(key="one", household=household, payer=payer, language="fr", lines=[sold])
    Registration.objects.filter(pk=billed.pk).update(invoice_line=invoice.lines.get())
    approved(officer)
    tasks.destroy_approved()
    assert list(Registration.objects.all()) == [billed] and free.pk != billed.pk


def test_each_rule_that_proposes_destroys_what_it_listed(officer: User) -> None:
    """The rules of every app, over what the households of the tests hold: listed, destroyed, and gone."""
    for slug in registry.rules():
        if slug != RULE:
            period(slug, 12)
    proof(family())
    Account.objects.create(created_at="2020-01-01T00:00:00Z", seen_at="2020-01-01T00:00:00Z")
    run = approved(officer)
    listed = {(line.rule, line.row_id) for line in run.lines.all()}
    assert {rule for rule, _pk in listed} >= {RULE, "households.accounts"}
    tasks.destroy_approved()
    for rule, pk in listed:
        assert not registry.rules()[rule].left([pk])
