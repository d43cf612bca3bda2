"""Signs that speak NTCIP 1203: shown, read back, refused, cleared alone."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.panels import tasks
from parvis.apps.panels.channels import ntcip, snmp
from parvis.apps.panels.models import Screen
from parvis.apps.panels.queries.items import proofs_of_play
from parvis.apps.panels.rules import multi
from parvis.apps.panels.rules.rotation import ALERT
from parvis.apps.panels.services import items
from tests.factories import SmallTown
from tests.panels.makers import make_screen
from tests.panels.sign import StandInSign, serving

NOW = datetime(2026, 12, 1, 21, 5, tzinfo=UTC)
# What RFC 1157 and the basic encoding rules make of the request "get 1.3.6.1.4.1.1206.4.2.3.6.17.0" to "public".
VERSION_AND_COMMUNITY = bytes.fromhex("020100 0406 7075626c6963")
NO_ERROR_AND_OBJECT = bytes.fromhex("020100 020100 3013 3011 060d 2b0601040189360402030611 00 0500")


@pytest.fixture
def sign() -> Iterator[StandInSign]:
    with serving() as stand_in:
        yield stand_in


@pytest.fixture
def screen(town: SmallTown, sign: StandInSign, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Screen:
    settings.PARVIS_NOW = NOW.isoformat()
    monkeypatch.setattr(snmp.Client, "seconds", 0.05)
    manager: User = town.staff[Role.COMMUNICATIONS]
    values: dict[str, Any] = {"kind": "sign", "sign_host": "127.0.0.1", "sign_port": sign.port}
    return make_screen(manager, name="Montée", width=96, height=24, **values)


def show(text: str, key: str = "a", **values: Any) -> None:
    items.show(key=key, text_fr=text, **{"expires_at": NOW + timedelta(minutes=90)} | values)


def synced(screen: Screen) -> Screen:
    tasks.sync_sign(screen.pk)
    screen.refresh_from_db()
    return screen


def test_the_octets_of_a_request_are_those_of_the_standard(sign: StandInSign) -> None:
    client = snmp.Client("127.0.0.1", sign.port, "public", seconds=0.05)
    assert client.get(ntcip.ACTIVATE_ERROR) == 2
    [octets] = sign.received
    head, rest = octets[: 2 + len(VERSION_AND_COMMUNITY)], octets[2 + len(VERSION_AND_COMMUNITY) :]
    assert head == bytes([0x30, len(octets) - 2]) + VERSION_AND_COMMUNITY
    number = rest[4 : 4 + rest[3]]
    assert rest == bytes([0xA0, len(rest) - 2, 2, len(number)]) + number + NO_ERROR_AND_OBJECT


@pytest.mark.parametrize("value", [0, 127, 128, 255, 65_535, b"", b"x" * 300])
def test_what_is_written_is_read_back(sign: StandInSign, value: int | bytes) -> None:
    client = snmp.Client("127.0.0.1", sign.port, "public", seconds=0.05)
    client.set((ntcip.COMM_LOSS_MESSAGE, value))
    assert client.get(ntcip.COMM_LOSS_MESSAGE) == value
    with pytest.raises(snmp.Refusal, match="error 2 on object 1"):
        client.get((1, 3, 6, 1))


def test_a_letter_that_the_font_lacks_is_spelt() -> None:
    assert (
        multi.spell("Œuvre à Noël, l’été « 7\u00a0h »", lambda code: chr(code) == "é")
        == 'OEuvre a Noel, l\'été " 7 h "'
    )
    assert multi.message([["[a]", "b"], ["c"]], page_seconds=4) == b"[pt40o0][[a]][nl]b[np]c"


@pytest.mark.django_db
def test_a_message_is_shown_read_back_proved_corrected_and_cleared(screen: Screen, sign: StandInSign) -> None:
    show("Bac brun. Été à Noël avant 7 h.")
    synced(screen)
    assert sign.shows == "Bac brun[nl]Eté a Noel avant[nl]7 h."
    assert sign.objects[ntcip.COMM_LOSS_TIME] == 10 and sign.objects[ntcip.COMM_LOSS_MESSAGE] == bytes([7, 0, 1, 0, 0])
    minutes, priority = int.from_bytes(sign.activations[0][:2], "big"), sign.activations[0][2]
    assert (minutes, priority) == (90, 255), "activated over any message, whose own priority stays in its row"
    assert sign.objects[(*ntcip.ROW, ntcip.PRIORITY, ntcip.CHANGEABLE, ntcip.NUMBER)] == 100
    assert (screen.shows_key, screen.sign_error, screen.seen_at) == ("a", "", NOW)
    assert [painted.screen for painted in proofs_of_play("a")] == ["Montée"]
    synced(screen)
    assert len(sign.activations) == 1, "what it shows already is not sent again"
    show("Bac bleu.")
    synced(screen)
    assert sign.shows == "Bac bleu."
    sign.lose_power()
    synced(screen)
    assert sign.shows == "Bac bleu.", "after a power loss"
    items.remove(key="a")
    synced(screen)
    assert sign.shows == "" and screen.shows_text == ""


@pytest.mark.django_db
def test_three_pages_at_most_whole_messages_and_what_is_cut_is_told(screen: Screen, sign: StandInSign) -> None:
    show("Un message\nde deux pages, sur six lignes de seize lettres au plus")
    show("Un autre message.", key="b")
    synced(screen)
    assert sign.shows.count("[np]") <= 2 and sign.shows.startswith("[pt40o0]Un message")
    sign.objects[ntcip.MAX_PAGES] = 1
    show(
        "Le tournoi ouvert à tous se tient samedi à dix heures, au centre, et la rue est fermée.",
        key="c",
        priority=ALERT,
    )
    synced(screen)
    assert "[np]" not in sign.shows and "coupé" in screen.sign_error
    sign.objects[ntcip.MAX_OCTETS] = 12
    synced(screen)
    assert len(sign.shows) <= 12


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "words"), [(3, "priority"), (8, "syntaxMULTI"), (9, "localMode")])
def test_a_refused_activation_tells_the_error_that_the_sign_gives(
    screen: Screen, sign: StandInSign, number: int, words: str
) -> None:
    sign.refuses = number
    show("Bac brun.")
    synced(screen)
    assert words in screen.sign_error and proofs_of_play("a") == []
    sign.refuses = 0
    assert synced(screen).sign_error == "" and sign.shows == "Bac brun."


@pytest.mark.django_db
def test_a_sign_that_cuts_loses_doubles_or_hangs_never_passes_for_one_that_painted(
    screen: Screen, sign: StandInSign
) -> None:
    sign.keeps = 4
    show("Bac brun.")
    assert "other words" in synced(screen).sign_error and proofs_of_play("a") == []
    sign.keeps, sign.loses, sign.doubles = 10_000, 2, True
    assert synced(screen).sign_error == "" and len(proofs_of_play("a")) == 1
    sign.hangs = True
    seen = screen.seen_at
    synced(screen)
    assert "no answer" in screen.sign_error and screen.seen_at == seen
    sign.hangs, sign.objects[ntcip.ERRORS] = False, 1 << 2 | 1 << 5
    assert synced(screen).sign_error == "power, pixel"
    sign.garbles, sign.objects[ntcip.ERRORS] = 2, 0
    assert synced(screen).sign_error == "", "octets that are no message are passed over"


@pytest.mark.django_db
def test_an_end_that_moves_is_given_to_the_sign_which_drops_alone_what_lapses(
    screen: Screen, sign: StandInSign, settings: Settings
) -> None:
    show("Bac brun.")
    synced(screen)
    assert sign.left == 90
    show("Bac brun.", expires_at=NOW + timedelta(minutes=8))
    assert synced(screen).sign_error == "" and (sign.left, len(sign.activations)) == (8, 1)
    show("Bac brun.", expires_at=NOW + timedelta(hours=3))
    assert synced(screen).sign_error == "" and (sign.left, len(sign.activations)) == (180, 1)
    show("Bac brun.", expires_at=NOW + timedelta(minutes=8, seconds=30))
    synced(screen)
    sign.pass_minutes(7)
    assert sign.shows == "Bac brun."
    sign.pass_minutes(1)
    assert sign.shows == "", "nobody spoke to it: it dropped the message before its end"
    settings.PARVIS_NOW = (NOW + timedelta(minutes=8)).isoformat()
    assert synced(screen).sign_error == "" and sign.shows == "", "less than a minute is left: a sign counts in minutes"


@pytest.mark.django_db
def test_an_end_later_than_a_sign_can_count_is_given_again_as_time_passes(
    screen: Screen, sign: StandInSign, settings: Settings
) -> None:
    end = NOW + timedelta(days=60)
    show("Travaux tout l’hiver.", expires_at=end)
    assert synced(screen).sign_error == "" and sign.left == ntcip.LONGEST
    sign.pass_minutes(3)
    settings.PARVIS_NOW = (NOW + timedelta(minutes=3)).isoformat()
    assert synced(screen).sign_error == "" and len(sign.activations) == 1, "it lasts: nothing is sent to it"
    sign.pass_minutes(ntcip.LONGEST - 10)
    sign.quiet, later = 0, NOW + timedelta(minutes=ntcip.LONGEST - 7)
    show("Travaux tout l’hiver.", expires_at=end)
    settings.PARVIS_NOW = later.isoformat()
    assert synced(screen).sign_error == "" and "Travaux" in sign.shows
    assert sign.left == (end - later).total_seconds() // 60


def test_a_sign_is_reached_by_the_kind_of_address_that_its_name_has(
    sign: StandInSign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving("::1") as other:
        known = {"panneau.ville.example": ("::1", other.port), "ancien.ville.example": ("127.0.0.1", sign.port)}
        real = socket.getaddrinfo

        def names(host: Any, *rest: Any, **more: Any) -> Any:
            return real(known[host][0] if host in known else host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", names)
        for name, (_address, port) in known.items():
            assert snmp.Client(name, port, "public", seconds=0.05).get(ntcip.ACTIVATE_ERROR) == 2
    with pytest.raises(snmp.Silence):
        snmp.Client("aucun.ville.invalid", sign.port, "public", seconds=0.05).get(ntcip.ACTIVATE_ERROR)


@pytest.mark.django_db
def test_a_sign_that_nobody_speaks_to_clears_alone(screen: Screen, sign: StandInSign) -> None:
    show("Bac brun.", expires_at=NOW + timedelta(days=2))
    synced(screen)
    sign.pass_minutes(9)
    assert sign.shows == "Bac brun."
    sign.pass_minutes(1)
    assert sign.shows == ""
    assert synced(screen).sign_error == "" and sign.shows == "Bac brun."


@pytest.mark.django_db
def test_an_end_is_sent_with_the_whole_message_to_a_sign_whose_time_cannot_be_written(
    screen: Screen, sign: StandInSign
) -> None:
    show("Bac brun.")
    synced(screen)
    sign.time_is_fixed = True
    show("Bac brun.", expires_at=NOW + timedelta(minutes=20))
    assert synced(screen).sign_error == "" and (sign.left, len(sign.activations)) == (20, 2)
    sign.time_is_fixed, sign.deaf_to_time = False, True
    show("Bac brun.", expires_at=NOW + timedelta(minutes=30))
    assert synced(screen).sign_error == "" and (sign.left, len(sign.activations)) == (30, 3)


@pytest.mark.django_db
def test_a_sign_is_given_the_end_of_its_own_hours(screen: Screen, sign: StandInSign) -> None:
    Screen.objects.filter(pk=screen.pk).update(on_at="06:00", off_at="17:00")
    show("Bac brun.")
    synced(screen)
    assert sign.left == 55, "it is 16:05 in the town"
