"""What a key may see of a case and of its people: the only place that decides it, for the API and for webhooks.

Without `persons:read`, nothing that a person wrote, answered, or could be recognised by: no name, no words, no answers
to questions, no exact place. With it, all but the files of people whose address is protected. Of a restricted request
(`Subject.restricted_to`), its reference and its state, and whom to ask, whatever the key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.access import sealed
from parvis.apps.cases.queries.cases import shown_kinds, spoken
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.cases.queries.public_cases import public_place, public_point, public_words, publication_of
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.intake.models import Contact
from parvis.lib.i18n.localized import localized

RESTRICTED = "restricted"  # in the place of the slug of a restricted subject
READ = ("subject", "department", "person__merged_into", "publication", "address__street", "merged_into")
"""What these functions read of a case."""


@dataclass(frozen=True)
class Sight:
    """What a reader may see. `persons`: the people, and what they wrote."""

    persons: bool = False

    def of(self, case: Case) -> bool:
        """Whether the person of this case, and their words, may be seen. Reads `person.merged_into`."""
        return self.persons and not _protected(case) and not is_restricted(case.subject_id)


def sight_of(key: ApiKey | None) -> Sight:
    """What a key may see."""
    return Sight(persons=key is not None and Scope.PERSONS_READ in key.scopes)


def _protected(case: Case) -> bool:
    """Whether the address of its person is protected, in the file that is maintained too."""
    return case.place_protected or (case.person is not None and case.person.canonical.address_protected)


def case_values(case: Case) -> dict[str, Any]:
    """A case as plain values in the active language, without anything personal. Reads READ.

    No place, point nor words of one that an agent hid from the public, or whose person's address is protected.
    """
    if is_restricted(case.subject_id):
        return _restricted_values(case)
    publication = publication_of(case)
    placeless = _protected(case) or bool(publication and publication.hidden_at)
    point = None if placeless else public_point(case)
    promised = case.due_at if case.is_open and not case.is_paused else None
    return {
        "reference": case.reference,
        "subject": {"slug": case.subject.slug, "title": case.subject.title},
        "nature": case.nature,
        "state": case.state,
        "closing_reason": case.closing_reason or None,
        "department": {"slug": case.department.slug, "name": localized(case.department, "name")},
        "channel": case.channel,
        "urgent": case.urgent,
        "opened_at": case.opened_at.isoformat(),
        "changed_at": case.changed_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "due_at": promised.isoformat() if promised else None,
        "promise": due_words(case) if promised else "",
        "visit_on": case.visit_on.isoformat() if case.visit_on else None,
        "place": "" if placeless else public_place(case),
        "point": {"latitude": point[0], "longitude": point[1]} if point else None,
        "public_words": "" if placeless else public_words(case),
        "merged_into": case.merged_into.reference if case.merged_into else None,
    }


def _restricted_values(case: Case) -> dict[str, Any]:
    """The same of a restricted request: when it came, where it stands, and whom to ask in the place of its subject."""
    return {
        "reference": case.reference,
        "subject": {"slug": RESTRICTED, "title": sealed(case).shown_title},
        "nature": Nature.REQUEST,
        "state": case.state,
        "closing_reason": None,
        "department": {"slug": case.department.slug, "name": localized(case.department, "name")},
        "channel": case.channel,
        "urgent": False,
        "opened_at": case.opened_at.isoformat(),
        "changed_at": case.changed_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        **{"due_at": None, "promise": "", "visit_on": None},
        **{"place": "", "point": None, "public_words": "", "merged_into": None},
    }


def personal_values(case: Case, sight: Sight) -> dict[str, Any] | None:
    """The person of a case and what they said; None when they may not be seen. Reads the phones too."""
    if not sight.of(case):
        return None
    person = case.person.canonical if case.person else None
    return {
        "person": {
            "name": person.name,
            "email": person.email,
            "phones": [row.number for row in person.phones.all()],
            "language": person.language,
        }
        if person
        else None,
        "on_behalf_of": case.on_behalf_of,
        "words": case.words,
        "answers": [{"label": localized_label(row), "value": str(row.get("value", ""))} for row in case.details],
        "place": case.full_place,
        "point": {"latitude": case.point[0], "longitude": case.point[1]} if case.point else None,
    }


def localized_label(row: dict[str, str]) -> str:
    """The label of a question that was answered, in French, as it was asked."""
    return str(row.get("label_fr", row.get("key", "")))


def entry_values(entry: Entry, sight: Sight) -> dict[str, Any]:
    """One line of the journal; its words only when they were meant for the citizen, or are theirs, and may be seen.

    Reads `case.person.merged_into`, `actor`.
    """
    seen = sight.of(entry.case) and spoken(entry)
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "label": entry.kind_label,
        "at": entry.at.isoformat(),
        "by": str(entry.by.kind),
        "words": entry.body if seen else None,
    }


def told_entries(case: Case) -> Iterable[Entry]:
    """The lines of the journal that the citizen may see, in order. One query."""
    return (
        case.entries.filter(kind__in=shown_kinds()).select_related("actor", "case__person__merged_into").order_by("seq")
    )


def contact_values(contact: Contact, references: Sequence[str]) -> dict[str, Any]:
    """A contact as plain values, without its words nor its person."""
    return {
        "id": contact.pk,
        "channel": contact.channel,
        "state": contact.state,
        "language": contact.language,
        "started_at": contact.started_at.isoformat(),
        "ended_at": contact.ended_at.isoformat() if contact.ended_at else None,
        "cases": list(references),
    }
