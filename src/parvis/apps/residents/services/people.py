"""Keeping people: registered once by whoever answers them, mended later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import language_rule
from parvis.apps.places.models import Address
from parvis.apps.residents.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.models import Membership, Organisation, Person, PersonAddress, PhoneNumber
from parvis.apps.residents.queries import lookalikes
from parvis.apps.residents.services.files import make_findable, of_file, settle_organisation
from parvis.apps.residents.services.organisations import register_organisation
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.languages import clean
from parvis.lib.words import one_line

MAX_PHONES = 6


@dataclass(frozen=True)
class Newcomer:
    """Someone whom an agent writes down as new, as it was typed; whether they are new is for `welcome` to say."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "fr"
    audience: str = Audience.RESIDENT
    address: Address | None = None
    address_text: str = ""
    english_ground: str = ""


def register(
    *,
    name: str,
    phone: str = "",
    email: str = "",
    language: str = "fr",
    audience: str = Audience.RESIDENT,
    address: Address | None = None,
    address_text: str = "",
    organisation: str = "",
    reach: str = "",
    note: str = "",
    by: Actor,
) -> Person:
    """A new person, always: whom they resemble is for the caller to show (`residents.queries.lookalikes`).

    `reach` is a wish: left empty, or by phone without an e-mail to leave aside, it is by e-mail once there is one.
    Invalid, field by field, when the name is missing or the phone or e-mail cannot be read. NotAllowed when `by` may
    neither keep people nor open cases.
    """
    if by.user and not (by.user.may(Action.WRITE_PERSON) or by.user.may(Action.OPEN_CASE)):
        raise NotAllowed(_("Your role does not let you register a person."))
    wrong: dict[str, str] = {}
    person = Person(
        name=_name(name, wrong),
        email=_read(clean_email, email, "email", wrong),
        language=clean(language),
        audience=_choice(audience, Audience.values, "audience", wrong),
        organisation=one_line(organisation)[:160],
        address=address,
        address_text=one_line(address_text)[:200],
        note=note.replace("\0", "").strip(),
        created_at=clock.now(),
    )
    person.reach = _wish(_choice(reach or Person.Reach.EMAIL, Person.Reach.values, "reach", wrong), person.email)
    number = _read(clean_phone, phone, "phone", wrong)
    _want_an_address(person, wrong)
    _refuse(wrong)
    with transaction.atomic():
        person.save(force_insert=True)
        if number:
            PhoneNumber.objects.create(person=person, number=number)
        _dwell(person)
        _belong(person)
        make_findable(person)
    return person


def welcome(newcomer: Newcomer, *, by: Actor) -> Person:
    """The person known under that very name with that number or e-mail, the blanks of their file filled; or a new one.

    When what is typed contradicts the file (another e-mail, another address), or leaves no room for the number, it is
    somebody else's: a new person, so that nothing typed is lost. Invalid and NotAllowed as for `register`.
    """
    name = one_line(newcomer.name)[:160]
    for known in lookalikes(newcomer.phone, newcomer.email):
        if known.name.casefold() == name.casefold() and not _contradicts(newcomer, known):
            return _fill(known, newcomer, by)
    return register(
        name=newcomer.name,
        phone=newcomer.phone,
        email=newcomer.email,
        language=newcomer.language,
        audience=newcomer.audience,
        address=newcomer.address,
        address_text="" if newcomer.address else newcomer.address_text,
        by=by,
    )


def welcome_stranger(newcomer: Newcomer, *, reach: str) -> Person:
    """The person behind a form that anyone may fill: a known one only when the file says just what was typed.

    The same name, e-mail, number and wish to be reached, nothing more and nothing less: so nobody changes a file, nor
    has its owner written to elsewhere, nor learns what it holds. Anything else is a new person, for an agent to put
    together. Invalid, field by field (name, phone, email, reach), as for `register`.
    """
    name, email = one_line(newcomer.name)[:160].casefold(), newcomer.email.strip().lower()
    for known in lookalikes(newcomer.phone, newcomer.email):
        held = [row.number for row in known.phones.all()]
        wish = _wish(known.reach, known.email)
        same = (known.name.casefold(), known.email, wish) == (name, email, _wish(reach, email))
        if same and held == ([clean_phone(newcomer.phone)] if newcomer.phone.strip() else []):
            return known
    person = register(
        name=newcomer.name,
        phone=newcomer.phone,
        email=newcomer.email,
        language=newcomer.language,
        audience=newcomer.audience,
        reach=reach,
        by=Actor.citizen(),
    )
    keep_ground(person=person, ground=newcomer.english_ground)
    return person


def _wish(reach: str, email: str) -> str:
    """To be called is a wish of those alone who could be written to."""
    return Person.Reach.EMAIL if reach == Person.Reach.PHONE and not email else reach


def _contradicts(newcomer: Newcomer, known: Person) -> bool:
    """Whether some of what is typed could not be added to the file without replacing what it holds."""
    email = newcomer.email.strip().lower()
    if email and known.email and email != known.email:
        return True
    held = [row.number for row in known.phones.all()]
    if newcomer.phone.strip() and len(held) >= MAX_PHONES and clean_phone(newcomer.phone) not in held:
        return True
    kept = known.address.label if known.address else known.address_text
    typed = newcomer.address.label if newcomer.address else one_line(newcomer.address_text)
    return bool(kept and typed) and kept.casefold() != typed.casefold()


def _fill(known: Person, newcomer: Newcomer, by: Actor) -> Person:
    """Adds to the file what it lacks; an e-mail is the way to reach them from now on, unless they asked otherwise."""
    email = newcomer.email if newcomer.email.strip() and not known.email else None
    place = (newcomer.address or newcomer.address_text.strip()) and not (known.address or known.address_text)
    return update(
        person=known,
        phone=newcomer.phone,
        email=email,
        address=newcomer.address if place else None,
        address_text=("" if newcomer.address else newcomer.address_text) if place else None,
        by=by,
    )


def update(
    *,
    person: Person,
    name: str | None = None,
    phone: str | None = None,
    phones: Sequence[str] | None = None,
    email: str | None = None,
    language: str | None = None,
    audience: str | None = None,
    address: Address | None = None,
    address_text: str | None = None,
    organisation: str | None = None,
    reach: str | None = None,
    note: str | None = None,
    by: Actor,
) -> Person:
    """Change what is given; None leaves a field as it is. `phone` adds a number, `phones` replaces them all.

    `address` replaces the address; `address_text` given without it replaces both by words. Invalid and NotAllowed as
    for `register`, save that mending a file asks for the right to keep people.
    """
    if by.user and not by.user.may(Action.WRITE_PERSON):
        raise NotAllowed(_("Your role does not let you change a person’s file."))
    wrong: dict[str, str] = {}
    with transaction.atomic():
        kept = Person.objects.select_for_update().get(pk=person.merged_into_id or person.pk)
        if name is not None:
            kept.name = _name(name, wrong)
        if email is not None:
            kept.email = _read(clean_email, email, "email", wrong)
        if language is not None:
            kept.language = clean(language)
        if audience is not None:
            kept.audience = _choice(audience, Audience.values, "audience", wrong)
        if reach is not None:
            kept.reach = _choice(reach, Person.Reach.values, "reach", wrong)
        moved = organisation is not None and one_line(organisation)[:160] != kept.organisation
        if organisation is not None:
            kept.organisation = one_line(organisation)[:160]
        if note is not None:
            kept.note = note.replace("\0", "").strip()
        left = (kept.address_id, "" if kept.address_id else kept.address_text.casefold())
        if address is not None or address_text is not None:
            kept.address, kept.address_text = address, one_line(address_text or "")[:200]
        _want_an_address(kept, wrong)
        numbers = _new_numbers(kept, phone, phones, wrong)
        _refuse(wrong)
        kept.save()
        _set_phones(kept, numbers)
        if address is not None or address_text is not None:
            _dwell(kept, left)
        if moved:
            _belong(kept)
        make_findable(kept)
    return kept


def keep_ground(*, person: Person, ground: str) -> None:
    """Keeps with the person that they are written to in English, and why, when that ground lasts; since when stays."""
    if language_rule().is_ground(ground) and person.english_ground != ground:
        person.language, person.english_ground, person.english_since = "en", ground, clock.today()
        person.save(update_fields=["language", "english_ground", "english_since"])


def _new_numbers(person: Person, phone: str | None, phones: Sequence[str] | None, wrong: dict[str, str]) -> list[str]:
    held = [row.number for row in person.phones.order_by("pk")]
    most = max(MAX_PHONES, len(held))  # two files merged may hold more
    if phones is not None:
        held = [_read(clean_phone, item, "phone", wrong) for item in phones]
    if phone:
        held.append(_read(clean_phone, phone, "phone", wrong))
    return list(dict.fromkeys(filter(None, held)))[-most:]


def _set_phones(person: Person, numbers: list[str]) -> None:
    PhoneNumber.objects.filter(of_file(person)).exclude(number__in=numbers).delete()
    rows = [PhoneNumber(person=person, number=number) for number in numbers]
    PhoneNumber.objects.bulk_create(rows, ignore_conflicts=True)


def _dwell(person: Person, left: tuple[int | None, str] = (None, "")) -> None:
    """The main address is among the addresses of the file; the one that it replaces (`left`) holds no more."""
    row = PersonAddress(person=person, address=person.address, text="" if person.address else person.address_text)
    if row.label and all(address.key != row.key for address in person.addresses.filter(until=None)):
        row.save(force_insert=True)
    gone = [address.pk for address in person.addresses.filter(until=None) if address.key == left != row.key]
    person.addresses.filter(pk__in=gone).update(until=clock.today())


def _belong(person: Person) -> None:
    """The organisation that was typed is the one to which the person belongs, from today on."""
    name = person.organisation
    person.memberships.filter(until=None).exclude(organisation__name=name).update(until=clock.today())
    if name and not person.memberships.filter(until=None).exists():
        theirs = Organisation.objects.filter(name__iexact=name).order_by("pk").first()
        theirs = theirs or register_organisation(name=name, by=Actor.system())
        Membership.objects.create(person=person, organisation=theirs)
        settle_organisation(person)


def _name(typed: str, wrong: dict[str, str]) -> str:
    name = one_line(typed)[:160]
    if not name:
        wrong["name"] = _("Write the person’s name.")
    return name


def _read(read: Callable[[str], str], typed: str, field: str, wrong: dict[str, str]) -> str:
    try:
        return read(typed)
    except Unreadable as error:
        wrong[field] = str(error)
        return ""


def _choice(value: str, allowed: Sequence[str], field: str, wrong: dict[str, str]) -> str:
    if value not in allowed:
        wrong[field] = _("Choose one of the values offered.")
    return value


def _want_an_address(person: Person, wrong: dict[str, str]) -> None:
    if person.reach == Person.Reach.PAPER and not person.postal_address:
        wrong["address"] = _("A letter wants a postal address.")


def _refuse(wrong: dict[str, str]) -> None:
    if wrong:
        raise Invalid(_("Some of this must be mended before the person can be kept."), wrong)
