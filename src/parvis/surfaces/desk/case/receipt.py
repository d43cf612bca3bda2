"""What a receipt says: each matter of a visit or a call, or one request, in the language of the person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.apps.cases import due_status
from parvis.apps.cases.merged_cases import as_seen_by_citizen
from parvis.apps.cases.models import Case
from parvis.apps.intake.models import Callback, Contact, Given, Matter
from parvis.lib.clock import now
from parvis.lib.ids import show_code
from parvis.ui import printing, qr


@dataclass(frozen=True)
class Followed:
    """A request on the paper: how to name it, how to follow it, what is promised ("" when nothing is, or it waits)."""

    case: Case
    code: str
    square: SafeString
    promise: str


@dataclass(frozen=True)
class Told:
    """A matter that was answered on the spot, or settled otherwise than by a request."""

    matter: Matter
    given: list[Given]
    callback: Callback | None


def of_contact(contact: Contact, language: str) -> dict[str, Any]:
    """Everything settled in a contact, in the order in which it was."""
    matters = Matter.objects.filter(contact=contact).select_related("subject", "department", "callback", "contact")
    rows = list(matters.select_related("case__subject", "case__department", "case__address__street", "case__person"))
    given = Given.objects.filter(matter__in=rows).select_related("answer")
    by_matter: dict[int, list[Given]] = {}
    for item in given.order_by("pk"):
        by_matter.setdefault(item.matter_id, []).append(item)
    with translation.override(language):
        requests = _followed(matter.case for matter in rows if matter.case)
        told = [
            Told(matter, by_matter.get(matter.pk, []), getattr(matter, "callback", None))
            for matter in rows
            if not matter.case
        ]
    return {"followed": requests, "told": told, "at": contact.started_at, "lang": language, "address": _address()}


def of_case(case: Case, language: str) -> dict[str, Any]:
    """One request as it stands now."""
    with translation.override(language):
        return {"followed": _followed([case]), "told": [], "at": now(), "lang": language, "address": _address()}


def language_of(contact: Contact, asked: str) -> str:
    """The language asked for; else that of what was said to the person; else that of the contact."""
    if asked in ("fr", "en"):
        return asked
    said = Given.objects.filter(matter__contact=contact).order_by("-pk").values_list("language", flat=True).first()
    return said or contact.language


def _address() -> str:
    """Where a number and its code are typed."""
    return printing.to_type(reverse("public:track"))


def _followed(cases: Iterable[Case]) -> list[Followed]:
    seen: dict[int, Followed] = {}
    for case in map(as_seen_by_citizen, cases):
        link = f"{settings.PARVIS_URL}{reverse('public:follow', args=[case.secret])}"
        square = qr.drawing(link, _("Square code that opens the page of request %(ref)s") % {"ref": case.reference})
        seen[case.pk] = Followed(
            case, show_code(case.code), square, "" if case.is_paused else due_status.due_words(case)
        )
    return list(seen.values())
