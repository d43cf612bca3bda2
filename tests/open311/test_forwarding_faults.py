"""What must not happen to a case sent to an outside server: to leave too late, go or be told twice, be forgotten."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal import verify
from parvis.apps.mail.models import Outgoing
from parvis.apps.open311 import tasks
from parvis.apps.open311.letters.forwarding import forwarded, warning
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.queries.forwarding import forwardings_of
from parvis.apps.open311.rules.forwarding import MOST_MISSES, Sent, TheirRequest, matching
from parvis.apps.open311.services.forwarding import carrying, cases, servers
from parvis.apps.outbox.models import State as Outbox
from parvis.apps.residents.models import Person
from parvis.lib import clock
from parvis.lib.errors import Conflict, NotAllowed, NotFound
from parvis.operations.fake_services.open311 import Region, running
from tests.factories import SmallTown
from tests.open311.conftest import Later
from tests.open311.test_forwarding import R, kinds, now_of, opened, sent

MINUTES, DAYS = timedelta(minutes=1), timedelta(days=1)
Jobs = Callable[[], int]


class Odd(Region):
    """A server that writes comments, a CDATA and an encoding of its own, and lists by pages or only its last ones."""

    size, pages, spoilt = 0, True, b""

    def get(self, path: str, values: Mapping[str, str]) -> tuple[int, bytes]:
        if self.spoilt:
            return 200, self.spoilt
        if path == "requests.xml" and self.size:
            rows, page = dict(self.rows), int(values.get("page", 1)) if self.pages else 1
            shown = list(reversed(rows))[(page - 1) * self.size : page * self.size]
            self.rows = {number: rows[number] for number in reversed(shown)}
            status, content = super().get(path, values)
            self.rows = rows
        else:
            status, content = super().get(path, values)
        return status, content.replace(b"?>\n", b"?>\n<!-- of the region --> ", 1).replace(
            b"</status_notes>", b"<![CDATA[ <i>]]></status_notes>"
        )


@pytest.fixture
def region(settings: Settings) -> Iterator[Odd]:
    settings.PARVIS_OPEN311_TRUSTED_HOSTS = frozenset({"127.0.0.1"})
    settings.PARVIS_NOW = datetime.now(UTC).isoformat()
    odd = Odd()
    with running(odd):
        yield odd


def queued(town: SmallTown, server: OutsideServer, **more: Any) -> Forwarding:
    case = opened(town)
    return cases.forward_case(case_id=case.pk, server_id=server.pk, words="Un trou", by=town.technician, **more)


def warnings(row: Forwarding) -> list[str]:
    """The subjects of the warnings about it."""
    sent_ones = Outgoing.objects.filter(renderer__endswith=".warning").order_by("pk")
    return [warning(*one.args).subject for one in sent_ones if one.args[0] == row.pk]


def test_what_waits_is_looked_at_again_before_it_leaves(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs
) -> None:
    OutsideServer.objects.update(sends_person=True)
    rows = [queued(placed, server, share_person=True) for _number in range(5)]
    shielded, closed, merged, erased, known = rows
    Person.objects.filter(cases=shielded.case_id).update(address_protected=True)
    Case.objects.filter(pk=closed.case_id).update(state="closed", closed_at=clock.now())
    Case.objects.filter(pk=merged.case_id).update(merged_into=known.case_id)
    Entry.objects.filter(case=erased.case_id, seq=erased.entry_seq).update(body="")
    OutsideServer.objects.update(sends_person=False)  # a manager changed their mind meanwhile
    run_jobs()
    for row in rows[:4]:
        assert (now_of(row).state, now_of(row).not_before) == (Outbox.FAILED, None) and now_of(row).error
        assert len(warnings(row)) == 1 and "ne l’a pas reçue" in warnings(row)[0]
    assert "protégée" in now_of(shielded).error and "fermée" in now_of(closed).error
    (post,) = region.posts
    assert now_of(known).result == R.ACCEPTED and "first_name" not in post and "email" not in post
    last = queued(placed, server)
    OutsideServer.objects.update(active=False)
    run_jobs()
    assert now_of(last).state == Outbox.FAILED and len(region.posts) == 1
    cases.try_again(forwarding_id=last.pk, by=placed.technician)
    run_jobs()
    assert len(warnings(last)) == 2, "each time that someone has it tried"


def test_an_answer_with_comments_or_cdata_is_read_and_a_hostile_one_leaves_nothing_stuck(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    row = sent(placed, server, run_jobs)
    region.rows["7001"]["status_notes"] = "Vu."
    later(30 * MINUTES)
    assert "Vu. <i>" in now_of(row).case.entries.latest("seq").body
    entity = "<?xml version='1.0' encoding='{}'?><!dOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    declared = [entity.replace("dOCTYPE", "DOCTYPE").format("utf-16").encode("utf-16"), entity.format("utf-8").encode()]
    spoilt = [*declared, b"<?xml version='1.0' encoding='nothing'?><a/>", b"<?xml version='1.0' encoding='gbk'?><a/>"]
    for number, region.spoilt in enumerate(spoilt, 1):
        Forwarding.objects.update(not_before=clock.now())
        later(6 * MINUTES)
        assert (now_of(row).misses, now_of(row).result) == (number, R.ACCEPTED)
        server.refresh_from_db()
        assert "GeoReport" in now_of(row).error and "GeoReport" in server.trouble
    Forwarding.objects.update(misses=0, not_before=clock.now())
    OutsideServer.objects.update(endpoint="http://[", left_until=None)  # what nobody foresaw
    later(6 * MINUTES)
    assert now_of(row).misses == 1 and now_of(row).error and now_of(row).not_before


def test_they_are_told_of_only_once_and_someone_is_warned_when_they_say_nothing_more(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    region.faults = ["token"]
    row = sent(placed, server, run_jobs)
    del region.rows["7001"]["status"]
    for _look in range(4):
        later(60 * MINUTES)
    case = now_of(row).case
    bodies = [entry.body for entry in case.entries.filter(kind="relayed")]
    assert len(bodies) == 2 and "7001" not in bodies[0] and "7001" in bodies[1]
    region.rows["7001"]["status_notes"] = "Une équipe, chez Mme Untel."
    later(60 * MINUTES)
    later(120 * MINUTES)
    (shown,) = forwardings_of(case)
    assert kinds(case).count("relayed") == 3 and shown.their_notes.startswith("Une équipe")
    case.refresh_from_db()
    erase_words(case_id=case.pk, seq=case.seq, ground="A-2.1, 28", by=placed.privacy_officer)
    later(DAYS)
    (shown,) = forwardings_of(case)
    assert shown.their_notes == "" and kinds(case).count("relayed") == 3
    assert "Untel" not in str(Forwarding.objects.values().get())
    del region.rows["7001"]  # they know it no more
    for _look in range(MOST_MISSES):
        later(DAYS)
    assert (now_of(row).result, now_of(row).not_before) == (R.UNTOLD, None)
    assert len(warnings(row)) == 1 and "ne dit plus" in warnings(row)[0]
    cases.try_again(forwarding_id=row.pk, by=placed.technician)
    assert now_of(row).result == R.ACCEPTED, "they took it: it is asked for, never sent again"
    assert all(not problems for _ref, problems in verify())


@pytest.mark.parametrize("pages", [True, False])
def test_ours_is_found_on_another_page_and_never_sent_again_when_there_is_none(
    pages: bool, placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    region.faults, region.size, region.pages = ["500"], 10, pages
    row = sent(placed, server, run_jobs)
    ours = region.rows["7001"]
    others = {str(number): ours | {"service_request_id": str(number), "description": "x"} for number in range(1, 25)}
    region.rows |= others
    later(20 * MINUTES)
    assert len(region.posts) == 1
    if pages:
        assert (now_of(row).result, now_of(row).service_request_id) == (R.ACCEPTED, "7001")
    else:
        assert now_of(row).state == Outbox.FAILED and "trop longue" in now_of(row).error
        assert "on ne sait pas" in warnings(row)[0]


def test_a_first_sending_is_found_after_a_second_one(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    region.faults = ["500", "503"]
    row = sent(placed, server, run_jobs)
    hidden, region.rows = region.rows, {}  # listed only hours later, without words
    for _look in range(4):
        later(40 * MINUTES)
    first, second = now_of(row).first_attempted_at, now_of(row).attempted_at
    assert first and second and first < second and len(region.posts) == 2
    hidden["7001"]["description"] = ""
    region.rows = hidden
    later(40 * MINUTES)
    assert (now_of(row).result, now_of(row).service_request_id) == (R.ACCEPTED, "7001")


def test_theirs_is_not_ours_with_other_words_or_of_another_sending() -> None:
    at = parse_datetime("2026-11-24T10:00:00-05:00")
    assert at
    point = (45.42419, -73.37167)
    ours = Sent("26-0001-G", "potholes", at, at, point, words="Un grand trou dans la rue\n\n[26-0001-G]")
    other = TheirRequest("1", "potholes", at=at, point=point, words="A lamp is out", texts="A lamp is out")
    cut = TheirRequest("2", "potholes", at=at, point=point, words="Un grand  trou dans…", texts="Un grand trou dans…")
    named = TheirRequest("3", "potholes", at=at, texts="... [26-0001-G]")
    assert matching(ours, [other]) is None and matching(ours, [other, cut]) == cut
    assert matching(ours, [named, cut], others={"3"}) == cut


def test_one_that_does_not_answer_is_left_alone_and_asked_once_a_round(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    rows = [queued(placed, server) for _number in range(3)]
    region.faults = ["503", "none"]
    run_jobs()
    assert len(region.posts) == 1, "the first was not answered: the others wait"
    tasks.follow_forwardings()
    assert run_jobs() == 0
    later(5 * MINUTES)
    assert sorted(now_of(row).result or now_of(row).state for row in rows) == [R.ACCEPTED, R.ACCEPTED, Outbox.UNCERTAIN]
    Forwarding.objects.update(not_before=clock.now())
    tasks.follow_forwardings()
    tasks.follow_forwardings()
    claimed = Forwarding.objects.get(pk=rows[0].pk)
    assert claimed.claimed_until and claimed.claimed_until > clock.now() and run_jobs() == 3, "one job each"
    assert carrying.follow_forwarding(forwarding_id=claimed.pk) is False, "its job ran already"


def test_the_key_follows_to_no_other_host_and_only_managers_change_a_server(
    placed: SmallTown, server: OutsideServer, region: Odd, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PARVIS_OPEN311_TRUSTED_HOSTS = frozenset({"127.0.0.1", "localhost"})
    here = servers.ServerValues("Région", placed.police, server.url)
    with pytest.raises(NotAllowed):
        servers.save_server(values=here, by=placed.agent)
    with pytest.raises(NotFound):
        servers.save_server(values=here, by=placed.key_maker, server_id=9999)
    kept = servers.save_server(values=here, by=placed.key_maker, server_id=server.pk)
    assert kept.sealed_key and not kept.trouble
    there = servers.ServerValues("Région", placed.police, f"http://localhost:{region.port}/discovery.xml")
    moved = servers.save_server(values=there, by=placed.key_maker, server_id=server.pk)
    assert moved.sealed_key == "" and "clé" in moved.trouble
    tested = servers.check_server(server_id=server.pk, by=placed.key_maker)
    assert tested.endpoint == "" and region.url in tested.trouble, "its discovery names 127.0.0.1"
    typed = servers.ServerValues("Région", placed.police, region.url, key="k")
    servers.save_server(values=typed, by=placed.key_maker, server_id=server.pk)
    assert servers.check_server(server_id=server.pk, by=placed.key_maker).endpoint == region.url


def test_it_goes_back_to_the_body_of_before_and_a_refusal_leaves_no_doubt(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs, later: Later
) -> None:
    case = opened(placed)
    Case.objects.filter(pk=case.pk).update(external_body=None)
    region.down = True
    OutsideServer.objects.update(endpoint="http://10.0.0.1/v2")  # nothing can be sent
    row = sent(placed, server, run_jobs, case=case)
    for _try in range(9):
        later(DAYS)
    row = now_of(row)
    assert (row.state, row.attempts, row.attempted_at, row.first_attempted_at) == (Outbox.FAILED, 0, None, None)
    cases.take_forwarding_back(forwarding_id=row.pk, words="À nous.", by=placed.technician)
    assert now_of(row).error == "" and now_of(row).case.external_body is None
    with pytest.raises(Conflict):
        cases.try_again(forwarding_id=row.pk, by=placed.technician)
    assert all(not problems for _ref, problems in verify())


def test_the_words_of_a_citizen_about_a_place_do_not_leave(
    placed: SmallTown, server: OutsideServer, region: Odd, run_jobs: Jobs
) -> None:
    case = opened(placed, address=None, place_text="derrière chez Gisèle Untel", point=(45.42419, -73.37167))
    row = sent(placed, server, run_jobs, case=case)
    assert "Gisèle" not in str(region.posts) and region.posts[0]["lat"] == "45.424190"
    letter = forwarded(row.case.entries.get(kind="forwarded").pk)
    assert any("Ni votre nom" in words for words in letter.text.splitlines())
