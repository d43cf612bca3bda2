"""A person's addresses: added, ended, restored, removed. Past requests keep their own address."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.apps.residents.models import PersonAddress
from parvis.apps.residents.services.files import ended, locked, make_findable, refuse, row_of, set_main, settle_main
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line


@transaction.atomic
def add_address(
    *,
    person_id: int,
    role: str,
    address: Address | None = None,
    text: str = "",
    since: date | None = None,
    main: bool = False,
    by: User,
) -> PersonAddress:
    """Adds an address, once per role; it becomes the main one with `main`, or when there was none.

    Raises Invalid (role, place, since), NotAllowed, NotFound, Conflict.
    """
    refuse(by)
    person = locked(person_id)
    wrong: dict[str, str] = {}
    text = "" if address else one_line(text)[:200]
    if role not in PersonAddress.Role.values:
        wrong["role"] = _("Choose one of the values offered.")
    if not address and not text:
        wrong["place"] = _("Write the address.")
    if since and since > clock.today():
        wrong["since"] = _("This day is to come: write it once it has passed.")
    if wrong:
        raise Invalid(_("This address cannot be kept yet."), wrong)
    new = PersonAddress(person=person, role=role, address=address, text=text, since=since)
    current = person.addresses.filter(role=role, until=None)
    row = next((known for known in current if known.key == new.key), new)
    if row is new:
        row.save(force_insert=True)
    if main:
        set_main(person, row)
    settle_main(person)
    make_findable(person)
    return row


@transaction.atomic
def move_out(*, person_id: int, row_id: int, on: date | None, by: User) -> bool:
    """Ends an address on a day (today when None); returns whether it was the main one, then replaced by the next.

    Past requests keep it. Idempotent. Raises Invalid (until), NotAllowed, NotFound, Conflict.
    """
    refuse(by)
    row, person = row_of(PersonAddress.objects.select_related("address__street"), row_id, person_id)
    if row.until:
        return False
    row.until = ended(row, on)
    row.save(update_fields=["until"])
    main = row.label == person.postal_address
    settle_main(person)
    make_findable(person)
    return main


@transaction.atomic
def move_back(*, person_id: int, row_id: int, main: bool = False, by: User) -> PersonAddress:
    """Undoes `move_out`; with `main`, it becomes the main address again."""
    refuse(by)
    row, person = row_of(PersonAddress.objects.select_related("address__street"), row_id, person_id)
    row.until = None
    row.save(update_fields=["until"])
    if main:
        set_main(person, row)
    settle_main(person)
    make_findable(person)
    return row


@transaction.atomic
def set_main_address(*, person_id: int, row_id: int, by: User) -> PersonAddress:
    """Makes it the main address, used for letters. Raises Invalid (until) when the person has left it."""
    refuse(by)
    row, person = row_of(PersonAddress.objects.select_related("address__street"), row_id, person_id)
    if not row.holds(clock.today()):
        raise Invalid.in_field("until", _("The person is no longer there."))
    set_main(person, row)
    make_findable(person)
    return row


@transaction.atomic
def remove_address(*, person_id: int, row_id: int, by: User) -> None:
    """Deletes an address entered by mistake; a former one is ended instead (`move_out`)."""
    refuse(by)
    row, person = row_of(PersonAddress.objects.all(), row_id, person_id)
    row.delete()
    settle_main(person)
    make_findable(person)
