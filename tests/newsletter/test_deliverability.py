"""The page that checks SPF, DKIM and DMARC, against a name server on loopback: point 31 of outreach."""

import socket
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.newsletter.queries.deliverability import check_deliverability
from parvis.apps.newsletter.rules.deliverability import Word, aligned, dkim, dmarc, spf
from tests.factories import SmallTown
from tests.name_server import NameServer

KEY = "A" * 392
GOOD = {
    "anse.exemple.ca": ["google-site-verification=1", "v=spf1 ip4:192.0.2.1 include:exemple.ca -all"],
    "k1._domainkey.anse.exemple.ca": [f"v=DKIM1; k=rsa; p={KEY}"],
    "_dmarc.anse.exemple.ca": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@anse.exemple.ca"],
}


@pytest.fixture
def names(settings: Settings) -> Iterator[dict[str, list[str]]]:
    """The TXT records of a name server on loopback."""
    server = NameServer()
    settings.PARVIS_DNS_SERVER = server.setting
    settings.PARVIS_DKIM_SELECTOR = "k1"
    settings.PARVIS_MAIL_FROM = ""
    settings.PARVIS_URL = "https://service.anse.exemple.ca"
    yield server.records
    server.close()


@pytest.mark.django_db
def test_31_the_page_tells_what_is_right_and_what_to_correct(
    town: SmallTown, names: dict[str, list[str]], signed_in: Callable[..., Client]
) -> None:
    names.update(GOOD)
    check = check_deliverability()
    assert check.good
    assert (check.spf.word, check.dkim.word, check.dmarc.word) == (Word.GOOD, Word.GOOD, Word.GOOD)
    names.clear()
    names["anse.exemple.ca"] = ["v=spf1 +all"]
    page = signed_in(town.editor).get("/desk/newsletter/deliverability/?now=1").content.decode()
    assert page.count("à corriger") == 3
    assert check_deliverability().failing == ["spf", "dkim", "dmarc"]


@pytest.mark.django_db
def test_31_a_name_server_that_is_away_is_said_so(town: SmallTown, settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    settings.PARVIS_DNS_SERVER = f"127.0.0.1:{port}"
    check = check_deliverability()
    assert check.trouble and not check.good


@pytest.mark.parametrize(
    ("rule", "records", "word"),
    [
        (spf, [], Word.MISSING),
        (spf, ["v=spf1 -all", "v=spf1 mx -all"], Word.SEVERAL),
        (spf, ["v=spf1 mx ?all"], Word.SOFT),
        (spf, ["v=spf1 " + " ".join(f"include:{n}.ca" for n in range(11)) + " -all"], Word.LOOKUPS),
        (spf, ["v=spf10 -all"], Word.MISSING),
        (dkim, ["v=DKIM1; p="], Word.REVOKED),
        (dkim, ["v=DKIM1; p=" + "A" * 216], Word.SHORT),
        (dkim, ["v=DKIM1; k=ed25519; p=" + "A" * 44], Word.GOOD),
        (dkim, ["v=DKIM1; p=%%%"], Word.BROKEN),
        (dmarc, ["v=DMARC1; p=none"], Word.WATCHES),
        (dmarc, ["v=DMARC1; p=perhaps"], Word.BROKEN),
    ],
)
def test_31_each_record_is_judged(rule: Callable[..., object], records: list[str], word: Word) -> None:
    assert rule(records).word == word  # type: ignore[attr-defined]


def test_31_the_envelope_may_be_below_the_domain_unless_dmarc_is_strict() -> None:
    assert aligned("ville.ca", "lettres.ville.ca", "v=DMARC1; p=reject")
    assert not aligned("ville.ca", "lettres.ville.ca", "v=DMARC1; p=reject; aspf=s")
    assert not aligned("ville.ca", "autreville.ca", "")
