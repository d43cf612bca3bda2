"""A case sent to the Open311 server of an outside body, over the wire, to a server that keeps state and misbehaves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from pytest_django import Settings

from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.mail.models import Outgoing
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.rules.forwarding import Ambiguous, Sent, TheirRequest, matching
from parvis.apps.open311.services.forwarding.cases import (
    forward_case,
    settle_forwarding,
    take_forwarding_back,
    try_again,
)
from parvis.apps.open311.services.forwarding.servers import ServerValues, check_server, save_server
from parvis.apps.outbox.models import State as Outbox
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.sealing import seal, unseal
from parvis.operations.fake_services.open311 import KEY, Region
from tests.factories import SmallTown, make_person, unique
from tests.open311.conftest import Later

R = Forwarding.Result
MINUTES = timedelta(minutes=1)


def opened(town: SmallTown, **more: Any) -> Case:
    values: dict[str, Any] = {
        "key": unique(), "subject": town.pothole, "nature": "request", "channel": "web",
        "words": "Mon trou, devant chez moi",
        "details": {"taille": "grand"}, "address": town.address,
        "person": make_person("Rose Huot", email="rose@exemple.ca", reach="email"),
    }  # fmt: skip
    return open_case(new_case=NewCase(**values | more), by=Actor.staff(town.agent)).case


def sent(town: SmallTown, server: OutsideServer, run_jobs: Callable[[], int], **more: Any) -> Forwarding:
    case = more.pop("case", None) or opened(town)
    row = forward_case(case_id=case.pk, server_id=server.pk, words="Un grand trou", by=town.technician, **more)
    run_jobs()
    return Forwarding.objects.get(pk=row.pk)


def now_of(row: Forwarding) -> Forwarding:
    return Forwarding.objects.select_related("case").get(pk=row.pk)


def kinds(case: Case) -> list[str]:
    return list(case.entries.order_by("seq").values_list("kind", flat=True))


def test_a_case_is_sent_once_numbered_followed_and_its_citizen_told(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    assert server.endpoint == region.url and [row["code"] for row in server.services] == ["potholes", "lights", "trees"]
    row = sent(placed, server, run_jobs)
    again = forward_case(case_id=row.case_id, server_id=server.pk, words="Un trou", by=placed.technician)
    assert again == row
    later(30 * MINUTES)
    assert (now_of(row).result, now_of(row).service_request_id, len(region.posts)) == (R.ACCEPTED, "7001", 1)
    (post,) = region.posts
    assert post["lat"] == "45.424190" and post["address_string"] == placed.address.label
    assert post["attribute[SIZE]"] == "1" and post["description"].startswith("Un grand trou")
    assert "chez moi" not in str(post) and "Rose" not in str(post) and "rose@" not in str(post)
    case = now_of(row).case
    assert case.state == State.WORKING and case.external_body == placed.police and case.department == placed.works
    told = Outgoing.objects.get(key=f"{case.reference}/2")
    assert "forwarded" in told.renderer and told.to == "rose@exemple.ca"

    before = kinds(case)
    later(60 * MINUTES)
    assert kinds(case) == before, "nothing changed there: nothing is written here"
    region.close("7001", "Réparé le 3.")
    later(60 * MINUTES)
    case.refresh_from_db()
    last = case.entries.latest("seq")
    assert (last.kind, last.notified_via) == ("relayed", "email") and "Réparé le 3." in last.body
    assert case.is_open and now_of(row).result == R.CLOSED and now_of(row).not_before is None
    assert Outgoing.objects.filter(renderer__endswith=".warning", to=placed.manager.email).exists()
    assert all(not problems for _ref, problems in verify())


def test_a_town_that_says_so_closes_with_them(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    OutsideServer.objects.update(when_closed="close")
    row = sent(placed, server, run_jobs)
    region.close("7001", "Fait.")
    later(60 * MINUTES)
    case = now_of(row).case
    assert (case.state, case.closing_reason) == (State.CLOSED, ClosingReason.ANSWERED)
    assert "Fait." in case.entries.latest("seq").body


@pytest.mark.parametrize("fault", ["500", "drop", "page", "silent", "twice"])
def test_what_they_took_without_saying_so_is_found_and_never_sent_again(
    fault: str, placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    region.faults = [fault, "none"]
    row = sent(placed, server, run_jobs)
    for _look in range(4):
        later(20 * MINUTES)
    if fault == "silent":  # nothing of what they list tells which it is: someone asks them
        assert now_of(row).state == Outbox.FAILED and now_of(row).error
        settle_forwarding(forwarding_id=row.pk, number="7001", by=placed.technician)
        run_jobs()
    assert (now_of(row).result, now_of(row).service_request_id, len(region.posts)) == (R.ACCEPTED, "7001", 1)
    with pytest.raises(Conflict):
        settle_forwarding(forwarding_id=row.pk, number="", by=placed.technician)


def test_what_they_did_not_take_is_looked_for_then_sent_again(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    region.faults = ["503", "none"]
    row = sent(placed, server, run_jobs)
    assert (now_of(row).state, len(region.posts)) == (Outbox.UNCERTAIN, 1)
    region.down = True
    later(20 * MINUTES)
    assert len(region.posts) == 1, "their list could not be read: nothing is sent again"
    region.down = False
    for _look in range(5):
        later(40 * MINUTES)
    assert (now_of(row).result, len(region.posts), len(region.rows)) == (R.ACCEPTED, 2, 1)


def test_a_worker_killed_while_sending_looks_before_it_sends_again(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    row = sent(placed, server, run_jobs)
    died = {"state": Outbox.SENDING, "result": "", "service_request_id": "", "not_before": None}
    Forwarding.objects.update(claimed_until=clock.now(), **died)
    later(MINUTES)
    assert (now_of(row).service_request_id, len(region.posts)) == ("7001", 1)


def test_a_token_waits_for_its_number(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    region.faults = ["token"]
    row = sent(placed, server, run_jobs)
    assert (row.result, row.token, row.service_request_id) == (R.ACCEPTED, "t7001", "")
    later(60 * MINUTES)
    later(60 * MINUTES)
    assert now_of(row).service_request_id == "7001"


def test_a_refusal_says_why_warns_and_may_be_tried_again(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    region.faults = ["refuse", "none"]
    row = sent(placed, server, run_jobs)
    assert row.state == Outbox.FAILED and "attribute[SIZE] is required" in row.error and row.not_before is None
    assert Outgoing.objects.filter(renderer__endswith=".warning").count() == 1
    with pytest.raises(NotAllowed):
        try_again(forwarding_id=row.pk, by=placed.planner)
    try_again(forwarding_id=row.pk, by=placed.technician)
    run_jobs()
    assert now_of(row).result == R.ACCEPTED and len(region.rows) == 1


def test_it_is_taken_back_even_while_it_is_sent_and_the_citizen_is_told(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int], later: Later
) -> None:
    row = sent(placed, server, run_jobs)
    with pytest.raises(Invalid):
        take_forwarding_back(forwarding_id=row.pk, words=" ", by=placed.technician)
    take_forwarding_back(forwarding_id=row.pk, words="C’est notre rue.", by=placed.technician)
    take_forwarding_back(forwarding_id=row.pk, words="C’est notre rue.", by=placed.technician)
    region.close("7001")
    later(timedelta(days=2))
    case = now_of(row).case
    assert now_of(row).result == R.TAKEN_BACK and "Open311" in now_of(row).error
    assert kinds(case).count("recalled") == 1 and kinds(case)[-1] == "recalled"
    assert sent(placed, server, run_jobs, case=case).result == R.ACCEPTED, "it may be sent again"


def test_who_asks_is_sent_only_where_the_server_may_know_and_the_citizen_was_told(
    placed: SmallTown, server: OutsideServer, region: Region, run_jobs: Callable[[], int]
) -> None:
    with pytest.raises(Invalid):
        sent(placed, server, run_jobs, share_person=True)
    OutsideServer.objects.update(sends_person=True)
    sent(placed, server, run_jobs)
    assert "email" not in region.posts[0]
    row = sent(placed, server, run_jobs, share_person=True)
    assert (region.posts[1]["first_name"], region.posts[1]["email"]) == ("Rose", "rose@exemple.ca")
    assert now_of(row).case.entries.get(kind="forwarded").data["shares_person"] is True


def test_what_may_not_leave_does_not(placed: SmallTown, server: OutsideServer, run_jobs: Callable[[], int]) -> None:
    protected = opened(placed)
    protected.person.address_protected = True  # type: ignore[union-attr]
    protected.person.save()  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        sent(placed, server, run_jobs, case=protected)
    with pytest.raises(Conflict):
        sent(placed, server, run_jobs, case=opened(placed, subject=placed.streetlight, details={}))
    with pytest.raises(NotAllowed):
        forward_case(case_id=opened(placed).pk, server_id=server.pk, words="x", by=placed.planner)


def test_a_server_is_public_by_https_and_its_key_is_kept_from_eyes(
    placed: SmallTown, server: OutsideServer, settings: Settings
) -> None:
    assert KEY not in server.sealed_key and unseal(server.sealed_key) == KEY and unseal(seal("")) == ""
    for url in ("http://10.0.0.1/v2", "https://169.254.169.254/", "ftp://exemple.ca/"):
        with pytest.raises(Invalid):
            save_server(values=ServerValues("X", placed.police, url), by=placed.key_maker)
    with pytest.raises(NotAllowed):
        check_server(server_id=server.pk, by=placed.agent)
    settings.SECRET_KEY = "another"
    assert unseal(server.sealed_key) is None


def test_theirs_is_ours_by_its_reference_else_alone_at_that_place_and_moment() -> None:
    at = parse_datetime("2026-11-24T10:00:00-05:00")
    assert at
    sent = Sent("26-0001-G", "potholes", at, at, (45.42419, -73.37167), "12, rue du Quai")
    near = TheirRequest("1", "potholes", at=at + MINUTES, point=(45.4242, -73.3717))
    far = TheirRequest("2", "potholes", at=at, point=(45.43, -73.37))
    old = TheirRequest("3", "potholes", at=at - timedelta(days=1), point=near.point)
    named = TheirRequest("4", "lights", texts="... [26-0001-G]")
    assert matching(sent, [far, old, near]) == near and matching(sent, [far, old]) is None
    assert matching(sent, [near, named]) == named and matching(sent, [near], others={"1"}) is None
    with pytest.raises(Ambiguous):
        matching(sent, [near, TheirRequest("5", "potholes", at=at, point=near.point)])
    with pytest.raises(Ambiguous):
        matching(sent, [far, TheirRequest("6", "potholes", at=at)])
