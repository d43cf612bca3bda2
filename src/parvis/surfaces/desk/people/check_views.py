"""The identity check made in a contact before personal information is disclosed."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.services.persons import record_check
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import contact_url, show
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.surfaces.desk.people.forms import CheckForm


@requires(Action.TAKE_CONTACT, "POST")
def check(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Records who asked and how they were checked; the pane then shows whether to disclose."""
    contact = my_contact(request, contact_id)
    form = CheckForm(request.POST)
    form.is_valid()
    typed = {name: str(form.cleaned_data.get(name, "")) for name in ("disclosure", "asker", "how", "name")}
    key = str(form.cleaned_data.get("key") or uuid4().hex)
    try:
        record_check(contact_id=contact_id, key=key, **typed, by=agent_of(request))
    except Invalid as error:
        draft = Draft.of(contact, pane="say")
        return show(request, contact, draft, status=error.status, notice=error.first_error)
    return redirect(f"{contact_url(contact_id)}?pane=say")
