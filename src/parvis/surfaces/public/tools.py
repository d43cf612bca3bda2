"""Where something may be worked out or checked on a subject: the page of each work."""

from dataclasses import dataclass

from django.urls import reverse

from parvis.apps.knowledge import calculators
from parvis.apps.knowledge.calculators import Calculator
from parvis.lib.languages import Lang


@dataclass(frozen=True)
class Tool:
    """A page where something is worked out: its name, its address, the icon beside it."""

    label: str
    url: str
    icon: str


def tools_of(slug: str, lang: Lang) -> list[Tool]:
    """Those of a subject; no query while nothing changed."""
    return [Tool(work.label, url_of(work), work.icon) for work in calculators.calculators_on(slug, lang)]


def url_of(work: Calculator) -> str:
    """The page of a work."""
    return reverse("public:guide" if work.guided else "public:calculation", args=[work.subject])
