"""The check done in a contact before an information about someone is told."""

from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from parvis.apps.directory.permissions import Action
from parvis.apps.intake import services
from parvis.lib.errors import Invalid, NotFound
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import contact_url, show
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.surfaces.desk.people.forms import CheckForm


@requires(Action.TAKE_CONTACT, "POST")
def check(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Keeps who asked, how it was checked, and whether it may be told; the pane says what to say."""
    contact = my_contact(request, contact_id)
    form = CheckForm(request.POST)
    form.is_valid()
    typed = {name: str(form.cleaned_data.get(name, "")) for name in ("disclosure", "asker", "how", "name")}
    key = str(form.cleaned_data.get("key") or uuid4().hex)
    try:
        services.record_check(contact_id=contact_id, key=key, **typed, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except Invalid as wrong:
        words = str(next(iter(wrong.fields.values()), wrong.message))
        return show(request, contact, Draft.of(contact, pane="say"), status=wrong.status, notice=words)
    return redirect(f"{contact_url(contact_id)}?pane=say")
