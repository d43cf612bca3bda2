"""Writes to a case: every change is an entry, and the case row is a projection saved in the same transaction."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from parvis.apps.cases.models import PROGRAM, Case, Entry, EntryFile
from parvis.apps.cases.rules.hash_chain import ERASED, Link, check, hash_body, hash_link, hash_particulars
from parvis.apps.cases.rules.kinds import ADDED, EntryKind
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import digest_of
from parvis.lib.clock import now
from parvis.lib.database.rows import insert, update

PROJECTED = (
    *("subject_id", "nature", "audience", "channel", "language", "opened_at", "address_id", "person_id"),
    *("english_ground", "state", "department_id", "external_body_id", "owner_id", "urgent", "promise", "due_at"),
    *("pauses", "level", "hand_offs", "closing_reason", "closed_at", "visit_on", "notification_failed_at"),
    *("ack_due_at", "acknowledged_at", "names_hidden_at", "merged_into_id", "quiet_at"),
    *("carried_over_at",),
)
_LINK_FIELDS = ("seq", "kind", "at", "by_citizen", "notified_via", "data", "body_hash", "previous")


@dataclass(frozen=True)
class EntryDraft:
    """An entry to write.

    `by_citizen`: the words are the citizen's, whoever wrote them down. `other`: the same words in the other language,
    for the cases merged into this one; they are written only in the journals of those cases.
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
    """Registers an entry kind of an app above `cases`; called from its `ready`.

    Raises ValueError when the name is already taken or too long for its column.
    """
    max_length = Entry._meta.get_field("kind").max_length or 0
    if kind.name in Entry.Kind.values or ADDED.get(kind.name, kind) != kind or len(kind.name) > max_length:
        raise ValueError(kind.name)
    ADDED[kind.name] = kind


def projection(case: Case) -> dict[str, Any]:
    """The case values that its journal must add up to, as plain JSON values."""
    return {name: _plain(getattr(case, name)) for name in PROJECTED}


def particulars(case: Case) -> list[Any]:
    """What was asked, which may name people: a salted hash goes into the chain, so that the words may be erased.

    The first entry covers it, then each correction by the citizen.

    The point and its distance are included only when set, so that older journals keep their hashes.
    """
    words = [case.title, case.words, case.details, case.place_text, case.on_behalf_of]
    point = [list(case.point)] if case.point else []
    return [*words, *point, *([] if case.near_metres is None else [case.near_metres])]


def begin(case: Case, line: EntryDraft, *, at: datetime, recorded_at: datetime | None = None) -> Entry | None:
    """Inserts a new case with its first entry, in the caller's transaction; None when its key already exists."""
    entry = draft(case, line, at=at, recorded_at=recorded_at, opening=True)
    if not insert(case, unless="key"):
        return None
    entry.case = case
    _insert(entry, line)
    return entry


def write_entry(case: Case, line: EntryDraft, *, beside: Sequence[str] = (), **changes: Any) -> Entry:
    """Adds an entry and saves the changes with it. The caller holds the case's row lock, in a transaction.

    `changes` are attributes among `PROJECTED`; `beside` names other attributes, already set on `case`, to save too.
    """
    entry = draft(case, line, at=now(), changes=changes)
    update(case, *changes, *beside, "seq", "head", "changed_at")
    _insert(entry, line)
    return entry


def _insert(entry: Entry, line: EntryDraft) -> None:
    insert(entry)
    if line.photos:
        attach([(entry, line)])


def attach(saved: Iterable[tuple[Entry, EntryDraft]]) -> None:
    """Attaches the photos of the drafts to the saved entries, in order."""
    EntryFile.objects.bulk_create(
        [EntryFile(entry=entry, attachment=photo) for entry, line in saved for photo in line.photos]
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
    """The next entry of the case, with its changes set on `case`; saves nothing.

    `at` is when it happened; `recorded_at` is when it was written down, if later. `salt` is random by default.
    """
    changes = changes or {}
    for name, value in changes.items():
        setattr(case, name, value)
    values = projection(case) if opening else {name: _plain(value) for name, value in changes.items()}
    salt = salt or secrets.token_hex(16)
    case.seq += 1
    data = {**(line.data or {}), "set": values}
    if opening or line.kind == Entry.Kind.CORRECTED:
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
        **{name: getattr(link, name) for name in _LINK_FIELDS},
        case=case,
        recorded_at=recorded_at,
        actor=line.by.user,
        body=line.body,
        proof=line.proof,
        salt=salt,
        hash=case.head,
    )


def verify(cases: QuerySet[Case] | None = None, *, photos: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Checks every journal (or those of `cases`): yields (reference, list of problems) for each case, in order.

    The list is empty for a valid journal. With `photos`, reads the stored photos again and compares them with the
    hashes in the journal. Memory stays flat: 500 cases are read at a time.
    """
    rows = (cases if cases is not None else Case.objects.all()).order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:500]):
        last = chunk[-1].pk
        by_case: dict[int, list[Entry]] = {case.pk: [] for case in chunk}
        entries = Entry.objects.filter(case__in=chunk).prefetch_related("files__attachment")
        for entry in entries.order_by("case_id", "seq"):
            by_case[entry.case_id].append(entry)
        copies = _erased_copies(entry for journal in by_case.values() for entry in journal)
        for case in chunk:
            links = [_link(case.reference, entry) for entry in by_case[case.pk]]
            problems = check(
                links,
                seq=case.seq,
                head=case.head,
                projection=projection(case),
                particulars=particulars(case),
                erased_copies={entry.seq for entry in by_case[case.pk] if entry.pk in copies},
            )
            yield case.reference, problems + _photo_problems(by_case[case.pk], links, read=photos)


def _erased_copies(entries: Iterable[Entry]) -> set[int]:
    """The keys of the entries without words that were copied from an entry whose words are erased too."""
    originals = {entry.pk: entry.data["of"] for entry in entries if not entry.salt and "of" in entry.data}
    erased = set(Entry.objects.filter(pk__in=set(originals.values()), salt="").values_list("pk", flat=True))
    return {copy for copy, original in originals.items() if original in erased}


def _photo_problems(entries: Sequence[Entry], links: Sequence[Link], *, read: bool) -> list[str]:
    """The photos erased without an entry that says so and, when they are read, those that are not what was received.

    A photo of a message may be attached to several entries: an erasure of any of them erases it.
    """
    problems = []
    may_be_erased = any(link.kind == ERASED or not link.salt for link in links)
    for entry in entries:
        for rank, file in enumerate(sorted(entry.files.all(), key=lambda file: file.pk), start=1):
            if fault := _fault(file.attachment, may_be_erased=may_be_erased, read=read):
                problems.append(f"photo {rank} of entry {entry.seq} {fault} ({entry.at:%Y-%m-%d %H:%M} UTC)")
    return problems


def _fault(photo: Attachment, *, may_be_erased: bool, read: bool) -> str:
    if photo.erased_at:
        return "" if may_be_erased else "was removed, and no entry says that it was erased"
    if not read or photo.scan == Attachment.Scan.INFECTED or (stored := digest_of(photo)) == photo.sha256:
        return ""
    return "is not the one that was received" if stored else "cannot be read"


def _link(reference: str, entry: Entry) -> Link:
    photos = tuple(file.attachment.sha256 for file in sorted(entry.files.all(), key=lambda file: file.pk))
    values = {name: getattr(entry, name) for name in (*_LINK_FIELDS, "hash", "body", "proof", "salt")}
    return Link(reference=reference, actor=entry.actor_id, photos=photos, **values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
