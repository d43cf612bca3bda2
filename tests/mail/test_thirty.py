"""The thirty points of the mail channel, of which docs/build/mail.md names the tests; those of no other file."""

import pytest
from django.conf import settings

from parvis.apps.cases.models import Entry
from parvis.apps.cases.services.merging import merging
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Contact
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.rules.threads import reply_address
from tests.factories import SmallTown, make_person
from tests.intake.test_received_mail import ANNE, case_of, raw, received


def test_13_a_reply_to_a_merged_request_goes_to_the_one_that_stands_for_it(town: SmallTown) -> None:
    case, into = case_of(town), case_of(town)
    merging.merge(case_id=case.pk, into_id=into.pk, words="La même panne.", by=Actor.staff(town.agent))
    address = reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)
    assert received(raw("Deux lampadaires, en fait.", To=address)).outcome == "joined"
    into.refresh_from_db()
    assert Entry.objects.get(case=case, kind=Entry.Kind.REPLIED).body == "Deux lampadaires, en fait."
    echo = Entry.objects.get(case=into, kind=Entry.Kind.ECHOED)
    assert echo.data["reference"] == case.reference and into.is_open


def test_15_a_member_of_the_staff_who_writes_by_mail_acts_as_nobody(town: SmallTown) -> None:
    case = case_of(town)
    address = reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)
    for to in ("info@anse.exemple.ca", address):
        received(raw("Fermer.", From=town.agent.email, To=to, Subject=f"Re: {case.reference}"))
    case.refresh_from_db()
    assert case.is_open and not Entry.objects.filter(case=case, actor=town.agent, body__contains="Fermer").exists()


@pytest.mark.parametrize("name", ["X-Parvis-Case", "X-Desk-Command", "X-Parvis-Round-Trip"])
def test_16_a_header_of_commands_from_outside_does_nothing(town: SmallTown, name: str) -> None:
    case = case_of(town)
    incoming = received(raw("Bonjour.", **{name: f"close {case.reference}"}))
    case.refresh_from_db()
    assert incoming.outcome == "new" and case.is_open


def test_17_several_people_of_one_address_are_not_guessed_and_a_person_needs_none(town: SmallTown) -> None:
    make_person(email=ANNE)
    make_person(email=ANNE)
    received(raw())
    received(raw("Sans adresse lisible.", From="inconnu"))
    assert [contact.person for contact in Contact.objects.order_by("pk")] == [None, None]


def test_26_what_is_written_to_the_postmaster_reaches_a_person_and_is_answered_by_nobody(town: SmallTown) -> None:
    for name in ("postmaster", "abuse"):
        message = raw("Vos serveurs relaient.", From=f"admin-{name}@exemple.ca", To=f"{name}@anse.exemple.ca")
        assert received(message).outcome == "new"
    assert Contact.objects.filter(state="waiting").count() == 2
    assert not Outgoing.objects.exists()
