"""The forms on the page of a request: a message with photos, an opinion, a withdrawal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.surfaces.public.forms import words_field
from parvis.surfaces.public.request.forms import PhotosInput
from parvis.ui.forms import RefusableForm

MARKS = [
    ("5", _("5, very good")),
    ("4", _("4, good")),
    ("3", _("3, neither good nor bad")),
    ("2", _("2, bad")),
    ("1", _("1, very bad")),
]


class MessageForm(forms.Form):
    """Words, photos, or both; `since` is the number of the last entry that the page showed.

    Photos are stored as they arrive (`request.photos`): a refused form refers to them, so they need no new upload.
    """

    use_required_attribute = False
    words = words_field(_("Your message"), rows=4)
    since = forms.IntegerField(widget=forms.HiddenInput, required=False)
    photos = forms.FileField(
        label=_("Photos"),
        required=False,
        help_text=_("Ten at most: JPEG, PNG, WebP or HEIC, 12 MB each. The place that they hold is taken out."),
        widget=PhotosInput(attrs={"accept": "image/*,.heic,.heif"}),
    )


class WithdrawForm(forms.Form):
    """A confirmation; no reason is asked."""

    since = forms.IntegerField(widget=forms.HiddenInput, required=False)


class OpinionForm(RefusableForm):
    """Two questions about a closed request, and an optional comment; `closing` is the number of the closing entry."""

    closing = forms.IntegerField(widget=forms.HiddenInput)
    solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[("yes", _("Yes")), ("no", _("No: the same request opens again"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it is solved.")},
    )
    mark = forms.TypedChoiceField(
        label=_("How was the service?"),
        choices=MARKS,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_(
            "At 1 or 2, the request opens again, one level up: someone else looks at it and comes back to you."
        ),
        error_messages={"required": _("Choose a mark.")},
    )
    words = words_field(_("A word more, if you wish"), rows=3)
