"""What leaves with a case sent to an outside server, as its form shows it; and why a case may not leave."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.public_cases import public_cases, public_photos
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.open311.models import Forwarding, ServiceMapping
from parvis.apps.open311.queries import forwarding
from parvis.apps.places.rules.shapes import Point
from parvis.apps.residents.queries.access import Field
from parvis.surfaces.desk.gate import can_see


@dataclass(frozen=True)
class Leaving:
    """What leaves beside the words: the same as `open311.services.forwarding.sending.values_of` sends.

    `person`: name, e-mail and phone, as far as they are filled in; empty when their server may not be told, or when
    the user may not read them.
    """

    service: str
    answers: dict[str, str]
    place: str
    point: Point | None
    photo: Attachment | None
    person: tuple[str, ...] = ()


def leaving(case: Case, mapping: ServiceMapping, user: User) -> Leaving:
    """What leaves with this case to that service."""
    public = public_cases().filter(pk=case.pk).first()
    photos = public_photos(public) if public else []
    names = {str(row.get("code")): str(row.get("name")) for row in mapping.server.services}
    return Leaving(
        service=names.get(mapping.service_code, mapping.service_code),
        answers=mapping.attributes,
        place=case.full_place,
        point=case.point or (case.address.point if case.address else None),
        photo=photos[0] if photos else None,
        person=_person(case, user) if mapping.server.sends_person else (),
    )


def _person(case: Case, user: User) -> tuple[str, ...]:
    person = case.person.canonical if case.person else None
    if person is None or person.address_protected or not can_see(user, person, Field.PHONE, of=case):
        return ()
    phone = person.phones.first()
    return tuple(filter(None, (person.name, person.email, phone.number if phone else "")))


def may_leave(case: Case) -> bool:
    """Whether a case is of those that may be sent to outside servers at all."""
    kept = case.place_protected or is_restricted(case.subject_id)
    return case.nature == Nature.REQUEST and not case.merged_into_id and not kept


def why_it_stays(case: Case) -> str:
    """Why the case cannot be sent now, in words for the user; "" when it can."""
    if live := live_sending(case):
        return still_with(live)
    if may_leave(case):
        return ""
    if is_restricted(case.subject_id):
        return _("A restricted request is read by some posts only: nothing leaves by Open311.")
    if case.place_protected:
        return _("The address of this person is protected: nothing leaves by Open311; call the body instead.")
    return _("Only a request of its own leaves by Open311: this one is merged, or asks for no work.")


def live_sending(case: Case) -> Forwarding | None:
    """The sending under way of the case. One query."""
    return next((row for row in forwarding.forwardings_of(case) if row.is_live), None)


def still_with(live: Forwarding) -> str:
    """The words that say with which server the case is."""
    return _("%(server)s has this request already: take it back first, on its page.") % {"server": live.server.name}
