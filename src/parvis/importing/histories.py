"""An earlier case as it is written here: what was asked, then its journal, in the words of the town."""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from parvis.cases.destinations import Destination, route_for
from parvis.cases.journal import EntryDraft
from parvis.cases.models import Case, Entry, State
from parvis.cases.services import LegacyHistory, Step
from parvis.catalogue.models import Nature
from parvis.catalogue.promises import promise
from parvis.directory.models import Department, User
from parvis.directory.queries import assignee_for, desk, working_calendar
from parvis.importing.legacy_case import LegacyCase, Note
from parvis.residents.models import Person

BY_CITIZEN = ("web", "email", "mobile", "open311", "social", "letter")
EMAIL_LABELS = {"label_fr": "Courriel, comme écrit", "label_en": "E-mail, as written"}
NUMBER_LABELS = {"label_fr": "Numéro dans le système précédent", "label_en": "Number in the earlier system"}


def history(
    one: LegacyCase, *, key: str, system: str, file: str, person: Person | None, moment: datetime
) -> LegacyHistory:
    """The case to be written, opened at its own time, and every line of its journal; `moment` is that of the import."""
    route = route_for(one.subject, one.address, one.words, one.audience, one.nature, point=one.point)
    department, door = _owners(one, route)
    comment = one.nature == Nature.COMMENT
    case = Case(
        key=key,
        subject=one.subject,
        nature=one.nature,
        audience=one.audience,
        channel=one.channel,
        language=one.language,
        title=one.title,
        words=one.words,
        details=[*_former_number(one, system), *one.details, *_other_email(one, person)],
        address=one.address,
        place_text=one.place_text,
        latitude=one.point[0] if one.point else None,
        longitude=one.point[1] if one.point else None,
        person=person,
        department=department,
        external_body=door,
        why_here_fr=route.why_fr,
        why_here_en=route.why_en,
        urgent=one.urgent or (one.is_open and route.urgent),
        promise=one.subject.target if one.due_at and not comment else "",
        due_at=None if comment else one.due_at,
        opened_at=one.opened_at,
    )
    data = {"channel": one.channel, "subject": one.subject.slug, "nature": one.nature, "rule": route.rule_name}
    opening = EntryDraft(
        Entry.Kind.THANKED if comment else Entry.Kind.OPENED,
        by_citizen=one.channel in BY_CITIZEN,
        body=one.words,
        data={**data, "imported": {"system": system, "number": one.number}},
    )
    past = sorted([*_notes(one), *_closing(one)], key=lambda step: step.at)
    owner = _owner(one, department, route, moment)
    return LegacyHistory(case, opening, [*past, *_brought(one, system, file, owner, moment)], f"{one.number} {system}")


def late_notes(one: LegacyCase, known: Collection[str]) -> list[Step]:
    """The notes of the case that are not among those known by their mark."""
    return [step for step in _notes(one) if (step.line.data or {})["note"] not in known]


def _owners(one: LegacyCase, route: Destination) -> tuple[Department, Department | None]:
    """(who follows it, the outside body whose it really is), by the file, else by the town's rules."""
    if one.department is None:
        return route.department, route.external_body
    if one.department.kind != Department.Kind.EXTERNAL:
        return one.department, route.external_body
    follows = one.subject.department
    return (desk() if follows.kind == Department.Kind.EXTERNAL else follows), one.department


def _owner(one: LegacyCase, department: Department, route: Destination, moment: datetime) -> User | None:
    if not one.is_open:
        return None
    if one.owner and department.pk in one.owner.department_ids:
        return one.owner
    owner = route.owner if department.pk == route.department.pk else None
    return assignee_for(department, owner=owner, on=working_calendar().local(moment).date())


def _former_number(one: LegacyCase, system: str) -> list[dict[str, str]]:
    if not one.number:
        return []
    shown = f"{one.number} ({system})"
    return [{"key": "earlier_number", **NUMBER_LABELS, "value": one.number, "shown_fr": shown, "shown_en": shown}]


def _other_email(one: LegacyCase, person: Person | None) -> list[dict[str, str]]:
    """The e-mail of the line, in words, when the file of its person holds another."""
    written = one.person.email if one.person else ""
    if not person or written in ("", person.email):
        return []
    return [{"key": "earlier_email", **EMAIL_LABELS, "value": written, "shown_fr": written, "shown_en": written}]


def _notes(one: LegacyCase) -> list[Step]:
    return [Step(note.at or one.opened_at, _note_line(note)) for note in one.notes]


def _note_line(note: Note) -> EntryDraft:
    """The mark tells a note from others, so that the same file brought again adds nothing."""
    when = note.at.astimezone(UTC).isoformat() if note.at else ""
    mark = sha256(f"{when}\n{note.words}".encode()).hexdigest()[:24]
    return EntryDraft(Entry.Kind.NOTED, body=note.words, data={"note": mark})


def _closing(one: LegacyCase) -> list[Step]:
    if one.is_open or one.closed_at is None:
        return []
    changes = {"state": State.CLOSED, "closing_reason": one.reason, "closed_at": one.closed_at}
    return [Step(one.closed_at, EntryDraft(Entry.Kind.CLOSED, body=one.answer, data={"reason": one.reason}), changes)]


def _brought(one: LegacyCase, system: str, file: str, owner: User | None, moment: datetime) -> list[Step]:
    """What the import itself did: where the case comes from, and for an open one its owner, state and promise."""
    source = {"system": system, "number": one.number, "file": file, "line": one.line}
    with override(settings.LANGUAGE_CODE):
        words = _("Brought from %(system)s, number %(number)s (%(file)s, line %(line)d).") % {
            **source,
            "number": one.number or pgettext("number", "none"),
        }
    changes: dict[str, Any] = {}
    if one.is_open and one.state != State.NEW:
        changes = {"state": one.state}
    if one.state == State.WAITING and one.nature != Nature.COMMENT:
        changes["pauses"] = [[moment.isoformat(), None]]
    if owner:
        changes["owner_id"] = owner.pk
    if one.is_open and one.due_at is None and one.nature != Nature.COMMENT:
        due = promise(moment, one.subject.target, working_calendar()).due_at
        changes |= {"promise": one.subject.target, "due_at": due}
        with override(settings.LANGUAGE_CODE):
            words += " " + _("It came without a date: it is promised from this day on, and nobody was told.")
    return [Step(moment, EntryDraft(Entry.Kind.NOTED, body=words, data={"imported": source}), changes)]
