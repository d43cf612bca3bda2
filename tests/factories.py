"""Factories of test data. Each function returns the saved row; values not given have plain defaults."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from wagtail.models import Collection, Locale, Page

from parvis.apps.catalogue.models import Group, Nature, Question, Subject
from parvis.apps.directory.models import Department, Membership, Town, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.rules.keys import address_key, name_key
from parvis.apps.residents.models import Person, PersonAddress, PhoneNumber

_numbers = count(1)
GROUNDS = [
    {"slug": slug, "name_fr": slug, "name_en": slug, "source": "", "lasting": lasting, "days": days}
    | {"channels": [], "kinds": []}
    for slug, lasting, days in (("eligible", True, 0), ("newcomer", True, 183), ("safety", False, 0))
]
WEEK = {day: [["08:30", "12:00"], ["13:00", "16:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def make_town(**values: Any) -> Town:
    """The town, Anse-aux-Bouleaux, open on weekdays from 8:30 to 12:00 and from 13:00 to 16:30."""
    defaults = {
        "slug": "anse-aux-bouleaux",
        "name_fr": "Anse-aux-Bouleaux",
        "name_en": "Anse-aux-Bouleaux",
        "short_name": "Anse-aux-Bouleaux",
        "phone": "+14185550100",
        "email": "bonjour@anse.exemple.ca",
        "address_fr": "1, rue du Quai",
        "address_en": "1, rue du Quai",
        "hours": WEEK,
        "language_rule": {"grounds": GROUNDS},
    }
    return Town.objects.create(**defaults | values)


def make_department(slug: str, **values: Any) -> Department:
    """A department whose names are its slug unless given."""
    title = slug.capitalize()
    return Department.objects.create(slug=slug, **{"name_fr": title, "name_en": title} | values)


def make_user(username: str, *places: tuple[Department, Role], **values: Any) -> User:
    """A user with each (department, role); the password is 'le mot de passe'."""
    first, _, last = username.partition(".")
    names = {"first_name": first.capitalize(), "last_name": last.capitalize(), "email": f"{username}@anse.exemple.ca"}
    user = User.objects.create_user(username=username, password="le mot de passe", **names | values)
    for department, role in places:
        Membership.objects.create(user=user, department=department, role=role)
    return user


def make_subject(slug: str, department: Department, *, title: str = "", **values: Any) -> Subject:
    """A routable subject of the department, in the group "rues", created if needed."""
    group, _ = Group.objects.get_or_create(slug="rues", defaults={"title_fr": "Rues", "title_en": "Streets"})
    titles = {"title_fr": title or slug, "title_en": title or slug}
    return Subject.objects.create(slug=slug, department=department, **{"group": group} | titles | values)


def make_question(subject: Subject, key: str, **values: Any) -> Question:
    """A question asked before a case of the subject is opened."""
    return Question.objects.create(subject=subject, key=key, **{"label_fr": key, "label_en": key} | values)


def make_address(civic: int = 12, street: str = "rue du Quai", **values: Any) -> Address:
    """A civic address; its street and sector are created if needed."""
    road, _ = Street.objects.get_or_create(name=street, defaults={"key": name_key(street)})
    sector, _ = Sector.objects.get_or_create(
        slug="nord", defaults={"kind": "quartier", "name_fr": "Nord", "name_en": "North"}
    )
    keys = {"key": address_key(civic, "", street)}
    return Address.objects.create(civic=civic, street=road, **{"sector": sector} | keys | values)


def make_person(name: str = "Jeanne Arsenault", *, phone: str = "", **values: Any) -> Person:
    """A resident, without a phone number or an e-mail address unless given."""
    person = Person.objects.create(name=name, **{"created_at": datetime(2026, 11, 2, 14, tzinfo=UTC)} | values)
    if phone:
        PhoneNumber.objects.create(person=person, number=phone)
    if person.postal_address:
        PersonAddress.objects.create(person=person, address=person.address, text=person.address_text)
    return person


def unique(prefix: str = "key") -> str:
    """A key unique in this process."""
    return f"{prefix}-{next(_numbers)}"


@dataclass(frozen=True)
class SmallTown:
    """The rows created by `make_small_town`."""

    town: Town
    desk: Department
    works: Department
    planning: Department
    police: Department
    agent: User
    agent_and_technician: User
    technician: User
    planner: User
    editor: User
    manager: User
    privacy_officer: User
    treasurer: User
    instructor: User
    leisure_manager: User
    communications: User
    clerk: User
    administrator: User
    key_maker: User
    citizen: User
    pothole: Subject
    streetlight: Subject
    shed: Subject
    opinion: Subject
    address: Address

    @property
    def staff(self) -> dict[Role, User]:
        """One user per role, who holds no other. `key_maker`, an administrator who answers, makes keys of any scope."""
        return {
            Role.AGENT: self.agent,
            Role.TECHNICIAN: self.technician,
            Role.EDITOR: self.editor,
            Role.MANAGER: self.manager,
            Role.PRIVACY_OFFICER: self.privacy_officer,
            Role.TREASURER: self.treasurer,
            Role.INSTRUCTOR: self.instructor,
            Role.LEISURE_MANAGER: self.leisure_manager,
            Role.COMMUNICATIONS: self.communications,
            Role.CLERK: self.clerk,
            Role.ADMINISTRATOR: self.administrator,
        }


def make_small_town() -> SmallTown:
    """A desk, works and planning, an external body, one user per role, four subjects, one address."""
    town = make_town()
    if not Page.objects.exists():  # a test that empties every table erased what the migrations wrote
        Locale.objects.get_or_create(language_code="fr")
        Page.add_root(title="Root", slug="root")
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
    desk = make_department("accueil", kind=Department.Kind.DESK, extension="10")
    works = make_department("voirie", extension="20")
    planning = make_department("batiment", extension="30")
    police = make_department("police", kind=Department.Kind.EXTERNAL, phone="+14185550199")
    manager = make_user("marc.roy", (works, Role.MANAGER), extension="21")
    works.head = manager
    works.save()
    pothole = make_subject("nid-de-poule", works, title="Nid-de-poule", place="required", proof="words")
    make_question(pothole, "taille", kind="choice", choices=[{"value": "grand", "fr": "Grand", "en": "Large"}])
    return SmallTown(
        town=town,
        desk=desk,
        works=works,
        planning=planning,
        police=police,
        agent=make_user("alice.cote", (desk, Role.AGENT), extension="11"),
        agent_and_technician=make_user("basile.huot", (desk, Role.AGENT), (planning, Role.TECHNICIAN)),
        technician=make_user("tina.caron", (works, Role.TECHNICIAN), extension="22"),
        planner=make_user("paul.ouellet", (planning, Role.TECHNICIAN), extension="31"),
        editor=make_user("edith.blais", (desk, Role.EDITOR)),
        manager=manager,
        privacy_officer=make_user("prune.landry", (desk, Role.PRIVACY_OFFICER)),
        treasurer=make_user("theo.morin", (desk, Role.TREASURER)),
        instructor=make_user("ines.gauthier", (desk, Role.INSTRUCTOR)),
        leisure_manager=make_user("lise.arsenault", (desk, Role.LEISURE_MANAGER)),
        communications=make_user("colin.sirois", (desk, Role.COMMUNICATIONS)),
        clerk=make_user("gaston.pelletier", (desk, Role.CLERK)),
        administrator=make_user("adele.thibault", (desk, Role.ADMINISTRATOR)),
        key_maker=make_user("iris.paquet", (desk, Role.ADMINISTRATOR), (desk, Role.AGENT)),
        citizen=make_user("claude.dube"),
        pothole=pothole,
        streetlight=make_subject("lampadaire", works, title="Lampadaire éteint"),
        shed=make_subject(
            "cabanon", planning, title="Cabanon", answerable=True, nature=Nature.INFORMATION, place="none"
        ),
        opinion=make_subject("commentaire", desk, title="Commentaire", nature=Nature.COMMENT, place="none"),
        address=make_address(),
    )
