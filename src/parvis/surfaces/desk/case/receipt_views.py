"""Receipts printed in large type: the answers given and the promises made, for people without a screen."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.surfaces.desk.case import receipt
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, my_contact, needs_reason, requires
from parvis.surfaces.desk.people.views import ask_reason
from parvis.ui import printing
from parvis.ui.context import reader


@requires(Action.TAKE_CONTACT, "GET")
def contact_receipt(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The receipt of one of the agent's own contacts: PDF, or HTML with `as=page` or without Pango.

    It repeats the answers given and the phone number: a sensitive file asks for a reason first.
    """
    contact = my_contact(request, contact_id)
    if contact.person is not None and needs_reason(agent_of(request), contact.person.canonical):
        return ask_reason(request, contact.person.canonical)
    language = receipt.language_of(contact, request.GET.get("lang", ""))
    return _paper(request, receipt.of_contact(contact, language), f"{contact.pk}")


@requires(Action.TAKE_CONTACT, "GET")
def case_receipt(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The receipt of a case; logged, because it holds the citizen's code.

    The code opens the citizen's page, which shows their address: a sensitive file asks for a reason first.
    """
    case = readable(request, reference)
    if case.person is not None and needs_reason(agent_of(request), case.person.canonical, of=case):
        return ask_reason(request, case.person.canonical)
    record_reading(user=agent_of(request), subject="case", subject_id=case.pk, reason=_("receipt printed"))
    language = request.GET.get("lang", "")
    language = language if language in ("fr", "en") else case.language
    return _paper(request, receipt.of_case(case, language), case.reference)


def _paper(request: HttpRequest, context: dict[str, Any], name: str) -> HttpResponseBase:
    language = context["lang"]
    with translation.override(language):
        known = reader(language, None)  # the language of the paper, not that of the agent
        languages = {"html_lang": known["html_lang"], "other_lang": known["other_lang"], "paper_path": request.path}
        html = render_to_string("desk/receipt/receipt.html", {**context, **languages}, request)
        filename = f"{_('receipt')}-{name}.pdf"
    return printing.as_pdf(request, html, filename)
