"""A sample form with every kind of field."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import pgettext_lazy


class SampleForm(forms.Form):
    """Fields, hints and errors; never saved."""

    name = forms.CharField(
        label=pgettext_lazy("sample", "Your name"),
        help_text=pgettext_lazy("sample", "As you want to be called."),
        max_length=80,
    )
    phone = forms.CharField(
        label=pgettext_lazy("sample", "Telephone"),
        required=False,
        validators=[
            RegexValidator(
                r"^[\d\s-]{7,}$",
                pgettext_lazy("sample", "This number is too short. Write the area code and the number."),
            )
        ],
    )
    subject = forms.ChoiceField(
        label=pgettext_lazy("sample", "Subject"),
        choices=[
            ("", "—"),
            ("a", pgettext_lazy("sample", "Pothole")),
            ("b", pgettext_lazy("sample", "Streetlight out")),
        ],
    )
    reply_by = forms.ChoiceField(
        label=pgettext_lazy("sample", "How should we reach you?"),
        help_text=pgettext_lazy("sample", "We write at each step."),
        choices=[
            ("mail", pgettext_lazy("sample", "E-mail")),
            ("phone", pgettext_lazy("sample", "Telephone")),
            ("none", pgettext_lazy("sample", "No news, please")),
        ],
        widget=forms.RadioSelect,
    )
    message = forms.CharField(
        label=pgettext_lazy("sample", "What is happening?"), widget=forms.Textarea(attrs={"rows": 4})
    )
    photo = forms.FileField(
        label=pgettext_lazy("sample", "Photo"),
        required=False,
        help_text=pgettext_lazy("sample", "We remove the position hidden in the file."),
    )
    agree = forms.BooleanField(label=pgettext_lazy("sample", "Someone may call me about it"))
