"""Writing to a case: every change is an entry, and the case row is its projection, saved in the same transaction."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from parvis.apps.cases.hash_chain import Link, check, hash_body, hash_link, hash_particulars
from parvis.apps.cases.kinds import ADDED, EntryKind
from parvis.apps.cases.models import PROGRAM, Case, Entry, EntryFile
from parvis.apps.directory.actors import Actor
from parvis.apps.files.models import Attachment
from parvis.lib.clock import now
from parvis.lib.rows import insert, update

PROJECTED = (
    *("subject_id", "nature", "audience", "channel", "language", "opened_at", "address_id", "person_id"),
    "english_ground",
    *(
        "state",
        "department_id",
        "external_body_id",
        "owner_id",
        "urgent",
        "promise",
        "due_at",
        "pauses",
        "level",
        "hand_offs",
    ),
    *(
        "closing_reason",
        "closed_at",
        "visit_on",
        "notification_failed_at",
        "ack_due_at",
        "acknowledged_at",
        "names_hidden_at",
    ),
    *("merged_into_id", "quiet_at"),
)


@dataclass(frozen=True)
class EntryDraft:
    """What an entry says: its kind, who wrote it, its words, how the citizen hears of it, plain metadata, photos.

    `by_citizen` says that the words are the citizen's, whoever wrote them down.

    `other` are the same words in the other language, for those whose request is merged into this one: they are written
    in the journals of those requests alone.
    """

    kind: Entry.Kind | EntryKind
    by: Actor = field(default_factory=Actor.system)
    body: str = ""
    proof: str = ""
    notified_via: str = Entry.NotifiedVia.NOBODY
    by_citizen: bool = False
    data: dict[str, Any] | None = None
    photos: Sequence[Attachment] = ()
    other: str = ""


def register_kind(kind: EntryKind) -> None:
    """Lets an app above `cases` write entries of a kind of its own; called from its `ready`.

    Raises ValueError for a name that another kind has, or that does not fit its column.
    """
    longest = Entry._meta.get_field("kind").max_length or 0
    if kind.name in Entry.Kind.values or ADDED.get(kind.name, kind) != kind or len(kind.name) > longest:
        raise ValueError(kind.name)
    ADDED[kind.name] = kind


def projection(case: Case) -> dict[str, Any]:
    """The values of the case that its journal must add up to, as plain JSON values."""
    return {name: _plain(getattr(case, name)) for name in PROJECTED}


def particulars(case: Case) -> list[Any]:
    """What was asked, in words that may name people: kept in the chain as a salted hash, so that they may be erased.

    A point of the map, and how far it is from what is near it, are there only when there are: journals begun before
    they existed keep their hashes.
    """
    words = [case.title, case.words, case.details, case.place_text, case.on_behalf_of]
    there = [list(case.point)] if case.point else []
    return [*words, *there, *([] if case.near_metres is None else [case.near_metres])]


def begin(case: Case, line: EntryDraft, *, at: datetime, recorded_at: datetime | None = None) -> Entry | None:
    """Inserts a new case with its first entry, in the caller's transaction; None when its key was used before."""
    entry = draft(case, line, at=at, recorded_at=recorded_at, opening=True)
    if not insert(case, unless="key"):
        return None
    entry.case = case
    _keep(entry, line)
    return entry


def write(case: Case, line: EntryDraft, *, beside: Sequence[str] = (), **changes: Any) -> Entry:
    """Adds an entry and saves the changes with it. The caller holds the case's row lock, in a transaction.

    `changes` are attributes of the case among `PROJECTED`; `beside` names those, set already, that follow from them.
    """
    entry = draft(case, line, at=now(), changes=changes)
    update(case, *changes, *beside, "seq", "head", "changed_at")
    _keep(entry, line)
    return entry


def _keep(entry: Entry, line: EntryDraft) -> None:
    insert(entry)
    if line.photos:
        attach([(entry, line)])


def attach(written: Iterable[tuple[Entry, EntryDraft]]) -> None:
    """Ties to entries just saved the photos of their lines, in order."""
    EntryFile.objects.bulk_create(
        [EntryFile(entry=entry, attachment=photo) for entry, line in written for photo in line.photos]
    )


def draft(
    case: Case,
    line: EntryDraft,
    *,
    at: datetime,
    recorded_at: datetime | None = None,
    opening: bool = False,
    changes: Mapping[str, Any] | None = None,
    salt: str = "",
) -> Entry:
    """The next entry of the case, its changes made on `case`; nothing is saved yet.

    `recorded_at` is when it is written down, when that is later than `at`, the moment it happened. `salt` is drawn here
    when it is not given.
    """
    changes = changes or {}
    for name, value in changes.items():
        setattr(case, name, value)
    changed = projection(case) if opening else {name: _plain(value) for name, value in changes.items()}
    salt = salt or secrets.token_hex(16)
    case.seq += 1
    data = {**(line.data or {}), "set": changed}
    if opening:
        data["particulars"] = hash_particulars(salt, particulars(case))
    if line.photos:
        data["photos"] = [photo.sha256 for photo in line.photos]
    if line.by.program_name:
        data[PROGRAM] = line.by.program_name
    link = Link(
        reference=case.reference,
        seq=case.seq,
        kind=str(line.kind),
        at=at,
        actor=line.by.user.pk if line.by.user else None,
        by_citizen=line.by_citizen or line.by.is_citizen,
        notified_via=str(line.notified_via),
        data=data,
        body_hash=hash_body(salt, line.body, line.proof),
        previous=case.head,
    )
    case.head = hash_link(link)
    case.changed_at = recorded_at or at
    return Entry(
        **{
            name: getattr(link, name)
            for name in ("seq", "kind", "at", "by_citizen", "notified_via", "data", "body_hash")
        },
        case=case,
        recorded_at=recorded_at,
        actor=line.by.user,
        body=line.body,
        proof=line.proof,
        salt=salt,
        previous=link.previous,
        hash=case.head,
    )


def verify(cases: QuerySet[Case] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Checks every journal (or those of `cases`): yields (reference, what is wrong) for each case, in order.

    A case without fault is yielded with an empty list. Memory stays flat: 500 cases are read at a time.
    """
    rows = (cases if cases is not None else Case.objects.all()).order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:500]):
        last = chunk[-1].pk
        entries: dict[int, list[Entry]] = {case.pk: [] for case in chunk}
        rows_of = Entry.objects.filter(case__in=chunk).prefetch_related("files__attachment")
        for entry in rows_of.order_by("case_id", "seq"):
            entries[entry.case_id].append(entry)
        for case in chunk:
            links = [_link(case.reference, entry) for entry in entries[case.pk]]
            yield (
                case.reference,
                check(links, seq=case.seq, head=case.head, projection=projection(case), particulars=particulars(case)),
            )


def _link(reference: str, entry: Entry) -> Link:
    names = (
        "seq",
        "kind",
        "at",
        "by_citizen",
        "notified_via",
        "data",
        "body_hash",
        "previous",
        "hash",
        "body",
        "proof",
        "salt",
    )
    photos = tuple(file.attachment.sha256 for file in sorted(entry.files.all(), key=lambda file: file.pk))
    return Link(
        reference=reference,
        actor=entry.actor_id,
        photos=photos,
        **{name: getattr(entry, name) for name in names},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
