"""What was worked out, or read of an address, is recorded as said. Each may be sent twice and settles once."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import services
from parvis.apps.intake.models import Contact
from parvis.lib.errors import NotFound, Refused
from parvis.lib.languages import clean
from parvis.surfaces.desk.call import calculation_screen, forms
from parvis.surfaces.desk.call.draft import WORK_NAME, WORK_PREFIX, Draft, by_name
from parvis.surfaces.desk.call.matter_views import CHANGED, after, settled_already, settled_of
from parvis.surfaces.desk.call.panes import PLACE
from parvis.surfaces.desk.call.views import recent_url, show
from parvis.surfaces.desk.gate import my_contact, requires


@requires(Action.TAKE_CONTACT, "POST")
def worked(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """What was worked out was read aloud: worked out again from what was typed, and recorded with it."""
    form = forms.WorkedForm(request.POST, prefix=calculation_screen.WORK)
    if not form.is_valid():
        return _not_yet(
            request, contact_id, calculation_screen.WORK, _("Work it out first, then read the result aloud.")
        )
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    sheet = calculation_screen.sheet(values["name"], by_name(request.POST), clean(values["lang"]))
    said = calculation_screen.said_of(sheet) if sheet else None
    if sheet is None or said is None:
        return _not_yet(
            request, contact_id, calculation_screen.WORK, _("Work it out first, then read the result aloud.")
        )
    if values["stamp"] != sheet.stamp:
        notice = _("The result changed while you were reading it. Read it again, then press F2.")
        return _not_yet(request, contact_id, calculation_screen.WORK, notice, CHANGED)
    subject = Subject.objects.filter(slug=sheet.work.subject).first()
    return _record(request, contact_id, form, calculation_screen.WORK, subject, [said])


@requires(Action.TAKE_CONTACT, "POST")
def place_told(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Parts of what is known of an address were read aloud: recorded with the address, the moment and the words."""
    form = forms.PlaceToldForm(request.POST, prefix=PLACE)
    if not form.is_valid():
        return _not_yet(request, contact_id, PLACE, _("Choose what you read aloud of this address."))
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    moment = calculation_screen.shown_at(values["at"])
    if moment is None:
        notice = _("This was on the screen for too long: it is read anew. Read it again, then press F2.")
        return _not_yet(request, contact_id, PLACE, notice, CHANGED)
    match = calculation_screen.said_at(values["address"], values["parts"], clean(values["lang"]), moment)
    subject = next((one for one, _said in match if one and one.slug == values["about"]), match[0][0])
    return _record(request, contact_id, form, PLACE, subject, [said for _subject, said in match])


def _record(
    request: HttpRequest,
    contact_id: int,
    form: forms.KeyedForm,
    pane: str,
    subject: Subject | None,
    said: list[services.GivenAnswer],
) -> HttpResponseBase:
    try:
        matter = services.settle_answered(settled_of(request, contact_id, form, subject=subject), *said)
    except NotFound as refused:
        raise Http404 from refused
    except Refused as refused:
        if my_contact(request, contact_id).state == Contact.State.DONE:
            return redirect(recent_url(contact_id))
        return _not_yet(request, contact_id, pane, str(refused), refused.status)
    return after(request, contact_id, matter.pk)


def _not_yet(request: HttpRequest, contact_id: int, pane: str, notice: str, status: int = 422) -> HttpResponseBase:
    """The same screen, the same pane, what was typed in it, and what to do."""
    contact, typed = my_contact(request, contact_id), by_name(request.POST)
    draft = Draft.of(contact, text=typed.get(f"{pane}-text", ""), lang=typed.get(f"{pane}-lang", ""), pane=pane)
    if pane == PLACE:
        draft = draft.with_fields({**draft.fields, "place-address": typed.get("place-address", "")})
    names = [name for name in typed if name == WORK_NAME or name.startswith(f"{WORK_PREFIX}-")]
    draft = draft.with_work({name: typed[name] for name in names})
    return show(request, contact, draft, status=status, notice=notice)
