"""Requests of the public form kept for someone to look at, when too many come at once without a proof of work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.directory.models import User
from parvis.apps.files.services import erase_files
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, HeldRequest
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.requests import open_request
from parvis.apps.places.models import Address
from parvis.apps.residents.services import Newcomer
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound

SPAM_KEPT = timedelta(days=90)
PLAIN = ("nature", "audience", "words", "details", "place_text", "near_metres", "point", "language", "english_ground")


def hold_request(
    arrival: Arrival, new_case: cases.NewCase, *, newcomer: Newcomer | None = None, reach: str = ""
) -> HeldRequest:
    """Keeps a whole request with its contact, which waits; once per `arrival.key`. No case, no letter, no promise yet.

    It is validated as an opened one would be: raises what `cases.plan` raises, and nothing is kept then.
    """
    cases.plan(new_case, by=arrival.by)
    values: dict[str, Any] = {name: getattr(new_case, name) for name in PLAIN}
    values |= {"address": new_case.address and new_case.address.pk, "near": new_case.near and new_case.near.pk}
    values |= {"reach": reach, "newcomer": _typed(newcomer)}
    with transaction.atomic():
        contact = receive(replace(arrival, attachments=tuple(new_case.photos)))
        held, _new = HeldRequest.objects.get_or_create(
            contact=contact, defaults={"subject": new_case.subject, "values": values, "at": contact.started_at}
        )
    return held


def _typed(newcomer: Newcomer | None) -> dict[str, str] | None:
    names = ("name", "phone", "email", "language", "audience", "english_ground")
    return {name: str(getattr(newcomer, name)) for name in names} if newcomer else None


def open_held(*, contact_id: int, by: User) -> cases.Opened:
    """Opens the request as its author sent it, with the promise and the letters of one opened now. Once: a second call
    gives the same case. Raises NotFound, Conflict when it was set aside or someone took its contact, and what
    `open_request` raises.
    """
    with transaction.atomic():
        held = _locked(contact_id, by)
        contact, values = held.contact, dict(held.values)
        if held.settled_at:
            matter = contact.matters.filter(case__isnull=False).first()
            if matter is None or matter.case is None:
                raise Conflict(_("This request was set aside as spam: bring it back first."))
            return cases.already_opened(matter.case)
        _refuse_unless_waiting(contact)
        newcomer = Newcomer(**values["newcomer"]) if values["newcomer"] else None
        addresses = Address.objects.select_related("street", "sector")
        plain = {name: values[name] for name in PLAIN} | {"point": tuple(values["point"]) if values["point"] else None}
        new_case = cases.NewCase(
            key=contact.key,
            subject=held.subject,
            channel=contact.channel,
            address=addresses.filter(pk=values["address"]).first(),
            near=addresses.filter(pk=values["near"]).first(),
            photos=[row.attachment for row in contact.files.select_related("attachment")],
            **plain,
        )
        arrival = Arrival(channel=contact.channel, key=contact.key, language=contact.language, text=contact.text)
        opened = open_request(arrival, new_case, newcomer=newcomer, reach=str(values["reach"]))
        _settle(held, by, {})
    return opened


def refuse_held(*, contact_id: int, by: User) -> None:
    """Sets the request aside as spam, from where `restore_held` brings it back for SPAM_KEPT.

    Raises NotFound, Conflict when it waits no more.
    """
    _move(contact_id, by, Contact.State.WAITING, Contact.State.SPAM)


def restore_held(*, contact_id: int, by: User) -> None:
    """Puts a request set aside back among those to look at. Raises NotFound."""
    _move(contact_id, by, Contact.State.SPAM, Contact.State.WAITING)


@transaction.atomic
def _move(contact_id: int, by: User, before: Contact.State, after: Contact.State) -> None:
    held = _locked(contact_id, by)
    if before == Contact.State.WAITING:
        _refuse_unless_waiting(held.contact)
    if held.contact.state != before:
        return
    held.contact.state = after
    held.contact.save(update_fields=["state"])
    if after == Contact.State.SPAM:
        _settle(held, by, held.values)
    else:
        held.settled_at, held.settled_by = None, None
        held.save(update_fields=["settled_at", "settled_by"])


def _refuse_unless_waiting(contact: Contact) -> None:
    if contact.state != Contact.State.WAITING:
        raise Conflict(_("Someone opened, took or set aside this request meanwhile: nothing changed."))


def purge_set_aside() -> int:
    """Erases what was sent, words, name and photos, of the requests set aside as spam SPAM_KEPT ago; returns how many.

    The rows stay, empty, and cannot be brought back.
    """
    rows = HeldRequest.objects.filter(contact__state=Contact.State.SPAM, settled_at__lt=now() - SPAM_KEPT)
    ids = list(rows.exclude(values={}).values_list("contact", flat=True))
    for contact_id in ids:
        with transaction.atomic():
            contact = Contact.objects.select_for_update().get(pk=contact_id)
            if contact.state != Contact.State.SPAM:  # brought back meanwhile
                continue
            HeldRequest.objects.filter(contact=contact).update(values={})
            contact.text = contact.subject_line = contact.phone = contact.english_ground = ""
            contact.save(update_fields=["text", "subject_line", "phone", "english_ground"])
            erase_files([row.attachment for row in contact.files.select_related("attachment")])
    return len(ids)


def _settle(held: HeldRequest, by: User, values: dict[str, Any]) -> None:
    held.settled_at, held.settled_by, held.values = now(), by, values
    held.save(update_fields=["settled_at", "settled_by", "values"])


def _locked(contact_id: int, by: User) -> HeldRequest:
    refuse_unless_agent(by)
    Contact.objects.select_for_update().filter(pk=contact_id).first()
    held = HeldRequest.objects.select_related("contact", "subject").filter(contact_id=contact_id).first()
    if held is None or (held.contact.state == Contact.State.SPAM and not held.values):
        raise NotFound(_("This request does not wait here any more."))
    return held
