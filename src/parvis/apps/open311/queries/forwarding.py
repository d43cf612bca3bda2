"""Outside servers, the cases sent to them, and to which of them a case may be sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Case, Entry
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department
from parvis.apps.open311.models import Forwarding, OutsideServer, ServiceMapping
from parvis.apps.outbox.models import DUE, State
from parvis.lib.clock import now
from parvis.lib.errors import or_not_found
from parvis.lib.ttl_cache import TtlCache

_mapped = TtlCache(
    lambda: {
        (row.server.body_id, row.subject_id): row
        for row in ServiceMapping.objects.filter(server__active=True)
        .exclude(server__endpoint="")
        .select_related("server__body")
    }
)


@dataclass(frozen=True)
class MappedSubject:
    """A subject of ours, and the service that it is there; None when it is sent nowhere."""

    subject: Subject
    mapping: ServiceMapping | None


def all_servers() -> list[OutsideServer]:
    """Every server with its body, those in use first. One query."""
    return list(OutsideServer.objects.select_related("body").order_by("-active", "name", "pk"))


def server_by_id(server_id: int, message: str) -> OutsideServer:
    """A server with its body. Raises NotFound with that message."""
    return or_not_found(OutsideServer.objects.select_related("body").filter(pk=server_id).first(), message)


def outside_bodies() -> list[Department]:
    """The outside bodies in use, by name."""
    return list(Department.objects.filter(kind=Department.Kind.EXTERNAL, active=True))


def mapped_subjects(server: OutsideServer) -> list[MappedSubject]:
    """The subjects in use, by title, each with its service of that server. Two queries."""
    known = {row.subject_id: row for row in server.mappings.all()}
    rows = Subject.objects.filter(active=True).order_by("title_fr")
    return [MappedSubject(subject, known.get(subject.pk)) for subject in rows]


def destination_of(case: Case, body: Department | None = None) -> ServiceMapping | None:
    """The service to which a case of its subject may be sent at that body (its own outside body when None).

    Reads a cache of a second.
    """
    body_id = body.pk if body else case.external_body_id
    return _mapped().get((body_id, case.subject_id)) if body_id else None


def destinations_of(case: Case) -> list[ServiceMapping]:
    """Every service to which a case may be sent, that of its outside body first. No query beyond the cache."""
    rows = [row for (_body, subject), row in _mapped().items() if subject == case.subject_id]
    return sorted(rows, key=lambda row: (row.server.body_id != case.external_body_id, row.server.name))


def forwardings_of(case: Case) -> Sequence[Forwarding]:
    """The sendings of a case, the last first, with their server, who asked and their notes. Two queries at most."""
    rows = list(Forwarding.objects.filter(case=case).select_related("server__body", "asked_by").order_by("-pk"))
    told = [row.told_seq for row in rows if row.told_seq]
    entries = Entry.objects.filter(case=case, seq__in=told) if told else Entry.objects.none()
    notes = {entry.seq: _notes(entry) for entry in entries}
    for row in rows:
        row.their_notes = notes.get(row.told_seq or 0, "")
    return rows


def notes_of(row: Forwarding) -> str:
    """What they said last of a sending; "" once its words were erased from the journal. One query at most."""
    entry = Entry.objects.filter(case=row.case_id, seq=row.told_seq).first() if row.told_seq else None
    return _notes(entry) if entry else ""


def _notes(entry: Entry) -> str:
    """Their notes in a journal entry, after a line of ours and a blank one."""
    return entry.body.partition("\n\n")[2]


def due_forwardings() -> QuerySet[Forwarding]:
    """The sendings of which something is to be done now, save those of a server left alone: they are sent, looked for,
    or asked for again.
    """
    moment = now()
    rested = Q(server__left_until=None) | Q(server__left_until__lte=moment)
    at_once = Q(state__in=DUE, not_before=None)
    return Forwarding.objects.filter(rested, at_once | Q(state__in=(*DUE, State.SENT), not_before__lte=moment))


def reference_of(forwarding_id: int) -> str:
    """The reference of the case of a sending; "" for an unknown one."""
    rows = Forwarding.objects.filter(pk=forwarding_id).values_list("case__reference", flat=True)
    return rows.first() or ""
