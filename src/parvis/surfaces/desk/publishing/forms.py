"""The public words of a case, and the rectangles of a photo."""

import re

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.services.publishing import LONGEST_WORDS
from parvis.apps.files.rules.masking import MOST
from parvis.ui.forms import RefusableForm

_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,4})?(?=[\s;,%]|$)")


class WordsForm(RefusableForm):
    """What the town says of a request to everyone."""

    words_fr = forms.CharField(
        required=False,
        max_length=LONGEST_WORDS,
        label=_("Words for the public, in French"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    words_en = forms.CharField(
        required=False,
        max_length=LONGEST_WORDS,
        label=_("The same in English, if you wish"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    landmark = forms.CharField(required=False, max_length=160, label=_("Place in words: a park, a corner"))
    exact_place = forms.BooleanField(required=False, label=_("It is a public place: show its exact point on the map"))


class RectanglesForm(RefusableForm):
    """The rectangles of one photo, one a line: left, top, width and height, in percent of the picture."""

    rectangles = forms.CharField(
        required=False,
        max_length=4000,
        label=_("Rectangles, one a line: left, top, width, height, in percent"),
        widget=forms.Textarea(attrs={"rows": 2, "inputmode": "decimal", "spellcheck": "false"}),
    )

    def clean_rectangles(self) -> list[tuple[int, ...]]:
        """[(x, y, width, height)] in thousandths of the picture."""
        lines = [line for line in self.cleaned_data["rectangles"].splitlines() if line.strip()]
        if len(lines) > MOST:
            raise forms.ValidationError(gettext("A photo has %(most)d rectangles at most.") % {"most": MOST})
        return [_thousandths(line) for line in lines]


def _thousandths(line: str) -> tuple[int, ...]:
    values = [float(number.replace(",", ".")) for number in _NUMBER.findall(line.replace(", ", " "))]
    if len(values) != 4 or any(value > 100 for value in values):  # noqa: PLR2004
        raise forms.ValidationError(
            gettext("“%(line)s” is not a rectangle: write four numbers from 0 to 100, such as: 10 20 15 15.")
            % {"line": line[:60]}
        )
    return tuple(round(value * 10) for value in values)


def written(rectangles: list[list[int]]) -> str:
    """Rectangles in thousandths, as the field writes them."""
    return "\n".join(" ".join(f"{number / 10:g}" for number in rectangle) for rectangle in rectangles)
