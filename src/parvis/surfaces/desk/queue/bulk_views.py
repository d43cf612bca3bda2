"""Bulk actions on selected cases: chosen, previewed, applied once, undone together."""

from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.queries.lists.views import batch_of
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.batches import LATER, MOST, BatchAction, do_batch, notifies_in_english, preview_batch
from parvis.apps.cases.services.handling import CLOSING_REASONS
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import departments
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.workspace.services import workspace
from parvis.lib.errors import Refused
from parvis.lib.words import number
from parvis.surfaces.desk.case.forms import FOLLOW_UP_WORDS, WORKERS, follow_up_day, next_working_day
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import ByNameField, RefusableForm
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

ACTIONS: dict[str, Any] = {
    Transition.ASSIGN: _("Give them to a colleague"),
    Transition.PASS_ON: _("Pass them to a department"),
    Transition.NOTE: _("Add an internal note"),
    LATER: _("See them again later"),
    Transition.CLOSE: _("Close them; each citizen is told"),
}
DONE: dict[str, Any] = {
    Transition.ASSIGN: _("Given to a colleague"),
    Transition.PASS_ON: _("Passed to a department"),
    Transition.NOTE: _("Internal note added"),
    LATER: _("To see again later"),
    Transition.CLOSE: _("Closed"),
}
REASONS = [(reason.value, reason.label) for reason in CLOSING_REASONS]


class BulkForm(RefusableForm):
    """The bulk action and its parameters."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    back = forms.CharField(max_length=600, required=False, widget=forms.HiddenInput)
    move = forms.ChoiceField(
        label=_("What to do with them"), choices=[(str(k), v) for k, v in ACTIONS.items()], widget=forms.RadioSelect,
        error_messages={"required": _("Choose what to do.")},
    )  # fmt: skip
    to = ByNameField(User.objects.none(), label=_("Colleague"), required=False, empty_label=_("Choose a colleague"))
    department = ByNameField(
        Department.objects.none(), label=_("Department"), required=False, to_field_name="slug",
        empty_label=_("Choose a department"),
    )  # fmt: skip
    reason = forms.ChoiceField(
        label=_("Why they close"), choices=[("", _("Choose a reason")), *REASONS], required=False
    )
    on = follow_up_day(required=False)
    words = forms.CharField(
        label=_("Words"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why they are passed on, the note, what each citizen reads when it closes, or words for yourself."),
    )  # fmt: skip
    other = forms.CharField(
        label=_("The same in English"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Someone who is told of these reads English: each letter is in the words of its language."),
    )  # fmt: skip
    proof = forms.CharField(
        label=_("Proof"), required=False, max_length=2000,
        help_text=_("Where the subject asks for one: what was done and seen, or the number of the work order."),
    )  # fmt: skip

    def __init__(self, *args: Any, in_english: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if in_english:
            self.fields["words"].label = gettext("Words, in French when citizens read them")
        else:
            del self.fields["other"]
        workers = User.objects.filter(is_active=True, memberships__role__in=WORKERS).distinct()
        self.fields["to"].queryset = workers  # type: ignore[attr-defined]
        ids = [department.pk for department in departments()]
        self.fields["department"].queryset = Department.objects.filter(pk__in=ids)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Checks that the parameters of the chosen action are given."""
        values = super().clean() or {}
        needs = {
            Transition.ASSIGN: {"to": _("Choose a colleague.")},
            Transition.PASS_ON: {"department": _("Choose a department."), "words": _("Write a few words.")},
            Transition.NOTE: {"words": _("Write a few words.")},
            LATER: {"on": _("Choose the day.")},
            Transition.CLOSE: {"reason": _("Choose why it closes.")},
        }
        for name, text in needs.get(values.get("move", ""), {}).items():
            if not values.get(name) and name not in self.errors:
                self.add_error(name, text)
        if values.get("move") == Transition.CLOSE and values.get("words") and values.get("other") == "":
            self.add_error("other", _("Write it in English too."))
        if values.get("move") == LATER and len(values.get("words") or "") > FOLLOW_UP_WORDS:
            self.add_error("words", gettext("At most %(n)d characters for yourself.") % {"n": FOLLOW_UP_WORDS})
        return values

    @property
    def action(self) -> BatchAction:
        """The action, as the service takes it."""
        data = self.cleaned_data
        parameters = {name: data[name] for name in ("words", "to", "department", "reason", "proof")}
        later = partial(workspace.follow_up, on=data["on"], words=data["words"])
        return BatchAction(data["move"], **parameters, other=data.get("other", ""), note=workspace.note, later=later)


def _selected(values: QueryDict) -> dict[int, int]:
    """The selected cases: {id: last journal entry that the list showed}."""
    selected = {}
    for value in values.getlist("case")[: 2 * MOST]:
        pk, _colon, seq = value.partition(":")
        if (case_id := number(pk)) is not None and (seen := number(seq)) is not None:
            selected[case_id] = seen
    return selected


def _in_english(request: HttpRequest) -> bool:
    return notifies_in_english(cases=_selected(request.POST), by=agent_of(request))


def _back(request: HttpRequest, url: str) -> str:
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}) and url.startswith("/")
    return url if safe else reverse("desk:search")


@requires(Action.WORK_IN_BULK, "POST")
def choose(request: HttpRequest) -> HttpResponseBase:
    """Asks what to do with the selected cases."""
    back = _back(request, request.POST.get("back", ""))
    if not _selected(request.POST):
        refused(request, gettext("Tick at least one request."))
        return redirect(back)
    initial = {"key": uuid4().hex, "back": back, "on": next_working_day()}
    return _form(request, BulkForm(initial=initial, in_english=_in_english(request)))


def _form(request: HttpRequest, form: BulkForm, status: int = 200) -> HttpResponse:
    cases = _selected(request.POST)
    back = _back(request, request.POST.get("back", ""))
    context = {"form": form, "cases": [f"{pk}:{seq}" for pk, seq in cases.items()], "count": len(cases), "back": back}
    return render(request, "desk/bulk/form.html", context, status=status)


@requires(Action.WORK_IN_BULK, "POST")
def preview(request: HttpRequest) -> HttpResponseBase:
    """Previews the effect on each case."""
    form = BulkForm(request.POST, in_english=_in_english(request))
    if not form.is_valid() or "mend" in request.POST:
        return _form(request, form, 200 if "mend" in request.POST else 422)
    try:
        batch = preview_batch(cases=_selected(request.POST), asked=form.action, by=agent_of(request))
    except Refused as refusal:
        form.refuse(refusal.fields, refusal.message)
        return _form(request, form, refusal.status)
    context = {
        "form": form,
        "able": [preview for preview in batch if not preview.refused],
        "unable": [preview for preview in batch if preview.refused],
        "cases": [f"{preview.case.pk}:{preview.case.seq}" for preview in batch],
        "action": ACTIONS[form.cleaned_data["move"]],
        "day": form.cleaned_data["on"] if form.action.transition == LATER else None,
        "back": _back(request, form.cleaned_data["back"]),
        "told": form.action.transition == Transition.CLOSE,
    }
    return render(request, "desk/bulk/preview.html", context)


@requires(Action.WORK_IN_BULK, "POST")
def do(request: HttpRequest) -> HttpResponseBase:
    """Applies the previewed action; submitting twice applies it once."""
    form = BulkForm(request.POST, in_english=_in_english(request))
    if not form.is_valid():
        return _form(request, form, 422)
    values = form.cleaned_data
    try:
        batch = do_batch(key=values["key"], cases=_selected(request.POST), asked=form.action, by=agent_of(request))
    except Refused as refusal:
        form.refuse(refusal.fields, refusal.message)
        return _form(request, form, refusal.status)
    count = batch.items.filter(refused="").count()
    words = ngettext("%(n)d request: %(done)s.", "%(n)d requests: %(done)s.", count)
    back = _back(request, values["back"])
    undo_url = f"{reverse('desk:undo_batch', args=[batch.pk])}?{urlencode({'back': back})}"
    message = words % {"n": count, "done": str(DONE[batch.action]).lower()}
    done(request, message, undo_url=undo_url if count else "")
    return _to_batch(request, batch.pk, back)


@requires(Action.WORK_IN_BULK, "GET")
def done_batch(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """The outcome of a batch: cases changed, refused with their reasons, undone."""
    result = or_404(batch_of(batch_id, agent_of(request)))
    batch, items = result
    context = {
        "batch": batch,
        "action": DONE[batch.action],
        "made": [item for item in items if not item.refused],
        "refused": [item for item in items if item.refused],
        "kept": sum(bool(item.kept) for item in items),
        "back": _back(request, request.GET.get("back", "")),
    }
    return render(request, "desk/bulk/done.html", context)


@requires(Action.WORK_IN_BULK, "POST")
def undo(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Undoes the changes of a batch."""
    with showing_refusal(request):
        batch = workspace.undo_batch(batch_id=batch_id, by=agent_of(request))
        count = batch.items.filter(undone=True).count()
        done(request, ngettext("%(n)d request is as it was.", "%(n)d requests are as they were.", count) % {"n": count})
    return _to_batch(request, batch_id, request.GET.get("back", ""))


def _to_batch(request: HttpRequest, batch_id: int, back: str) -> HttpResponseBase:
    return redirect(f"{reverse('desk:batch', args=[batch_id])}?{urlencode({'back': _back(request, back)})}")
