"""The town of this database as a generator knows it, and the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings

from bench.seeding.town_data import Asking, Office, Spoken, Staff, Topic, TownData
from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer
from parvis.apps.content.queries.answers import render
from parvis.apps.directory.models import Absence, Department, Membership, Town, User
from parvis.apps.directory.queries import calendar_of, desk, town
from parvis.apps.directory.rules.permissions import TABLE, Action, Role
from parvis.apps.places.models import Address
from parvis.lib.errors import NotAllowed
from parvis.operations.demo.people import Spot

HALF = 0.4  # what someone who also has a department of their own gives to the desk


@dataclass(frozen=True)
class Rows:
    """The rows that the house stands for, by number."""

    town: Town
    users: Mapping[int, User]
    subjects: Mapping[int, Subject]
    addresses: Mapping[int, Address]


def read(first: date, last: date) -> tuple[TownData, Rows]:
    """The town, its working time from the first day to the last. NotAllowed when nobody answers or works there."""
    place = town()
    users = {user.pk: user for user in User.objects.filter(is_active=True, memberships__isnull=False).distinct()}
    offices, agents = _offices(users)
    subjects = {row.pk: row for row in _subjects()}
    addresses = {row.pk: row for row in Address.objects.select_related("street", "sector").order_by("pk")}
    if not agents or not subjects:
        raise NotAllowed("Examples need a town with subjects, and people who answer: run parvis load-town first.")
    house = TownData(
        name=place.name_fr,
        zone=ZoneInfo(settings.TIME_ZONE),
        calendar=calendar_of(range(first.year, last.year + 1)),
        english=place.english,
        topics=tuple(_topic(row) for row in subjects.values()),
        offices=offices,
        desk=offices[desk().slug],
        agents=agents,
        spots=tuple(Spot(row.pk, row.label, row.street.name) for row in addresses.values()),
        away=tuple(Absence.objects.order_by("pk").values_list("user_id", "first_day", "last_day")),
    )
    return house, Rows(place, users, subjects, addresses)


def _offices(users: Mapping[int, User]) -> tuple[dict[str, Office], tuple[Staff, ...]]:
    """Every department by slug, and those who answer at the desk.

    The cases of a department where nobody works go to its head, else to whoever may work on any case.
    """
    roles: dict[int, set[tuple[int, Role]]] = {}
    for user, department, role in Membership.objects.order_by("pk").values_list("user_id", "department_id", "role"):
        if user in users:
            roles.setdefault(user, set()).add((department, Role(role)))

    def holds(pk: int, action: Action, department: int | None = None) -> bool:
        return any(action in TABLE[role] for place, role in roles.get(pk, ()) if department in (None, place))

    staff = {pk: _staff(user, len({place for place, _role in roles[pk]})) for pk, user in users.items()}
    anywhere = tuple(one for pk, one in staff.items() if any(role == Role.MANAGER for _place, role in roles[pk]))
    offices = {}
    for row in Department.objects.filter(active=True).order_by("pk"):
        workers = tuple(one for pk, one in staff.items() if holds(pk, Action.WORK_CASE, row.pk))
        head = staff.get(row.head_id or 0)
        led = (head,) if head and head in anywhere else anywhere
        names = {"name_fr": row.name_fr, "name_en": row.name_en}
        outside = row.kind == Department.Kind.EXTERNAL
        offices[row.slug] = Office(row.pk, row.slug, outside=outside, workers=workers or led, head=head, **names)
    if not all(office.workers or office.outside for office in offices.values()):
        raise NotAllowed("Examples need someone who may work on the requests of every department.")
    return offices, tuple(one for pk, one in staff.items() if holds(pk, Action.TAKE_CONTACT))


def _staff(user: User, places: int) -> Staff:
    return Staff(user.pk, user.username, user.display_name, user.extension, 1.0 if places == 1 else HALF)


def _subjects() -> list[Subject]:
    rows = Subject.objects.filter(active=True).select_related("department", "external_body", "level_up", "answer")
    return list(rows.prefetch_related("questions", "variants").order_by("position", "slug"))


def _topic(row: Subject) -> Topic:
    said: dict[str, list[str]] = {"fr": [], "en": []}
    for variant in sorted(row.variants.all(), key=lambda example_question: example_question.pk):
        said.setdefault(variant.language, []).append(variant.text)
    return Topic(
        pk=row.pk,
        slug=row.slug,
        titles={"fr": row.title_fr, "en": row.title_en},
        nature=row.nature,
        place=row.place,
        urgent=row.urgent,
        target=row.target,
        ack=row.ack,
        proof=row.proof,
        office=row.department.slug,
        level_up=row.level_up.slug if row.level_up else "",
        external_body=row.external_body_id,
        answerable=row.answerable and hasattr(row, "answer"),
        routable=row.routable,
        questions=tuple(
            Asking(
                question.key,
                question.kind,
                question.required,
                tuple(str(choice["value"]) for choice in question.choices),
            )
            for question in row.questions.all()
        ),
        said={lang: tuple(texts) for lang, texts in said.items()},
    )


class Speaking:
    """The published answers, each rendered once for each language and audience."""

    def __init__(self, today: date) -> None:
        rows = Answer.objects.filter(live=True).select_related("subject", "owner").prefetch_related("audience_variants")
        self._answers = {row.subject.slug: row for row in rows}
        self._said: dict[tuple[str, str, str], Spoken] = {}
        self._today = today

    def __contains__(self, slug: str) -> bool:
        return slug in self._answers

    def say(self, slug: str, lang: str, audience: str) -> Spoken:
        """The answer on a subject that has one."""
        wanted = (slug, lang, audience)
        if wanted not in self._said:
            answer = self._answers[slug]
            shown = render(answer, lang, audience=audience, today=self._today)
            words, facts = shown.short, shown.given_facts
            self._said[wanted] = Spoken(answer.pk, answer.live_revision_id, words.lang, words.plain, facts)
        return self._said[wanted]
