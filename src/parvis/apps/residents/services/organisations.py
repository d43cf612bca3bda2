"""Organisations, and who belongs to them."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.apps.residents.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.models import Membership, Organisation
from parvis.apps.residents.queries import ORGANISATION
from parvis.apps.residents.services.files import ended, locked, make_findable, refuse, row_of, settle_organisation
from parvis.apps.residents.sounds import sound_words
from parvis.apps.search.services import fill, holder_words, index
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.words import one_line

EDITION = 1  # of the words below: what was indexed under another is indexed again by `index_organisations`


@transaction.atomic
def register_organisation(*, name: str, kind: str = Organisation.Kind.BUSINESS, by: Actor) -> Organisation:
    """A new organisation, always: those that resemble it are for the caller to show. Invalid: name, kind."""
    if by.user:
        refuse(by.user)
    organisation = Organisation(name=_name(name), kind=_kind(kind), created_at=clock.now())
    organisation.save(force_insert=True)
    _make_findable(organisation)
    return organisation


@transaction.atomic
def mend_organisation(
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
    """What is known of it from now on; the files of its people follow its name. Invalid, field by field; NotFound."""
    refuse(by)
    organisation = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    if organisation is None:
        raise NotFound(_("This organisation does not exist."))
    before = organisation.name
    organisation.name, organisation.kind = _name(name), _kind(kind)
    for field, read, typed in (("phone", clean_phone, phone), ("email", clean_email, email)):
        try:
            setattr(organisation, field, read(typed))
        except Unreadable as wrong:
            raise Invalid(str(wrong), {field: str(wrong)}) from wrong
    organisation.address = address
    organisation.address_text = "" if address else one_line(address_text)[:200]
    organisation.note = note.replace("\0", "").strip()
    organisation.save()
    _make_findable(organisation)
    if organisation.name != before:
        for row in organisation.memberships.select_related("person"):
            settle_organisation(row.person)
            make_findable(row.person)
    return organisation


@transaction.atomic
def join_organisation(
    *, person_id: int, organisation: Organisation | None, name: str = "", role: str, since: date | None = None, by: User
) -> Membership:
    """The person belongs to it: to that one, or to a new one of that name. Twice in the same role is once.

    Invalid, field by field (organisation, role, since); NotAllowed, NotFound, Conflict.
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
    theirs = organisation or register_organisation(name=name, by=Actor.staff(by))
    row = person.memberships.filter(organisation=theirs, role=role, until=None).first()
    if row is None:
        row = Membership.objects.create(person=person, organisation=theirs, role=role, since=since)
    settle_organisation(person)
    make_findable(person)
    return row


@transaction.atomic
def leave_organisation(*, person_id: int, row_id: int, on: date | None, by: User) -> Membership:
    """The person belongs to it no more since that day (today when None). Invalid (until), NotFound, Conflict."""
    refuse(by)
    row, person = row_of(Membership.objects.all(), row_id, person_id)
    row.until = row.until or ended(row, on)
    row.save(update_fields=["until"])
    settle_organisation(person)
    make_findable(person)
    return row


@transaction.atomic
def rejoin_organisation(*, person_id: int, row_id: int, by: User) -> Membership:
    """Takes back `leave_organisation`."""
    refuse(by)
    row, person = row_of(Membership.objects.all(), row_id, person_id)
    row.until = None
    row.save(update_fields=["until"])
    settle_organisation(person)
    make_findable(person)
    return row


def _name(typed: str) -> str:
    if not (name := one_line(typed)[:160]):
        wrong = _("Write the name of the organisation.")
        raise Invalid(wrong, {"name": wrong, "organisation": wrong})
    return name


def _kind(typed: str) -> str:
    if typed not in Organisation.Kind.values:
        raise Invalid(_("Choose one of the values offered."), {"kind": _("Choose one of the values offered.")})
    return typed


def index_organisations() -> Iterator[int]:
    """Makes findable the organisations that were not, or by fewer words (`search.services.fill`)."""
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
