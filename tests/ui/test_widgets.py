"""The controls drawn by Python are, to the character, those of Django's own templates."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from parvis.ui.widgets import Renderer

HOSTILE = '"><script>alert(1)</script>&'


TYPED = {"line": HOSTILE, "number": "3", "words": HOSTILE, "yes": "on", "choice": "2"}


class Everything(forms.Form):
    line = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"class": "input", "placeholder": HOSTILE}))
    number = forms.IntegerField(min_value=0)
    mail = forms.EmailField(required=False)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    words = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "spellcheck": True, "hidden": False}))
    yes = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput)
    photo = forms.FileField()
    choice = forms.ChoiceField(choices=[("", "Choose"), ("Group", [(1, HOSTILE), (2, "two")]), (3, "three")])
    several = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")])
    radio = forms.ChoiceField(choices=[("a", "A"), ("b", HOSTILE)], widget=forms.RadioSelect)


@pytest.mark.parametrize("name", Everything.base_fields)
@pytest.mark.parametrize(
    "typed", [None, {"line": HOSTILE, "number": "3", "words": HOSTILE, "yes": "on", "choice": "2"}]
)
def test_a_control_is_the_one_that_django_draws(name: str, typed: dict[str, Any] | None) -> None:
    drawn, expected = (str(Everything(typed, renderer=made)[name]) for made in (Renderer(), TemplatesSetting()))
    assert [line.strip() for line in drawn.splitlines()] == [line.strip() for line in expected.splitlines()] or (
        name in ("choice", "several") and "".join(drawn.split()) == "".join(expected.split())
    )
    assert "<script>" not in drawn
