"""Registering people without duplicates, and updating their files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.models import Actor
from parvis.apps.directory.queries import language_rule
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Membership, Organisation, Person, PersonAddress, PhoneNumber
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.queries.people import lookalikes
from parvis.apps.residents.services.files import make_findable, of_file, refuse, settle_organisation
from parvis.apps.residents.services.organisations import register_organisation
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.i18n.languages import clean
from parvis.lib.words import one_line

MAX_PHONES = 6


@dataclass(frozen=True)
class Newcomer:
    """A possibly new person, as typed; `find_or_register` and `register_from_public_form` look for an existing file."""

    name: str
    phone: str = ""
    email: str = ""
    language: str = "fr"
    audience: str = Audience.RESIDENT
    address: Address | None = None
    address_text: str = ""
    english_ground: str = ""
    reach: str = ""  # how they wish to be told, on a public form; by default by the means they give

    @property
    def wished_reach(self) -> str:
        """How they wish to be told: by e-mail when they give an address and say nothing of it, else by phone."""
        by_means = Person.Reach.EMAIL if self.email else Person.Reach.PHONE if self.phone else Person.Reach.NONE
        return self.reach or by_means

    @property
    def address_label(self) -> str:
        """The address in words."""
        return self.address.label if self.address else one_line(self.address_text)


def register_person(
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
    """Creates a person; the caller checks for duplicates (`residents.queries.people.lookalikes`).

    An empty `reach`, or "phone" without an e-mail address, is stored as "email". Raises Invalid by field when the name
    is missing or the phone or e-mail is invalid; NotAllowed when `by` may neither write persons nor open cases.
    """
    if by.user and not (by.user.may(Action.WRITE_PERSON) or by.user.may(Action.OPEN_CASE)):
        raise NotAllowed(_("Your role does not let you register a person."))
    wrong: dict[str, str] = {}
    person = Person(
        name=_name(name, wrong),
        email=_parse(clean_email, email, "email", wrong),
        language=clean(language),
        audience=_choice(audience, Audience.values, "audience", wrong),
        organisation=one_line(organisation)[:160],
        address=address,
        address_text=one_line(address_text)[:200],
        note=note.replace("\0", "").strip(),
        created_at=clock.now(),
    )
    reach = _choice(reach or Person.Reach.EMAIL, Person.Reach.values, "reach", wrong)
    person.reach = _effective_reach(reach, person.email)
    number = _parse(clean_phone, phone, "phone", wrong)
    _require_address(person, wrong)
    _raise_invalid(wrong)
    with transaction.atomic():
        person.save(force_insert=True)
        if number:
            PhoneNumber.objects.create(person=person, number=number)
        if person.address or person.address_text:  # someone new has nothing to end
            _sync_address(person)
        if person.organisation:
            _sync_organisation(person)
        make_findable(person)
    return person


def find_or_register(newcomer: Newcomer, *, by: Actor) -> Person:
    """Returns the person with the same name and phone or e-mail, after filling the blanks of their file; or a new one.

    A person whose file contradicts what is typed (another e-mail or address), or has no room for the number, does not
    match, so that nothing typed is lost. Raises Invalid and NotAllowed as `register`.
    """
    name = one_line(newcomer.name)[:160]
    for person in lookalikes(newcomer.phone, newcomer.email):
        if person.name.casefold() == name.casefold() and not _contradicts(newcomer, person):
            return _fill(person, newcomer, by)
    return register_person(
        name=newcomer.name,
        phone=newcomer.phone,
        email=newcomer.email,
        language=newcomer.language,
        audience=newcomer.audience,
        address=newcomer.address,
        address_text="" if newcomer.address else newcomer.address_text,
        by=by,
    )


def register_from_public_form(newcomer: Newcomer) -> Person:
    """Returns the person behind a public form: an existing one only when the file holds exactly what was typed.

    Name, e-mail, phone and contact preference must all be equal, so that a form can neither change a file, redirect its
    owner's mail, nor reveal what it holds. Anything else creates a person, for an agent to merge. Raises Invalid
    (name, phone, email, reach) as `register`.
    """
    name, email = one_line(newcomer.name)[:160].casefold(), newcomer.email.strip().lower()
    reach = newcomer.wished_reach
    for known in lookalikes(newcomer.phone, newcomer.email):
        numbers = [row.number for row in known.phones.all()]
        preference = _effective_reach(known.reach, known.email)
        same = (known.name.casefold(), known.email, preference) == (name, email, _effective_reach(reach, email))
        if same and numbers == ([clean_phone(newcomer.phone)] if newcomer.phone.strip() else []):
            return known
    person = register_person(
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


def _effective_reach(reach: str, email: str) -> str:
    """Asking to be phoned is a preference only for those who have an e-mail address."""
    return Person.Reach.EMAIL if reach == Person.Reach.PHONE and not email else reach


def _contradicts(newcomer: Newcomer, person: Person) -> bool:
    """Whether adding what is typed would replace something in the file."""
    email = newcomer.email.strip().lower()
    if email and person.email and email != person.email:
        return True
    numbers = [row.number for row in person.phones.all()]
    if newcomer.phone.strip() and len(numbers) >= MAX_PHONES and clean_phone(newcomer.phone) not in numbers:
        return True
    current, typed = person.postal_address, newcomer.address_label
    return bool(current and typed) and current.casefold() != typed.casefold()


def _fill(person: Person, newcomer: Newcomer, by: Actor) -> Person:
    """Adds to the file what it lacks."""
    email = newcomer.email if newcomer.email.strip() and not person.email else None
    place = (newcomer.address or newcomer.address_text.strip()) and not (person.address or person.address_text)
    return update_person(
        person=person,
        phone=newcomer.phone,
        email=email,
        address=newcomer.address if place else None,
        address_text=("" if newcomer.address else newcomer.address_text) if place else None,
        by=by,
    )


def update_person(
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
    """Updates the fields given; None leaves a field unchanged. `phone` adds a number, `phones` replaces them all.

    `address` replaces the address; `address_text` alone replaces it by words. Raises Invalid as `register`, and
    NotAllowed when `by` may not write persons.
    """
    if by.user:
        refuse(by.user)
    wrong: dict[str, str] = {}
    with transaction.atomic():
        file = Person.objects.select_for_update().get(pk=person.merged_into_id or person.pk)
        if name is not None:
            file.name = _name(name, wrong)
        if email is not None:
            file.email = _parse(clean_email, email, "email", wrong)
        if language is not None:
            file.language = clean(language)
        if audience is not None:
            file.audience = _choice(audience, Audience.values, "audience", wrong)
        if reach is not None:
            file.reach = _choice(reach, Person.Reach.values, "reach", wrong)
        former_organisation = file.organisation
        if organisation is not None:
            file.organisation = one_line(organisation)[:160]
        if note is not None:
            file.note = note.replace("\0", "").strip()
        former_address = (file.address_id, "" if file.address_id else file.address_text.casefold())
        if address is not None or address_text is not None:
            file.address, file.address_text = address, one_line(address_text or "")[:200]
        _require_address(file, wrong)
        numbers = _new_numbers(file, phone, phones, wrong)
        _raise_invalid(wrong)
        file.save()
        _set_phones(file, numbers)
        if address is not None or address_text is not None:
            _sync_address(file, former_address)
        if file.organisation != former_organisation:
            _sync_organisation(file)
        make_findable(file)
    return file


def keep_ground(*, person: Person, ground: str) -> None:
    """Records a lasting ground for writing to the person in English; an unchanged ground keeps its date."""
    if language_rule().is_ground(ground) and person.english_ground != ground:
        person.language, person.english_ground, person.english_since = "en", ground, clock.today()
        person.save(update_fields=["language", "english_ground", "english_since"])


def _new_numbers(person: Person, phone: str | None, phones: Sequence[str] | None, wrong: dict[str, str]) -> list[str]:
    numbers = [row.number for row in person.phones.order_by("pk")]
    most = max(MAX_PHONES, len(numbers))  # merged files may hold more
    if phones is not None:
        numbers = [_parse(clean_phone, text, "phone", wrong) for text in phones]
    if phone:
        numbers.append(_parse(clean_phone, phone, "phone", wrong))
    return list(dict.fromkeys(filter(None, numbers)))[-most:]


def _set_phones(person: Person, numbers: list[str]) -> None:
    PhoneNumber.objects.filter(of_file(person)).exclude(number__in=numbers).delete()
    rows = [PhoneNumber(person=person, number=number) for number in numbers]
    PhoneNumber.objects.bulk_create(rows, ignore_conflicts=True)


def _sync_address(person: Person, former: tuple[int | None, str] = (None, "")) -> None:
    """Adds the main address to the person's addresses, and ends the one that it replaces (key `former`)."""
    row = PersonAddress(person=person, address=person.address, text="" if person.address else person.address_text)
    if row.label and all(address.key != row.key for address in person.addresses.filter(until=None)):
        row.save(force_insert=True)
    replaced = [address.pk for address in person.addresses.filter(until=None) if address.key == former != row.key]
    person.addresses.filter(pk__in=replaced).update(until=clock.today())


def _sync_organisation(person: Person) -> None:
    """Makes the typed organisation the person's only current one, from today on."""
    name = person.organisation
    person.memberships.filter(until=None).exclude(organisation__name=name).update(until=clock.today())
    if name and not person.memberships.filter(until=None).exists():
        organisation = Organisation.objects.filter(name__iexact=name).order_by("pk").first()
        organisation = organisation or register_organisation(name=name, by=Actor.system())
        Membership.objects.create(person=person, organisation=organisation)
        settle_organisation(person)


def _name(text: str, wrong: dict[str, str]) -> str:
    name = one_line(text)[:160]
    if not name:
        wrong["name"] = _("Write the person’s name.")
    return name


def _parse(parse: Callable[[str], str], text: str, field: str, wrong: dict[str, str]) -> str:
    try:
        return parse(text)
    except Unreadable as error:
        wrong[field] = str(error)
        return ""


def _choice(value: str, allowed: Sequence[str], field: str, wrong: dict[str, str]) -> str:
    if value not in allowed:
        wrong[field] = _("Choose one of the values offered.")
    return value


def _require_address(person: Person, wrong: dict[str, str]) -> None:
    if person.reach == Person.Reach.PAPER and not person.postal_address:
        wrong["address"] = _("A letter wants a postal address.")


def _raise_invalid(wrong: dict[str, str]) -> None:
    if wrong:
        raise Invalid(_("Some of this must be mended before the person can be kept."), wrong)
