"""Conversion of a legacy case to a case and its journal entries."""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from parvis.apps.cases.destinations import Destination, route_for
from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.services import LegacyHistory, Step
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.promises import promise
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import assignee_for, desk, working_calendar
from parvis.apps.residents.models import Person
from parvis.operations.importing.legacy_case import LegacyCase, Note

BY_CITIZEN = ("web", "email", "mobile", "open311", "social", "letter")
EMAIL_LABELS = {"label_fr": "Courriel, comme écrit", "label_en": "E-mail, as written"}
NUMBER_LABELS = {"label_fr": "Numéro dans le système précédent", "label_en": "Number in the earlier system"}


def history(
    legacy_case: LegacyCase, *, key: str, system: str, file: str, person: Person | None, moment: datetime
) -> LegacyHistory:
    """The case to create, with its original opening time, and its journal entries; `moment` is that of the import."""
    route = route_for(
        legacy_case.subject,
        legacy_case.address,
        legacy_case.words,
        legacy_case.audience,
        legacy_case.nature,
        point=legacy_case.point,
    )
    department, external_body = _owners(legacy_case, route)
    comment = legacy_case.nature == Nature.COMMENT
    case = Case(
        key=key,
        subject=legacy_case.subject,
        nature=legacy_case.nature,
        audience=legacy_case.audience,
        channel=legacy_case.channel,
        language=legacy_case.language,
        title=legacy_case.title,
        words=legacy_case.words,
        details=[*_former_number(legacy_case, system), *legacy_case.details, *_other_email(legacy_case, person)],
        address=legacy_case.address,
        place_text=legacy_case.place_text,
        latitude=legacy_case.point[0] if legacy_case.point else None,
        longitude=legacy_case.point[1] if legacy_case.point else None,
        person=person,
        department=department,
        external_body=external_body,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=legacy_case.urgent or (legacy_case.is_open and route.urgent),
        promise=legacy_case.subject.target if legacy_case.due_at and not comment else "",
        due_at=None if comment else legacy_case.due_at,
        opened_at=legacy_case.opened_at,
    )
    data = {
        "channel": legacy_case.channel,
        "subject": legacy_case.subject.slug,
        "nature": legacy_case.nature,
        "rule": route.rule_name,
    }
    opening = EntryDraft(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by_citizen=legacy_case.channel in BY_CITIZEN,
        body=legacy_case.words,
        data={**data, "imported": {"system": system, "number": legacy_case.number}},
    )
    past = sorted([*_notes(legacy_case), *_closing(legacy_case)], key=lambda step: step.at)
    owner = _owner(legacy_case, department, route, moment)
    steps = [*past, _import_step(legacy_case, system, file, owner, moment)]
    return LegacyHistory(case, opening, steps, f"{legacy_case.number} {system}")


def late_notes(legacy_case: LegacyCase, known: Collection[str]) -> list[Step]:
    """The notes of the case whose hashes are not among `known`."""
    return [step for step in _notes(legacy_case) if (step.line.data or {})["note"] not in known]


def _owners(legacy_case: LegacyCase, route: Destination) -> tuple[Department, Department | None]:
    """(department that follows it, external body it belongs to if any), from the file, else from the town's rules."""
    if legacy_case.department is None:
        return route.department, route.external_body
    if legacy_case.department.kind != Department.Kind.EXTERNAL:
        return legacy_case.department, route.external_body
    department = legacy_case.subject.department
    return (desk() if department.kind == Department.Kind.EXTERNAL else department), legacy_case.department


def _owner(legacy_case: LegacyCase, department: Department, route: Destination, moment: datetime) -> User | None:
    if not legacy_case.is_open:
        return None
    if legacy_case.owner and department.pk in legacy_case.owner.department_ids:
        return legacy_case.owner
    owner = route.owner if department.pk == route.department.pk else None
    return assignee_for(department, owner=owner, on=working_calendar().local(moment).date())


def _former_number(legacy_case: LegacyCase, system: str) -> list[dict[str, str]]:
    if not legacy_case.number:
        return []
    shown = f"{legacy_case.number} ({system})"
    return [
        {"key": "earlier_number", **NUMBER_LABELS, "value": legacy_case.number, "shown_fr": shown, "shown_en": shown}
    ]


def _other_email(legacy_case: LegacyCase, person: Person | None) -> list[dict[str, str]]:
    """The e-mail address of the line, as a detail, when the person's record has another one."""
    email = legacy_case.person.email if legacy_case.person else ""
    if not person or email in ("", person.email):
        return []
    return [{"key": "earlier_email", **EMAIL_LABELS, "value": email, "shown_fr": email, "shown_en": email}]


def _notes(legacy_case: LegacyCase) -> list[Step]:
    return [Step(note.at or legacy_case.opened_at, _note_entry(note)) for note in legacy_case.notes]


def _note_entry(note: Note) -> EntryDraft:
    """An entry with a hash of the note, so that importing the same file again adds nothing."""
    when = note.at.astimezone(UTC).isoformat() if note.at else ""
    digest = sha256(f"{when}\n{note.words}".encode()).hexdigest()[:24]
    return EntryDraft(Entry.Kind.NOTED, body=note.words, data={"note": digest})


def _closing(legacy_case: LegacyCase) -> list[Step]:
    if legacy_case.is_open or legacy_case.closed_at is None:
        return []
    changes = {"state": State.CLOSED, "closing_reason": legacy_case.reason, "closed_at": legacy_case.closed_at}
    entry = EntryDraft(Entry.Kind.CLOSED, body=legacy_case.answer, data={"reason": legacy_case.reason})
    return [Step(legacy_case.closed_at, entry, changes)]


def _import_step(legacy_case: LegacyCase, system: str, file: str, owner: User | None, moment: datetime) -> Step:
    """The import itself: the origin of the case and, when open, its owner, state and promise."""
    source = {"system": system, "number": legacy_case.number, "file": file, "line": legacy_case.line}
    with override(settings.LANGUAGE_CODE):
        words = _("Brought from %(system)s, number %(number)s (%(file)s, line %(line)d).") % {
            **source,
            "number": legacy_case.number or pgettext("number", "none"),
        }
    changes: dict[str, Any] = {}
    if legacy_case.is_open and legacy_case.state != State.NEW:
        changes = {"state": legacy_case.state}
    if legacy_case.state == State.WAITING and legacy_case.nature != Nature.COMMENT:
        changes["pauses"] = [[moment.isoformat(), None]]
    if owner:
        changes["owner_id"] = owner.pk
    if legacy_case.is_open and legacy_case.due_at is None and legacy_case.nature != Nature.COMMENT:
        due = promise(moment, legacy_case.subject.target, working_calendar()).due_at
        changes |= {"promise": legacy_case.subject.target, "due_at": due}
        with override(settings.LANGUAGE_CODE):
            words += " " + _("It came without a date: it is promised from this day on, and nobody was told.")
    return Step(moment, EntryDraft(Entry.Kind.NOTED, body=words, data={"imported": source}), changes)
