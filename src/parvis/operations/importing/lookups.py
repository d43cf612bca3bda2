"""What the town knows of what a file names: its subjects, departments, people of the house and addresses."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places.keys import readings
from parvis.apps.places.models import Address
from parvis.operations.importing.mapping import key

ADDRESSES_KEPT = 20_000
T = TypeVar("T")


class Lookups:
    """The town as it is when the import begins; read once."""

    def __init__(self) -> None:
        subjects = list(Subject.objects.select_related("department", "external_body"))
        self._subjects = _named((subject, (subject.slug, subject.title_fr, subject.title_en)) for subject in subjects)
        departments = list(Department.objects.all())
        self._departments = _named(
            (department, (department.slug, department.name_fr, department.name_en)) for department in departments
        )
        self._users = {key(user.username): user for user in User.objects.filter(is_active=True)}
        self.address = lru_cache(maxsize=ADDRESSES_KEPT)(_address)

    def subject(self, name: str) -> Subject | None:
        """By its slug or by its title in either language."""
        return self._subjects.get(key(name))

    def department(self, name: str) -> Department | None:
        """By its slug or by its name in either language."""
        return self._departments.get(key(name))

    def user(self, name: str) -> User | None:
        """By the user name."""
        return self._users.get(key(name))


def _named(rows: Iterable[tuple[T, tuple[str, ...]]]) -> dict[str, T]:
    """The rows by each of their names, folded; the first name of a row, its slug, wins over the titles of others."""
    named: dict[str, T] = {}
    kept = list(rows)
    for rank in range(3):
        for row, names in kept:
            named.setdefault(key(names[rank]), row)
    return named


def _address(text: str) -> Address | None:
    """The civic address that the text is, exactly, when there is one and only one."""
    for way in readings(text[:120]):
        if not way.civic:
            continue
        rows = list(Address.objects.select_related("street", "sector").filter(key=way.key)[:2])
        if len(rows) == 1:
            return rows[0]
    return None
