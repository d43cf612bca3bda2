"""The requests of an account, as its own data: plain values, with what the page of each request shows."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any

from django.db.models import Prefetch

from parvis.apps.cases.models import Case, CaseNotification, Entry, EntryFile, Report
from parvis.apps.cases.queries.cases import shown_kinds, spoken
from parvis.apps.cases.queries.citizens.citizen_cases import cases_of_account
from parvis.apps.cases.queries.due_status import state_words
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen, heads_of
from parvis.apps.cases.queries.replies import entry_name, unasked
from parvis.apps.cases.queries.reversals import not_reversed, reversed_propagations
from parvis.apps.residents.models import Account, Person
from parvis.apps.residents.queries.people import ids_of
from parvis.lib.i18n.localized import localized


def own_requests(account: Account) -> list[dict[str, Any]]:
    """The requests that the account may see (`citizen_cases`), the first one first: {reference, subject, channel, at,
    state, ended_at, due_at, words, details, place, name, told, steps}.

    `steps` are what happened, as its citizen reads it: no internal note, and nobody of the staff by name. A constant
    number of queries, and one for each level of merges.
    """
    files = EntryFile.objects.select_related("attachment").order_by("pk")
    entries = Entry.objects.filter(not_reversed(), kind__in=shown_kinds()).select_related("opinion").order_by("seq")
    rows = cases_of_account(account).select_related("subject", "department", "address__street", "person__merged_into")
    own = list(
        rows.order_by("pk").prefetch_related(
            Prefetch("entries", entries.prefetch_related(Prefetch("files", files)), to_attr="shown_entries"),
            Prefetch("notifications", CaseNotification.objects.order_by("pk")),
        )
    )
    seen = [as_seen_by_citizen(case, head) for case, head in zip(own, heads_of(own), strict=True)]
    undone = reversed_propagations([entry for case in own for entry in _entries(case)])
    return [_request(case, shown, undone) for case, shown in zip(own, seen, strict=True)]


def own_reports(person: Person) -> list[dict[str, Any]]:
    """What someone reported of incidents, or follows: {at, subject, channel, follows, ended_at}. Two queries."""
    rows = Report.objects.filter(person__in=ids_of(person.canonical)).select_related("incident__notice").order_by("pk")
    return [
        {
            "at": row.at,
            "subject": localized(row.incident.notice, "title"),
            "channel": str(row.get_channel_display()),
            "follows": row.follows,
            "ended_at": row.withdrawn_at,
        }
        for row in rows
    ]


def _entries(case: Case) -> Sequence[Entry]:
    entries: Sequence[Entry] = case.shown_entries  # type: ignore[attr-defined]
    return entries


def _request(case: Case, shown: Case, undone: set[int]) -> dict[str, Any]:
    added = unasked(_entries(case))
    return {
        "reference": case.reference,
        "subject": case.shown_title,
        "channel": str(case.get_channel_display()),
        "at": case.opened_at,
        "state": state_words(shown),
        "ended_at": shown.closed_at,
        "due_at": shown.due_at,
        "visit_on": shown.visit_on,
        "words": case.words,
        "details": [
            {"name": localized(detail, "label"), "value": localized(detail, "shown")}
            for detail in (SimpleNamespace(**each) for each in case.details)
        ],
        "place": case.full_place,
        "latitude": case.latitude,
        "longitude": case.longitude,
        "on_behalf_of": case.on_behalf_of,
        "told": [
            {"by": str(row.get_via_display()), "email": row.email, "phone": row.phone, "at": row.chosen_at}
            for row in case.notifications.all()
        ],
        "steps": [_step(entry, added) for entry in _entries(case) if entry.pk not in undone],
    }


def _step(entry: Entry, added: Collection[int]) -> dict[str, Any]:
    opinion = getattr(entry, "opinion", None)
    told = {"solved": opinion.solved, "mark": opinion.mark, "words": opinion.words} if opinion else None
    return {
        "at": entry.at,
        "what": entry_name(entry, added),
        "yours": entry.by_citizen,
        "words": entry.body if spoken(entry) else "",
        "files": [file.attachment.name for file in entry.files.all()],
        "opinion": told,
    }
