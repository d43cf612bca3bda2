"""Cases: opened, listed, read, written to, withdrawn."""

from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Router
from ninja.params.functions import Path, Query
from pydantic import AwareDatetime

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.cases.queries.request_place import Place, place_of
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.directory.queries import language_without_ground
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.integrations.queries import lists
from parvis.apps.integrations.queries.sight import case_values, entry_values, personal_values, sight_of, told_entries
from parvis.apps.integrations.services import cases, uploads
from parvis.apps.places.queries import addresses
from parvis.apps.places.queries.plan import plan
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.errors import Invalid, type_text
from parvis.lib.i18n.localized import localized
from parvis.lib.words import one_line
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import ApiRequest, needs, write_once

router = Router()
PAGE = 50
Reference = Path(max_length=60)


@router.post(
    "/cases",
    **needs(Scope.CASES_WRITE, once=True),
    response={201: schemas.OpenedOut, **schemas.errors(400, 401, 403, 409, 415, 422, 429)},
    summary=gettext_noop("Open a case"),
    description=gettext_noop(
        "Opens a request as the site does: its place, its questions, its promise. Send an Idempotency-Key, and the "
        "same twice opens one. A person is registered, and gets the receipt."
    ),
)
def open_case(request: ApiRequest, body: schemas.CaseIn) -> Any:
    def work(key: str) -> tuple[int, dict[str, Any]]:
        subject = _subject(body.subject)
        new_request = NewRequest(
            key=key,
            subject=subject,
            channel=body.channel,
            language=language_without_ground(body.language),
            words=body.words,
            details=body.answers,
            place=_place(body, subject),
            photos=uploads.uploads_of(request.auth, body.photos),
            newcomer=newcomer_of(body.person, body.language),
        )
        return 201, _opened(cases.open_with_key(api_key=request.auth, request=new_request))

    return write_once(request, work)


@router.get(
    "/cases",
    **needs(Scope.CASES_READ),
    response={200: schemas.CasesOut, **schemas.errors(400, 401, 403, 422, 429)},
    summary=gettext_noop("List the cases"),
    description=gettext_noop(
        "The newest first; with updated_since, from the oldest change on. Nothing personal, whatever the key."
    ),
)
def list_cases(
    request: ApiRequest,
    cursor: str = Query("", max_length=200),
    limit: int = Query(PAGE, ge=1, le=200),
    subject: str = Query("", max_length=200),
    department: str = Query("", max_length=200),
    state: Literal["", "new", "working", "asked", "waiting", "closed"] = "",
    opened_since: AwareDatetime | None = None,
    updated_since: AwareDatetime | None = None,
) -> Any:
    wanted = lists.CaseFilter(
        subject,
        department,
        state,
        opened_since and schemas.possible(opened_since),
        updated_since and schemas.possible(updated_since),
    )
    page = lists.cases_page(wanted, cursor, limit)
    return {"items": [case_values(case) for case in page.rows], "next": page.next}


@router.get(
    "/cases/{reference}",
    **needs(Scope.CASES_READ),
    response={200: schemas.CaseWholeOut, **schemas.errors(400, 401, 403, 404, 422, 429)},
    summary=gettext_noop("Read a case"),
    description=gettext_noop("The case and what its citizen may read of its journal. Words need persons:read."),
)
def read_case(request: ApiRequest, reference: str = Reference) -> Any:
    case, sight = lists.case_of(reference), sight_of(request.auth)
    personal = personal_values(case, sight)
    if personal is not None:
        reason = _("API key: %(name)s") % {"name": request.auth.name}
        record_reading(user=request.auth.created_by, subject="case", subject_id=case.pk, reason=reason)
    entries = [entry_values(entry, sight) for entry in told_entries(case)]
    return case_values(case) | {"personal": personal, "entries": entries}


@router.post(
    "/cases/{reference}/messages",
    **needs(Scope.CASES_WRITE, once=True),
    response={201: schemas.StateOut, **schemas.errors(400, 401, 403, 404, 409, 415, 422, 429)},
    summary=gettext_noop("Write in a case"),
    description=gettext_noop("The words of the citizen, in a case that this key opened, or in any with persons:read."),
)
def write_message(request: ApiRequest, body: schemas.MessageIn, reference: str = Reference) -> Any:
    case = lists.case_of(reference)

    def work(_key: str) -> tuple[int, dict[str, Any]]:
        photos = uploads.uploads_of(request.auth, body.photos)
        return 201, _state(cases.say(api_key=request.auth, case=case, words=body.words, photos=photos))

    return write_once(request, work)


@router.post(
    "/cases/{reference}/withdraw",
    **needs(Scope.CASES_WRITE, once=True),
    response={200: schemas.StateOut, **schemas.errors(400, 401, 403, 404, 409, 415, 422, 429)},
    summary=gettext_noop("Withdraw a case"),
    description=gettext_noop("The citizen no longer asks. Withdrawing twice changes nothing."),
)
def withdraw_case(request: ApiRequest, body: schemas.WithdrawIn, reference: str = Reference) -> Any:
    case = lists.case_of(reference)
    return write_once(
        request, lambda _key: (200, _state(cases.withdraw(api_key=request.auth, case=case, words=body.words)))
    )


def newcomer_of(person: schemas.PersonIn | None, language: str) -> Newcomer | None:
    """The person of a body, as a public form would give them."""
    if person is None:
        return None
    language = language_without_ground(language)
    return Newcomer(name=person.name, phone=person.phone, email=person.email, language=language)


def _subject(slug: str) -> Subject:
    subject = routable(slug)
    if subject is None:
        text = _("The town takes no request of this kind: choose a subject of /answers that may be requested.")
        raise Invalid(text, {"subject": text})
    return subject


def _place(body: schemas.CaseIn, subject: Subject) -> Place:
    errors: dict[str, type_text] = {}
    address = addresses.by_id(body.address_id) if body.address_id else None
    if body.address_id and address is None:
        errors["address_id"] = _("The town has no such address.")
    point = (round(body.point.latitude, 6), round(body.point.longitude, 6)) if body.point else None
    if point and not plan().holds(point):
        errors["point"] = _("This point is not in the town.")
    if errors:
        raise Invalid(_("This place cannot be kept."), errors)
    if subject.place == Subject.Place.NONE:
        return Place()
    words = one_line(body.place)
    address = address or (addresses.exact(words) if words else None)
    return place_of(address, "" if address else words, point)


def _opened(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "url": f"{settings.PARVIS_URL}/api/v1/cases/{case.reference}",
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "promise": due_words(case),
        "department": localized(case.department, "name"),
    }


def _state(case: Case) -> dict[str, Any]:
    return {"reference": case.reference, "state": case.state}
