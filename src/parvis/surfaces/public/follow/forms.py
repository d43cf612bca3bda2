"""What a citizen may say on the page of their request: words and photos, an opinion, a withdrawal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.surfaces.public.forms import LONGEST
from parvis.surfaces.public.request.forms import PhotosInput
from parvis.ui.forms import RefusableForm

MARKS = [
    ("5", _("5, very good")),
    ("4", _("4, good")),
    ("3", _("3, neither good nor bad")),
    ("2", _("2, bad")),
    ("1", _("1, very bad")),
]


class SaidForm(forms.Form):
    """Words, photos, or both; `since` is the number of the last entry that the page showed.

    Photos are kept as they arrive (`request_photos`): a form that comes back names them, and does not lose them.
    """

    use_required_attribute = False
    words = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": _("This is too long: keep it under 5,000 characters.")},
    )
    since = forms.IntegerField(widget=forms.HiddenInput, required=False)
    photos = forms.FileField(
        label=_("Photos"),
        required=False,
        help_text=_("Ten at most: JPEG, PNG, WebP or HEIC, 12 MB each. The place that they hold is taken out."),
        widget=PhotosInput(attrs={"accept": "image/*,.heic,.heif"}),
    )


class WithdrawForm(forms.Form):
    """Nothing is asked of someone who withdraws, but to say yes."""

    since = forms.IntegerField(widget=forms.HiddenInput, required=False)


class OpinionForm(RefusableForm):
    """Two questions about a closing, and words if one wishes; `closing` is the number of the entry that closed."""

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
    words = forms.CharField(
        label=_("A word more, if you wish"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("This is too long: keep it under 5,000 characters.")},
    )
