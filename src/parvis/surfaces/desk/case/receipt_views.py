"""Receipts on paper, in large type: what was said and what is promised, for those who have nothing but their hands."""

from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.surfaces.desk.case import receipt
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, my_contact, needs_reason, requires
from parvis.surfaces.desk.people.views import ask_reason
from parvis.ui import printing
from parvis.ui.context import reader


@requires(Action.TAKE_CONTACT, "GET")
def contact_receipt(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The receipt of one of the agent's own contacts: PDF, or the page itself (`as=page`, or no Pango).

    It repeats the answers given and the number to call: a sensitive file asks for a reason first.
    """
    contact = my_contact(request, contact_id)
    if contact.person is not None and needs_reason(agent_of(request), contact.person.canonical):
        return ask_reason(request, contact.person.canonical)
    language = receipt.language_of(contact, request.GET.get("lang", ""))
    return _paper(request, receipt.of_contact(contact, language), f"{contact.pk}")


@requires(Action.TAKE_CONTACT, "GET")
def case_receipt(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The receipt of a request that one may read; reading it is logged, for it holds the citizen's code.

    That code opens the citizen's page, which tells their address: a sensitive file asks for a reason first.
    """
    case = readable(request, reference)
    if case.person is not None and needs_reason(agent_of(request), case.person.canonical):
        return ask_reason(request, case.person.canonical)
    record_reading(user=agent_of(request), subject="case", subject_id=case.pk, reason=_("receipt printed"))
    asked = request.GET.get("lang", "")
    language = asked if asked in ("fr", "en") else case.language
    return _paper(request, receipt.of_case(case, language), case.reference)


def _paper(request: HttpRequest, context: dict[str, Any], name: str) -> HttpResponseBase:
    language = context["lang"]
    with translation.override(language):
        html = render_to_string("desk/receipt/receipt.html", {**context, **_other(request, language)}, request)
        document = None if request.GET.get("as") == "page" else printing.pdf(html)
        filename = f"{_('receipt')}-{name}.pdf"
    if document is None:
        return HttpResponse(html)
    headers = {"Content-Disposition": f'inline; filename="{filename}"'}
    shown = HttpResponse(document, content_type="application/pdf", headers=headers)
    # The reader of PDF of some browsers is an object of the page.
    return csp_replace({"object-src": ["'self'"]})(lambda _request: shown)(request)


def _other(request: HttpRequest, language: str) -> dict[str, Any]:
    """The words of the page in the language of the paper, whatever that of the agent."""
    known = reader(language, None)
    return {"html_lang": known["html_lang"], "other_lang": known["other_lang"], "paper_path": request.path}
