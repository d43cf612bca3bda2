"""Requests of the public form kept for someone to look at, when too many come at once without a proof of work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.request_place import Place, place_of
from parvis.apps.cases.services.opening import new_cases
from parvis.apps.directory.models import User
from parvis.apps.files.services.attachments import erase_files
from parvis.apps.intake.models import Contact, HeldRequest
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.requests import NewRequest, arrival_of, new_case_of, open_request
from parvis.apps.places.models import Address
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound

SPAM_KEPT = timedelta(days=90)
ANSWERED = ("nature", "audience", "words", "details", "language", "english_ground")
PLACED = ("place_text", "near_metres", "point")
TYPED = ("name", "phone", "email", "language", "audience", "english_ground")


def hold_request(request: NewRequest) -> HeldRequest:
    """Keeps a whole request with its contact, which waits; once per `request.key`. No case, no letter, no promise yet.

    It is validated as an opened one would be: raises what `cases.plan` raises, and nothing is kept then.
    """
    new_case, newcomer = new_case_of(request), request.newcomer
    new_cases.plan(new_case, by=request.by)
    values: dict[str, Any] = {name: getattr(new_case, name) for name in ANSWERED + PLACED}
    values |= {"address": new_case.address and new_case.address.pk, "reach": newcomer.reach if newcomer else ""}
    values["newcomer"] = {name: str(getattr(newcomer, name)) for name in TYPED} if newcomer else None
    with transaction.atomic():
        contact = receive(replace(arrival_of(request), attachments=tuple(request.photos)))
        held, _new = HeldRequest.objects.get_or_create(
            contact=contact, defaults={"subject": request.subject, "values": values, "at": contact.started_at}
        )
    return held


def open_held(*, contact_id: int, by: User) -> new_cases.Opened:
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
            return new_cases.already_opened(matter.case)
        _refuse_unless_waiting(contact)
        request = NewRequest(
            key=contact.key,
            subject=held.subject,
            channel=contact.channel,
            place=_place_of(values),
            photos=[row.attachment for row in contact.files.select_related("attachment")],
            newcomer=Newcomer(**values["newcomer"], reach=values["reach"]) if values["newcomer"] else None,
            **{name: values[name] for name in ANSWERED},
        )
        opened = open_request(request)
        _settle(held, by, {})
    return opened


def _place_of(values: dict[str, Any]) -> Place:
    """The place as it was given; what is near its point is looked up again."""
    address = Address.objects.select_related("street", "sector").filter(pk=values["address"]).first()
    words = "" if values["near_metres"] is not None else str(values["place_text"])
    return place_of(address, words, tuple(values["point"]) if values["point"] else None)


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
