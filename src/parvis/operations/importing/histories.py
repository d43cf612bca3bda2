"""Conversion of a legacy case to a case and its journal entries."""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries.destinations import Destination, route_for
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.opening.legacy_cases import LegacyHistory, Step
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import assignee_for, desk, working_calendar
from parvis.apps.residents.models import Person
from parvis.operations.importing.legacy_case import LegacyCase, Note

BY_CITIZEN = ("web", "email", "mobile", "open311", "social", "letter")
EMAIL_LABELS = {"label_fr": "Courriel, comme écrit", "label_en": "E-mail, as written"}
DATE_LABELS = {"label_fr": "Date prévue dans le système précédent", "label_en": "Date in the earlier system"}
NUMBER_LABELS = {"label_fr": "Numéro dans le système précédent", "label_en": "Number in the earlier system"}


def history(
    legacy: LegacyCase, *, key: str, system: str, file: str, person: Person | None, moment: datetime
) -> LegacyHistory:
    """The case to create, with its original opening time, and its journal entries; `moment` is that of the import."""
    route = route_for(legacy.subject, legacy.address, legacy.words, legacy.audience, legacy.nature, point=legacy.point)
    department, external_body = _owners(legacy, route)
    comment = legacy.nature == Nature.COMMENT
    dated = legacy.due_at and not comment and not legacy.carried_over
    case = Case(
        key=key,
        subject=legacy.subject,
        nature=legacy.nature,
        audience=legacy.audience,
        channel=legacy.channel,
        language=legacy.language,
        title=legacy.title,
        words=legacy.words,
        details=[*_former(legacy, system), *legacy.details, *_other_email(legacy, person)],
        address=legacy.address,
        place_text=legacy.place_text,
        latitude=legacy.point[0] if legacy.point else None,
        longitude=legacy.point[1] if legacy.point else None,
        person=person,
        department=department,
        external_body=external_body,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=legacy.urgent or (legacy.is_open and route.urgent),
        promise=legacy.subject.target if dated else "",
        due_at=legacy.due_at if dated else None,
        carried_over_at=moment if legacy.carried_over else None,
        opened_at=legacy.opened_at,
    )
    data = {"channel": legacy.channel, "subject": legacy.subject.slug, "nature": legacy.nature, "rule": route.rule_name}
    opening = EntryDraft(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by_citizen=legacy.channel in BY_CITIZEN,
        body=legacy.words,
        data={**data, "imported": {"system": system, "number": legacy.number}},
    )
    past = sorted([*_notes(legacy), *_closing(legacy)], key=lambda step: step.at)
    owner = _owner(legacy, department, route, moment)
    steps = [*past, _import_step(legacy, system, file, owner, moment)]
    return LegacyHistory(case, opening, steps, f"{legacy.number} {system}")


def late_notes(legacy: LegacyCase, known: Collection[str]) -> list[Step]:
    """The notes of the case whose hashes are not among `known`."""
    return [step for step in _notes(legacy) if (step.line.data or {})["note"] not in known]


def _owners(legacy: LegacyCase, route: Destination) -> tuple[Department, Department | None]:
    """(department that follows it, external body it belongs to if any), from the file, else from the town's rules."""
    if legacy.department is None:
        return route.department, route.external_body
    if legacy.department.kind != Department.Kind.EXTERNAL:
        return legacy.department, route.external_body
    department = legacy.subject.department
    return (desk() if department.kind == Department.Kind.EXTERNAL else department), legacy.department


def _owner(legacy: LegacyCase, department: Department, route: Destination, moment: datetime) -> User | None:
    if not legacy.is_open:
        return None
    if legacy.owner and department.pk in legacy.owner.department_ids:
        return legacy.owner
    owner = route.owner if department.pk == route.department.pk else None
    return assignee_for(department, owner=owner, on=working_calendar().local(moment).date())


def _former(legacy: LegacyCase, system: str) -> list[dict[str, str]]:
    """The number that it had, and the date that it was given there when that is not promised here."""
    details = []
    if legacy.number:
        shown = f"{legacy.number} ({system})"
        details.append({**_detail("earlier_number", shown, NUMBER_LABELS), "value": legacy.number})
    if legacy.carried_over and legacy.due_at:
        day = working_calendar().local(legacy.due_at).date()
        details.append(_detail("earlier_date", day.isoformat(), DATE_LABELS))
    return details


def _detail(key: str, value: str, labels: dict[str, str]) -> dict[str, str]:
    return {"key": key, **labels, "value": value, "shown_fr": value, "shown_en": value}


def _other_email(legacy: LegacyCase, person: Person | None) -> list[dict[str, str]]:
    """The e-mail address of the line, as a detail, when the person's record has another one."""
    email = legacy.person.email if legacy.person else ""
    if not person or email in ("", person.email):
        return []
    return [_detail("earlier_email", email, EMAIL_LABELS)]


def _notes(legacy: LegacyCase) -> list[Step]:
    return [Step(note.at or legacy.opened_at, _note_entry(note)) for note in legacy.notes]


def _note_entry(note: Note) -> EntryDraft:
    """An entry with a hash of the note, so that importing the same file again adds nothing."""
    when = note.at.astimezone(UTC).isoformat() if note.at else ""
    digest = sha256(f"{when}\n{note.words}".encode()).hexdigest()[:24]
    return EntryDraft(Entry.Kind.NOTED, body=note.words, data={"note": digest})


def _closing(legacy: LegacyCase) -> list[Step]:
    if legacy.is_open or legacy.closed_at is None:
        return []
    changes = {"state": State.CLOSED, "closing_reason": legacy.reason, "closed_at": legacy.closed_at}
    entry = EntryDraft(Entry.Kind.CLOSED, body=legacy.answer, data={"reason": legacy.reason})
    return [Step(legacy.closed_at, entry, changes)]


def _import_step(legacy: LegacyCase, system: str, file: str, owner: User | None, moment: datetime) -> Step:
    """The import itself: the origin of the case and, when open, its owner, state and promise."""
    source = {"system": system, "number": legacy.number, "file": file, "line": legacy.line}
    with override(settings.LANGUAGE_CODE):
        words = _("Brought from %(system)s, number %(number)s (%(file)s, line %(line)d).") % {
            **source,
            "number": legacy.number or pgettext("number", "none"),
        }
    changes: dict[str, Any] = {}
    if legacy.is_open and legacy.state != State.NEW:
        changes = {"state": legacy.state}
    if legacy.state == State.WAITING and legacy.nature != Nature.COMMENT and not legacy.carried_over:
        changes["pauses"] = [[moment.isoformat(), None]]
    if owner:
        changes["owner_id"] = owner.pk
    if legacy.carried_over:
        with override(settings.LANGUAGE_CODE):
            words += " " + _("It came open, as it was: nothing is promised, and the public does not see it.")
    if legacy.gets_new_date:
        due = promise(moment, legacy.subject.target, working_calendar()).due_at
        changes |= {"promise": legacy.subject.target, "due_at": due}
        with override(settings.LANGUAGE_CODE):
            words += " " + _("It came without a date: it is promised from this day on, and nobody was told.")
    return Step(moment, EntryDraft(Entry.Kind.NOTED, body=words, data={"imported": source}), changes)
