"""The form by which a citizen corrects their request."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.request_place import Place, place_of
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.question_fields import question_field
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.surfaces.public.forms import words_field
from parvis.surfaces.public.request.forms import PhotosInput, address_field, place_field
from parvis.ui.forms import QuestionsForm


class CorrectForm(QuestionsForm):
    """The words, the place, the answers (as `ask-<key>`), for whom it is, photos to add."""

    words = words_field(_("In your words"), rows=5)
    place = place_field()
    address = address_field()
    point = forms.BooleanField(
        required=False,
        label=_("Keep the point shown on the map"),
        help_text=_("Untick it if it is no longer there."),
    )
    on_behalf_of = forms.CharField(
        required=False,
        max_length=160,
        label=pgettext_lazy("a request", "On behalf of someone else"),
        help_text=_("Their name, if you make this request for a parent, a neighbour, a client."),
    )
    photos = forms.FileField(
        label=_("Photos to add"),
        required=False,
        help_text=_("Ten at most: JPEG, PNG, WebP or HEIC, 12 MB each. The place that they hold is taken out."),
        widget=PhotosInput(attrs={"accept": "image/*,.heic,.heif"}),
    )

    def __init__(self, data: Any = None, *, case: Case) -> None:
        super().__init__(data, initial=_initial(case))
        self.case = case
        self.questions = [] if case.is_comment else list(case.subject.questions.all())
        missing = gettext("Answer this question: it tells us whom to send, and with what.")
        answers = {row["key"]: row["value"] for row in case.details}
        for question in self.questions:
            self.fields[f"ask-{question.key}"] = question_field(question, missing=missing)
            self.initial[f"ask-{question.key}"] = answers.get(question.key, "")
        if case.subject.place == Subject.Place.NONE:
            for name in ("place", "address", "point"):
                del self.fields[name]
        elif case.point is None:
            del self.fields["point"]

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """The fields of the subject's questions, in order."""
        return [self[f"ask-{question.key}"] for question in self.questions]

    @property
    def chosen_place(self) -> Place:
        """The place as it is now: the suggested address that was chosen, or typed in full, else words and the point."""
        text, chosen = self.cleaned_data.get("place", "").strip(), self.cleaned_data.get("address")
        same = isinstance(chosen, Address) and chosen.label == text
        address = chosen if same else addresses.exact(text) if text else None
        return place_of(address, text, self.case.point if self.cleaned_data.get("point") else None)

    @property
    def as_message(self) -> str:
        """What was typed, as the words of a message."""
        lines = [str(self.data.get("words", "")).strip(), str(self.data.get("place", "")).strip()]
        lines += [str(self.data.get(f"ask-{question.key}", "")).strip() for question in self.questions]
        lines.append(str(self.data.get("on_behalf_of", "")).strip())
        return "\n".join(line for line in lines if line)


def _initial(case: Case) -> dict[str, Any]:
    """The request as it stands. The address nearest to a point was found, not typed: the point alone stands for it."""
    words = "" if case.near_metres is not None else case.place_text
    return {
        "words": case.words,
        "place": case.address.label if case.address else words,
        "address": case.address_id,
        "point": case.point is not None,
        "on_behalf_of": case.on_behalf_of,
    }
