"""Contacts: what another system brings waits at the desk."""

from typing import Any

from django.utils.translation import gettext_noop
from ninja import Router
from ninja.params.functions import Query

from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.integrations.queries import lists
from parvis.apps.integrations.queries.sight import contact_values
from parvis.apps.integrations.services.cases import receive_with_key
from parvis.lib.ids import parse_reference
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import ApiRequest, needs, write_once
from parvis.surfaces.api.routes.cases import newcomer_of

router = Router()


@router.post(
    "/contacts",
    **needs(Scope.CONTACTS_WRITE, once=True),
    response={201: schemas.ContactOut, **schemas.errors(400, 401, 403, 409, 415, 422, 429)},
    summary=gettext_noop("Bring a contact"),
    description=gettext_noop("A message from another system waits at the desk until an agent takes it."),
)
def bring_contact(request: ApiRequest, body: schemas.ContactIn) -> Any:
    numbers = tuple(str(number) for text in body.cases if (number := parse_reference(text)))

    def work(key: str) -> tuple[int, dict[str, Any]]:
        arrival = Arrival(
            channel=body.channel,
            key=key,
            language=body.language,
            text=body.text,
            subject_line=body.title,
            references=References(cases=numbers),
        )
        newcomer = newcomer_of(body.person, body.language)
        contact = receive_with_key(api_key=request.auth, arrival=arrival, newcomer=newcomer)
        return 201, contact_values(contact, [])

    return write_once(request, work)


@router.get(
    "/contacts",
    **needs(Scope.CONTACTS_READ),
    response={200: schemas.ContactsOut, **schemas.errors(400, 401, 403, 422, 429)},
    summary=gettext_noop("List the contacts"),
    description=gettext_noop("The newest first: channel, state, length, the cases opened. Never words nor persons."),
)
def list_contacts(
    request: ApiRequest,
    cursor: str = Query("", max_length=200),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    page = lists.contacts_page(cursor, limit)
    return {"items": [contact_values(row, lists.references_of(row)) for row in page.rows], "next": page.next}
