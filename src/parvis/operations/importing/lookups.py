"""Lookups of subjects, departments, staff and addresses named in a file."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Address
from parvis.apps.places.rules.keys import readings
from parvis.operations.importing.mapping import key

ADDRESSES_CACHED = 20_000
T = TypeVar("T")


class Lookups:
    """The town's data, loaded once when the import begins."""

    def __init__(self) -> None:
        subjects = list(Subject.objects.select_related("department", "external_body"))
        self._subjects = _named((subject, (subject.slug, subject.title_fr, subject.title_en)) for subject in subjects)
        departments = list(Department.objects.all())
        self._departments = _named(
            (department, (department.slug, department.name_fr, department.name_en)) for department in departments
        )
        self._users = {key(user.username): user for user in User.objects.filter(is_active=True)}
        self.address = lru_cache(maxsize=ADDRESSES_CACHED)(_address)

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
    """The rows by each of their folded names; a slug (the first name) takes precedence over titles."""
    by_name: dict[str, T] = {}
    named_rows = list(rows)
    for rank in range(3):
        for row, names in named_rows:
            by_name.setdefault(key(names[rank]), row)
    return by_name


def _address(text: str) -> Address | None:
    """The civic address that matches the text exactly, if only one does."""
    for way in readings(text[:120]):
        if not way.civic:
            continue
        rows = list(Address.objects.select_related("street", "sector").filter(key=way.key)[:2])
        if len(rows) == 1:
            return rows[0]
    return None
