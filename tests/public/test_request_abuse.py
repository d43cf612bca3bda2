"""Floods of requests: proofs of work, codes by e-mail, requests kept to be looked at, and no address kept of anyone."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from altcha import v1 as altcha
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Contact, HeldRequest
from parvis.apps.intake.queries.contacts import figures_of_the_moment, waiting_contacts
from parvis.apps.intake.queries.held_requests import held_requests
from parvis.apps.intake.services.assigning import take_contact
from parvis.apps.intake.services.held_requests import open_held, refuse_held, restore_held
from parvis.apps.intake.tasks import purge_set_aside
from parvis.apps.mail.models import Outgoing
from parvis.apps.throttling.services import proves
from parvis.lib import proof_of_work
from parvis.lib.limits import client_network
from parvis.surfaces.public.request import abuse_limits
from tests.counting import statements
from tests.factories import SmallTown
from tests.public.test_request import PATH, filled, html_of, picture

PLANTED = "203.0.113.77"


@pytest.fixture(autouse=True)
def _still(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


def proof(client: Client) -> str:
    """What a browser computes for a new challenge."""
    given = client.get("/demande/preuve").json()
    solution = altcha.solve_challenge(given["challenge"], given["salt"], given["algorithm"], given["maxNumber"], 0)
    assert solution
    names = ("algorithm", "challenge", "salt", "signature")
    payload = {name: given[name] for name in names} | {"number": solution.number}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def spend(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Lowers the limits of sendings without a proof."""
    for name, value in limits.items():
        monkeypatch.setattr(abuse_limits, name, value)


def sent(client: Client, n: int = 0, **more: Any) -> Any:
    return client.post(PATH, filled(client, words=f"Un trou, {n}.", place=f"Le coin {n}", **more))


@pytest.mark.django_db
def test_a_browser_that_did_the_work_goes_on_where_others_must_write_a_code(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch, run_jobs: Callable[[], int]
) -> None:
    spend(monkeypatch, BARE=1)
    assert sent(client, 1).status_code == 302
    assert sent(client, 2, altcha=proof(client)).status_code == 302
    form = filled(client, words="Un troisième trou.", place="Au parc")
    stopped = client.post(PATH, form | {"photos": [picture()]})
    page = html_of(stopped)
    assert stopped.status_code == 422 and 'id="id_code"' in page and "Un troisième trou." in page
    kept = re.findall(r'name="kept" value="([^"]+)"', page)
    run_jobs()
    letter = Outgoing.objects.get(renderer__endswith="form_code")
    assert letter.to == "rose@exemple.ca"
    code = re.search(r"\d{6}", letter.subject)
    assert code
    assert client.post(PATH, form | {"code": "000000", "kept": kept}).status_code == 422
    assert client.post(PATH, form | {"code": f" {code[0][:3]} {code[0][3:]}", "kept": kept}).status_code == 302
    last = Case.objects.order_by("-pk")[0]
    assert last.words == "Un troisième trou." and last.entries.get(seq=1).files.count() == 1


@pytest.mark.django_db
def test_who_is_anonymous_beyond_the_limit_is_asked_for_an_address_or_to_call(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(monkeypatch, BARE=0)
    page = html_of(sent(client, who="nobody", name="", email=""))
    assert "Écrivez une adresse de courriel, ou appelez-nous" in page and not Outgoing.objects.exists()


@pytest.mark.django_db
def test_a_code_cannot_be_tried_without_end_nor_used_for_another_form(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(monkeypatch, BARE=0)
    form = filled(client)
    client.post(PATH, form)
    assert [client.post(PATH, form | {"code": f"{n:06d}"}).status_code for n in range(12)] == [422] * 12
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_a_proof_serves_one_form_again_and_again_and_no_other(client: Client, town: SmallTown) -> None:
    done = proof(client)
    assert proves(done, use="one") and proves(done, use="one")
    cache.clear()  # a cache that fills up forgets; what was used once stays used
    assert not proves(done, use="two") and proves(done, use="one")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload",
    [
        "", "pas du base64", base64.b64encode(b"[]").decode(), base64.b64encode(b'"algorithm challenge"').decode(),
        base64.b64encode(b'{"number": 1}').decode(), base64.b64encode(b"\xff\xfe").decode(), "é" * 40,
        base64.b64encode(
            b'{"algorithm":"SHA-256","challenge":"a","number":1,"salt":"a?expires=x&","signature":"b"}'
        ).decode(),
    ],
)  # fmt: skip
def test_a_forged_proof_proves_nothing(payload: str) -> None:
    assert not proves(payload, use="one")


@pytest.mark.django_db
def test_an_expired_proof_proves_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "SECONDS", -5)
    assert not proves(proof(client), use="one")


@pytest.mark.django_db
def test_a_whole_network_has_a_limit_too(client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    spend(monkeypatch, BARE_NETWORK=2)
    answers = []
    for n in range(3):
        form = filled(client, words=f"Trou {n}.", place=f"Coin {n}")
        answers.append(client.post(PATH, form, REMOTE_ADDR=f"198.51.100.{n + 1}").status_code)
    elsewhere = client.post(
        PATH, filled(client, words="Trou d'ailleurs.", place="Ailleurs"), REMOTE_ADDR="192.0.2.1"
    ).status_code
    assert (answers, elsewhere) == ([302, 302, 422], 302)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::5", "2001:db8:1::/48"), ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"), ("inconnue", "inconnue"),
    ],
)  # fmt: skip
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


# --- Kept to be looked at -----------------------------------------------------------------------------------------


@pytest.fixture
def flooded(client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A request sent while too many came from everywhere."""
    spend(monkeypatch, BARE_TOWN=0)
    return client.post(PATH, filled(client, pin="") | {"photos": [picture()]})


@pytest.mark.django_db
def test_in_a_flood_a_request_is_kept_whole_and_opened_as_it_was_sent(
    client: Client, town: SmallTown, flooded: Any, run_jobs: Callable[[], int]
) -> None:
    page = html_of(client.get(flooded["Location"]))
    assert "gardée" in page and not Case.objects.exists() and not Outgoing.objects.exists()
    held = HeldRequest.objects.get()
    assert (held.contact.state, held.contact.text) == ("waiting", "Un trou profond.")
    opened = open_held(contact_id=held.contact_id, by=town.agent)
    case = Case.objects.get()
    assert opened.case == case and case.address == town.address and case.person and case.person.name == "Rose Aubé"
    assert case.entries.get(seq=1).files.count() == 1 and case.entries.get(seq=1).by_citizen
    assert client.get(flooded["Location"])["Location"] == f"/demande/recue/{case.secret}/"
    run_jobs()
    assert Outgoing.objects.get().to == "rose@exemple.ca"
    held.refresh_from_db()
    assert held.values == {} and open_held(contact_id=held.contact_id, by=town.agent).case == case


@pytest.mark.django_db
def test_in_a_flood_what_shows_a_browser_is_opened_at_once(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(monkeypatch, BARE_TOWN=0)
    assert "/recue/" in sent(client, altcha=proof(client))["Location"]


@pytest.mark.django_db
def test_sent_twice_in_a_flood_it_is_kept_once(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(monkeypatch, BARE_TOWN=0)
    form = filled(client)
    assert "/gardee/" in client.post(PATH, form)["Location"] and "/gardee/" in client.post(PATH, form)["Location"]
    assert (HeldRequest.objects.count(), Contact.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_an_agent_opens_it_or_sets_it_aside_and_brings_it_back(
    client: Client, town: SmallTown, flooded: Any, signed_in: Callable[[User], Client]
) -> None:
    desk, held = signed_in(town.agent), HeldRequest.objects.get()
    listed = html_of(desk.get("/desk/inbox/held/"))
    assert "Un trou profond." in listed and "Rose Aubé" in listed and "1 photo" in listed
    desk.post(f"/desk/inbox/held/{held.contact_id}/spam/")
    assert not held_requests() and held_requests(set_aside=True) == [held]
    refused = html_of(desk.post(f"/desk/inbox/held/{held.contact_id}/open/", follow=True))
    assert "ramenez-la" in refused and not Case.objects.exists()
    desk.post(f"/desk/inbox/held/{held.contact_id}/restore/")
    opened = html_of(desk.post(f"/desk/inbox/held/{held.contact_id}/open/", follow=True))
    assert Case.objects.get().reference in opened
    assert desk.post("/desk/inbox/held/987654/open/").status_code == 404


@pytest.mark.django_db
def test_what_robots_sent_does_not_hide_the_contacts_that_wait(
    town: SmallTown, flooded: Any, signed_in: Callable[[User], Client]
) -> None:
    assert not waiting_contacts(town.agent) and figures_of_the_moment().waiting == 0
    held, desk = HeldRequest.objects.get(), signed_in(town.agent)
    refuse_held(contact_id=held.contact_id, by=town.agent)
    again = html_of(desk.post(f"/desk/inbox/held/{held.contact_id}/spam/", follow=True))
    assert "rien n’a changé" in again and "on peut la ramener" not in again
    restore_held(contact_id=held.contact_id, by=town.agent)
    take_contact(contact_id=held.contact_id, by=town.agent)
    for move in ("open", "spam"):
        page = html_of(desk.post(f"/desk/inbox/held/{held.contact_id}/{move}/", follow=True))
        assert "rien n’a changé" in page and not Case.objects.exists()
    assert Contact.objects.get().state == "progress" and not held_requests()


@pytest.mark.django_db
def test_what_was_set_aside_is_erased_after_ninety_days(
    town: SmallTown, flooded: Any, settings: Settings, signed_in: Callable[[User], Client]
) -> None:
    contact_id = HeldRequest.objects.get().contact_id
    refuse_held(contact_id=contact_id, by=town.agent)
    settings.PARVIS_NOW = "2027-02-21T09:00:00-05:00"
    purge_set_aside()
    assert HeldRequest.objects.get().values, "ninety days are not over"
    settings.PARVIS_NOW = "2027-02-22T09:00:00-05:00"
    purge_set_aside()
    kept = repr([*HeldRequest.objects.values(), *Contact.objects.values(), *Attachment.objects.values("name")])
    assert "Rose" not in kept and "rose@" not in kept and "trou" not in kept
    assert not Attachment.objects.filter(erased_at=None).exists() and not held_requests(set_aside=True)
    desk = signed_in(town.agent)
    assert desk.post(f"/desk/inbox/held/{contact_id}/restore/").status_code == 404


@pytest.mark.django_db
def test_the_list_costs_the_same_whatever_its_length(
    client: Client, town: SmallTown, flooded: Any, signed_in: Callable[[User], Client]
) -> None:
    desk = signed_in(town.agent)

    desk.get("/desk/inbox/held/")
    with statements() as one:
        desk.get("/desk/inbox/held/")
    for n in range(5):
        client.post(PATH, filled(client, words=f"Encore {n}."))
    with statements() as six:
        page = html_of(desk.get("/desk/inbox/held/"))
    assert page.count("Encore") == 5 and len(six) == len(one)


@pytest.mark.django_db
def test_a_forged_link_to_what_is_kept_leads_nowhere(client: Client, town: SmallTown) -> None:
    assert client.get("/demande/gardee/invente/").status_code == 404


# --- No address is kept -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_address_of_a_sender_is_kept_in_any_table_nor_shown_to_staff(
    client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch, signed_in: Callable[[User], Client]
) -> None:
    spend(monkeypatch, BARE_TOWN=1)
    for n in range(2):
        client.post(PATH, filled(client, words=f"Trou {n}.", place=f"Coin {n}"), REMOTE_ADDR=PLANTED)
    assert Case.objects.count() == 1 and HeldRequest.objects.count() == 1
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview)
                                else str(cell) for cell in row)  # fmt: skip
                assert PLANTED not in text and "203.0.113" not in text, table
    desk = signed_in(town.agent)
    case = Case.objects.get()
    for page in ("/desk/inbox/held/", f"/desk/cases/{case.reference}/", "/desk/inbox/"):
        assert PLANTED not in html_of(desk.get(page))
