"""Template context of a receipt: the matters of a contact, or one case, in the person's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import due_status
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.intake.models import Callback, Contact, Given, Matter
from parvis.lib.clock import now
from parvis.lib.ids import show_code
from parvis.ui import printing, qr


@dataclass(frozen=True)
class ReceiptCase:
    """A case on a receipt: its code, its QR code, its promise ("" when there is none, or it is paused)."""

    case: Case
    code: str
    square: SafeString
    promise: str


@dataclass(frozen=True)
class ReceiptMatter:
    """A matter settled without a case."""

    matter: Matter
    given: list[Given]
    callback: Callback | None


def of_contact(contact: Contact, language: str) -> dict[str, Any]:
    """Everything settled in a contact, in order."""
    matters = Matter.objects.filter(contact=contact).select_related("subject", "department", "callback", "contact")
    rows = list(matters.select_related("case__subject", "case__department", "case__address__street", "case__person"))
    given = Given.objects.filter(matter__in=rows).select_related("answer")
    by_matter: dict[int, list[Given]] = {}
    for answer in given.order_by("pk"):
        by_matter.setdefault(answer.matter_id, []).append(answer)
    with translation.override(language):
        cases = _cases(matter.case for matter in rows if matter.case)
        others = [
            ReceiptMatter(matter, by_matter.get(matter.pk, []), getattr(matter, "callback", None))
            for matter in rows
            if not matter.case
        ]
    return {"followed": cases, "told": others, "at": contact.started_at, "lang": language, "address": _address()}


def of_case(case: Case, language: str) -> dict[str, Any]:
    """One case, now."""
    with translation.override(language):
        return {"followed": _cases([case]), "told": [], "at": now(), "lang": language, "address": _address()}


def language_of(contact: Contact, requested: str) -> str:
    """The requested language; else that of the last answer given; else that of the contact."""
    if requested in ("fr", "en"):
        return requested
    spoken = Given.objects.filter(matter__contact=contact).order_by("-pk").values_list("language", flat=True).first()
    return spoken or contact.language


def _address() -> str:
    """The URL where citizens type a reference and its code."""
    return printing.to_type(reverse("public:track"))


def follow_qr(case: Case) -> SafeString:
    """The QR code of the citizen's page of a case."""
    link = f"{settings.PARVIS_URL}{reverse('public:follow', args=[case.secret])}"
    return qr.drawing(link, _("Square code that opens the page of request %(ref)s") % {"ref": case.reference})


def _cases(cases: Iterable[Case]) -> list[ReceiptCase]:
    shown: dict[int, ReceiptCase] = {}
    for case in map(as_seen_by_citizen, cases):
        promise = "" if case.is_paused else due_status.due_words(case)
        shown[case.pk] = ReceiptCase(case, show_code(case.code), follow_qr(case), promise)
    return list(shown.values())
