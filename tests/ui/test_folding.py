"""Folded templates say what they said, in each language, wherever the site stands."""

import pytest
from django.template import Template, engines
from django.template.context import Context
from django.template.loader import get_template
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation

from parvis.ui.folding import Constant, fold

SOURCE = """{% load i18n static ui %}<p>{% icon "hand" %}{% translate "Save" context "view" %}</p>
{% if who %}<b>{% kbd "Enter" %} {% translate "Skip to content" %}</b> {{ who }}
{% else %}{% kbd "?" %}{% logo %}{% endif %}
{% for one in many %}<a href="{% url "public:home" %}">{% icon one %}{{ one }}</a>
{% empty %}<i>{% kbd "up" %}</i>{% endfor %}
{% translate "Cancel" as word %}<link href="{% static "ui/css/base.css" %}">{{ word }}
{% autoescape off %}{{ who }}{% icon "hand" label="a" %}{% endautoescape %}"""
SAID = [{"who": "<Léa>", "many": ["hand", "star"]}, {"who": "", "many": []}]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("said", SAID)
def test_a_folded_template_says_what_it_said(language: str, said: dict[str, object]) -> None:
    plain, folded = Template(SOURCE), Template(SOURCE)
    fold(folded.nodelist)
    before = get_script_prefix()
    for prefix in (before, "/town/", before):
        for code in ("en", "fr", language):
            set_script_prefix(prefix)
            try:
                with translation.override(code):
                    expected = plain.render(Context(said))
                    assert folded.render(Context(said)) == expected
                    assert f'href="{prefix}"' in expected or not said["many"]
            finally:
                set_script_prefix(before)


def test_the_templates_of_the_house_are_folded_once() -> None:
    assert engines["django"].engine.template_loaders  # type: ignore[attr-defined]
    page = get_template("ui/base.html").template  # type: ignore[attr-defined]
    held = page.nodelist.get_nodes_by_type(Constant)
    assert held and get_template("ui/base.html").template.nodelist.get_nodes_by_type(Constant) == held  # type: ignore[attr-defined]
