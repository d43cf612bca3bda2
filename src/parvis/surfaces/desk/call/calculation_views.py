"""Records calculations and computed answers for an address as given. Submitting twice settles once."""

from functools import partial

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.i18n.languages import clean
from parvis.surfaces.desk.call import calculation_screen, forms
from parvis.surfaces.desk.call.calculation_screen import WORK
from parvis.surfaces.desk.call.draft import WORK_NAME, WORK_PREFIX, Draft, by_name
from parvis.surfaces.desk.call.matter_views import CHANGED, after, record_answers, settled_already
from parvis.surfaces.desk.call.panes import PLACE
from parvis.surfaces.desk.call.views import show
from parvis.surfaces.desk.gate import my_contact, requires


@requires(Action.TAKE_CONTACT, "POST")
def calculated(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Records a result that was read aloud, calculated again from the values typed."""
    retry = partial(_retry, request, contact_id, WORK)
    form = forms.CalculatedForm(request.POST, prefix=WORK)
    if not form.is_valid():
        return retry(_("Work it out first, then read the result aloud."))
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    sheet = calculation_screen.sheet(values["name"], by_name(request.POST), clean(values["lang"]))
    answer = sheet.given_answer() if sheet else None
    if sheet is None or answer is None:
        return retry(_("Work it out first, then read the result aloud."))
    if values["stamp"] != sheet.stamp:
        return retry(_("The result changed while you were reading it. Read it again, then press F2."), CHANGED)
    subject = Subject.objects.filter(slug=sheet.work.subject).first()
    return record_answers(request, contact_id, form, [answer], retry, subject=subject)


@requires(Action.TAKE_CONTACT, "POST")
def place_answered(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Records the computed answers for an address that were read aloud, as of the moment they were shown."""
    retry = partial(_retry, request, contact_id, PLACE)
    form = forms.PlaceAnsweredForm(request.POST, prefix=PLACE)
    if not form.is_valid():
        return retry(_("Choose what you read aloud of this address."))
    if (done := settled_already(form, contact_id)) is not None:
        return after(request, contact_id, done.pk)
    values = form.cleaned_data
    moment = calculation_screen.shown_at(values["at"])
    if moment is None:
        notice = _("This was on the screen for too long: it is read anew. Read it again, then press F2.")
        return retry(notice, CHANGED)
    answers = calculation_screen.answers_at(values["address"], values["parts"], clean(values["lang"]), moment)
    about = (subject for subject, _answer in answers if subject and subject.slug == values["about"])
    subject = next(about, answers[0][0])
    return record_answers(request, contact_id, form, [answer for _subject, answer in answers], retry, subject=subject)


def _retry(request: HttpRequest, contact_id: int, pane: str, notice: str, status: int = 422) -> HttpResponseBase:
    """The same screen and pane with the values typed, and a notice."""
    contact, typed = my_contact(request, contact_id), by_name(request.POST)
    draft = Draft.of(contact, text=typed.get(f"{pane}-text", ""), lang=typed.get(f"{pane}-lang", ""), pane=pane)
    if pane == PLACE:
        draft = draft.with_fields({**draft.fields, "place-address": typed.get("place-address", "")})
    names = [name for name in typed if name == WORK_NAME or name.startswith(f"{WORK_PREFIX}-")]
    draft = draft.with_work({name: typed[name] for name in names})
    return show(request, contact, draft, status=status, notice=notice)
