"""Opens a request from a contact in hand, or from one that is made with it and ends at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening import new_cases
from parvis.apps.catalogue.models import Audience, Channel, SiteCode, Subject
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.queries.access import owned, refuse_if_done
from parvis.apps.intake.services.alerts import carry_threat
from parvis.apps.intake.services.contacts import end, keep_ground, lasting_ground, read_file, receive_once
from parvis.apps.intake.services.matters import add_matter, settled_before
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import Newcomer, find_or_register, register_from_public_form


@dataclass(frozen=True)
class NewRequest:
    """A request as it was made on any channel. `key` identifies the submission: the same key twice opens one request.

    `contact_id` is a contact that the agent `by` has in hand, whose channel and person stand; without it, a contact is
    made. `newcomer` is registered: by `residents.services.people.find_or_register` when staff open the request, by
    `register_from_public_form` otherwise. `into` is an open request about the same thing, to merge this one into.
    """

    key: str
    subject: Subject
    channel: str = Channel.WEB
    nature: str = ""  # that of the subject by default
    words: str = ""
    details: Mapping[str, str] | None = None  # answers to the questions of the subject
    place: Place = Place()
    photos: Sequence[Attachment] = ()
    language: str = "fr"
    english_ground: str = ""  # for writing in English, if the town's policy allows it
    audience: str = Audience.RESIDENT
    urgent: bool = False
    site_code: SiteCode | None = None  # the code from which it is sent
    by: Actor = field(default_factory=Actor.citizen)
    contact_id: int | None = None
    finish: bool = False  # ends the contact in hand too
    person: Person | None = None
    newcomer: Newcomer | None = None
    anonymous: bool = False  # by choice: a caller known to the town is not recorded
    on_behalf_of: str = ""
    into: int | None = None
    follows: bool = False  # already reported by someone: its place and questions are not required
    reference: str = ""  # reserved before, and already given to the person
    at: datetime | None = None  # when it was made, if entered later
    seconds: int | None = None  # the length of its contact


def open_request(request: NewRequest) -> new_cases.Opened:
    """Records the contact, its matter, its person and the case in one transaction, once per `request.key`.

    Raises what `cases.open_case`, `cases.merge`, `receive` and the registration of a person raise, and Conflict when
    the key settled something else; nothing is saved then.
    """
    new_case, by = new_case_of(request), request.by
    planned = new_cases.plan(new_case, by=by)
    with transaction.atomic():
        contact = _contact_of(request)
        # Otherwise `open_case` detects a repeated key.
        if request.newcomer is not None or contact.state == Contact.State.DONE:
            if earlier := _opened_before(request.key, contact):
                return earlier
            refuse_if_done(contact)
        new_case = _with_requester(new_case, contact, request)
        opened = new_cases.open_case(new_case, by=by, planned=planned)
        if not opened.created and (earlier := _opened_before(request.key, contact)):
            return earlier
        _record_matter(contact, new_case, opened)
        if by.user:
            carry_threat(contact, opened.case, by.user)
        if request.into is not None:
            words = _("The agent heard the same thing in a contact.") if by.user else ""
            merging.merge(case_id=opened.case.pk, into_id=request.into, words=words, by=by)
        if request.finish or request.contact_id is None:
            length = request.seconds
            end(contact, None if length is None else contact.started_at + timedelta(seconds=length))
    return opened


def new_case_of(request: NewRequest) -> new_cases.NewCase:
    """The case that a request asks for, with the person and the channel that it names."""
    place = request.place
    return new_cases.NewCase(
        key=request.key,
        subject=request.subject,
        nature=request.nature or request.subject.nature,
        channel=request.channel,
        language=request.language,
        english_ground=request.english_ground,
        audience=request.audience,
        words=request.words,
        details=request.details,
        address=place.address,
        place_text="" if place.address else place.text,
        near_metres=place.near_metres,
        point=place.point,
        near=place.near,
        person=request.person,
        on_behalf_of=request.on_behalf_of,
        urgent=request.urgent,
        photos=request.photos,
        site_code=request.site_code,
        follows=request.follows,
        anonymous=request.anonymous,
        reference=request.reference,
        asked_at=request.at,
    )


def arrival_of(request: NewRequest) -> Arrival:
    """The contact to make for a request. What an agent writes of one is in its matter only."""
    return Arrival(
        channel=request.channel,
        key=request.key,
        by=request.by,
        person=request.person,
        language=request.language,
        english_ground=request.english_ground,
        audience=request.audience,
        text="" if request.by.user else request.words,
        at=request.at,
    )


def _contact_of(request: NewRequest) -> Contact:
    if request.contact_id is not None and request.by.user:
        return owned(request.contact_id, request.by.user)
    contact, new = receive_once(arrival_of(request))
    return contact if new else Contact.objects.select_for_update().get(pk=contact.pk)


def _with_requester(new_case: new_cases.NewCase, contact: Contact, request: NewRequest) -> new_cases.NewCase:
    """Adds the requester and their ground for English; the ground in their file is used only when staff open it."""
    by, person, ground = request.by, new_case.person, new_case.english_ground or contact.english_ground
    if request.newcomer is not None:
        person = find_or_register(request.newcomer, by=by) if by.user else register_from_public_form(request.newcomer)
    if person and by.user:
        read_file(contact, person, by.user)
    person = None if new_case.anonymous else person or contact.person
    if person and by.user:
        ground = ground or lasting_ground(person)
    return replace(new_case, channel=contact.channel, person=person, english_ground=ground)


def _record_matter(contact: Contact, new_case: new_cases.NewCase, opened: new_cases.Opened) -> None:
    """Records the matter, and the requester and ground for English on its contact."""
    contact.person = new_case.person or contact.person
    if contact.agent_id and new_case.english_ground and new_case.language == "en":
        contact.english_ground = new_case.english_ground
        keep_ground(contact)
    add_matter(
        contact,
        Matter.Outcome.CASE,
        key=new_case.key,
        words=new_case.words,
        subject=new_case.subject,
        nature=new_case.nature,
        note="",
        at=opened.case.opened_at,
        case=opened.case,
        department=opened.case.department,
    )


def _opened_before(key: str, contact: Contact) -> new_cases.Opened | None:
    """The case that the same submission opened, if any; raises as `settled_before`."""
    matter = settled_before(key, contact.pk, Matter.Outcome.CASE)
    return new_cases.already_opened(matter.case) if matter and matter.case else None
