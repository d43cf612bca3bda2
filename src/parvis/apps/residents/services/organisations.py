"""Organisations and their members."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Membership, Organisation, Person
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.queries.people import ORGANISATION
from parvis.apps.residents.rules.phonetics import sound_words
from parvis.apps.residents.services.files import ended, locked, make_findable, refuse, row_of, settle_organisation
from parvis.apps.search.services import fill, holder_words, index
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line

EDITION = 1  # of the indexed words; `index_organisations` reindexes rows of another edition


@transaction.atomic
def register_organisation(*, name: str, kind: str = Organisation.Kind.BUSINESS, by: Actor) -> Organisation:
    """Creates an organisation; the caller checks for duplicates. Raises Invalid (name, kind), NotAllowed."""
    if by.user:
        refuse(by.user)
    organisation = Organisation(name=_name(name), kind=_kind(kind), created_at=clock.now())
    organisation.save(force_insert=True)
    _make_findable(organisation)
    return organisation


@transaction.atomic
def update_organisation(
    *,
    organisation_id: int,
    name: str,
    kind: str,
    phone: str,
    email: str,
    address: Address | None = None,
    address_text: str = "",
    note: str = "",
    by: User,
) -> Organisation:
    """Updates an organisation, and its name in its members' files. Raises Invalid by field, NotAllowed, NotFound."""
    refuse(by)
    organisation = locked_row(Organisation.objects.filter(pk=organisation_id), _("This organisation does not exist."))
    former_name = organisation.name
    organisation.name, organisation.kind = _name(name), _kind(kind)
    for field, parse, text in (("phone", clean_phone, phone), ("email", clean_email, email)):
        try:
            setattr(organisation, field, parse(text))
        except Unreadable as error:
            raise Invalid.in_field(field, str(error)) from error
    organisation.address = address
    organisation.address_text = "" if address else one_line(address_text)[:200]
    organisation.note = note.replace("\0", "").strip()
    organisation.save()
    _make_findable(organisation)
    if organisation.name != former_name:
        for membership in organisation.memberships.select_related("person"):
            _refresh(membership.person)
    return organisation


@transaction.atomic
def join_organisation(
    *, person_id: int, organisation: Organisation | None, name: str = "", role: str, since: date | None = None, by: User
) -> Membership:
    """Adds the person to the organisation, or to a new one of that `name`; once per role.

    Raises Invalid (organisation, role, since), NotAllowed, NotFound, Conflict.
    """
    refuse(by)
    person = locked(person_id)
    wrong: dict[str, str] = {}
    if organisation is None and not one_line(name):
        wrong["organisation"] = _("Write the name of the organisation.")
    if role not in Membership.Role.values:
        wrong["role"] = _("Choose one of the values offered.")
    if since and since > clock.today():
        wrong["since"] = _("This day is to come: write it once it has passed.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    organisation = organisation or register_organisation(name=name, by=Actor.staff(by))
    membership = person.memberships.filter(organisation=organisation, role=role, until=None).first()
    if membership is None:
        membership = Membership.objects.create(person=person, organisation=organisation, role=role, since=since)
    _refresh(person)
    return membership


@transaction.atomic
def leave_organisation(*, person_id: int, row_id: int, on: date | None, by: User) -> Membership:
    """Ends a membership on a day (today when None). Raises Invalid (until), NotAllowed, NotFound, Conflict."""
    refuse(by)
    membership, person = row_of(Membership.objects.all(), row_id, person_id)
    membership.until = membership.until or ended(membership, on)
    membership.save(update_fields=["until"])
    _refresh(person)
    return membership


@transaction.atomic
def rejoin_organisation(*, person_id: int, row_id: int, by: User) -> Membership:
    """Undoes `leave_organisation`."""
    refuse(by)
    membership, person = row_of(Membership.objects.all(), row_id, person_id)
    membership.until = None
    membership.save(update_fields=["until"])
    _refresh(person)
    return membership


def _refresh(person: Person) -> None:
    settle_organisation(person)
    make_findable(person)


def _name(text: str) -> str:
    if not (name := one_line(text)[:160]):
        error = _("Write the name of the organisation.")
        raise Invalid(error, {"name": error, "organisation": error})
    return name


def _kind(value: str) -> str:
    if value not in Organisation.Kind.values:
        raise Invalid.in_field("kind", _("Choose one of the values offered."))
    return value


def index_organisations() -> Iterator[int]:
    """Indexes the organisations not indexed yet in this EDITION (`search.services.fill`)."""
    return fill(kind=ORGANISATION, edition=EDITION, batch=_batch)


def _batch(after: int, size: int) -> dict[int, str]:
    rows = Organisation.objects.select_for_update(of=("self",), no_key=True).select_related("address__street")
    return {row.pk: _words(row) for row in rows.filter(pk__gt=after).order_by("pk")[:size]}


def _make_findable(organisation: Organisation) -> None:
    index(kind=ORGANISATION, object_id=organisation.pk, words=_words(organisation))


def _words(organisation: Organisation) -> str:
    number = holder_words(organisation.phone) if organisation.phone else ""
    words = [organisation.name, organisation.email, organisation.place, number, sound_words(organisation.name)]
    return " ".join(words)
