"""A form with one of each kind of field."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """Never kept anywhere: it shows fields, hints and errors."""

    name = forms.CharField(label=_("Your name"), help_text=_("As you want to be called."), max_length=80)
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        validators=[RegexValidator(r"^[\d\s-]{7,}$", _("This number is too short. Write the area code and the number."))],
    )
    subject = forms.ChoiceField(label=_("Subject"), choices=[("", "—"), ("a", _("Pothole")), ("b", _("Streetlight out"))])
    reply_by = forms.ChoiceField(
        label=_("How should we reach you?"),
        help_text=_("We write at each step."),
        choices=[("mail", _("E-mail")), ("phone", _("Telephone")), ("none", _("No news, please"))],
        widget=forms.RadioSelect,
    )
    message = forms.CharField(label=_("What is happening?"), widget=forms.Textarea(attrs={"rows": 4}))
    photo = forms.FileField(label=_("Photo"), required=False, help_text=_("We remove the position hidden in the file."))
    agree = forms.BooleanField(label=_("Someone may call me about it"))
