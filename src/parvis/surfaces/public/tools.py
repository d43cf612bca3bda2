"""Links to the calculators and guides of a subject."""

from dataclasses import dataclass

from django.urls import reverse

from parvis.apps.calculators.queries import registry
from parvis.apps.calculators.queries.registry import Calculator
from parvis.lib.i18n.languages import Lang


@dataclass(frozen=True)
class Tool:
    """A link to a calculator or guide: its label, its address, its icon."""

    label: str
    url: str
    icon: str


def tools_of(slug: str, lang: Lang) -> list[Tool]:
    """The calculators and guides of a subject; no query while the cached content is current."""
    return [Tool(each.label, _url_of(each), each.icon) for each in registry.calculators_on(slug, lang)]


def _url_of(calculator: Calculator) -> str:
    return reverse("public:guide" if calculator.guided else "public:calculation", args=[calculator.subject])
