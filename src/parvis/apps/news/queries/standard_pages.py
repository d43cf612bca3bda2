"""The pages that every town owes its readers, as long as it has not written its own: texts to be completed."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from parvis.lib.i18n.languages import Lang

TITLES = {"confidentialite": _("Privacy"), "accessibilite": _("Accessibility"), "donnees-ouvertes": _("Open data")}


@dataclass(frozen=True)
class StandardPage:
    """A page that nobody has written yet: its title and its text, where {town} and the like stand for its values."""

    title: str
    body: str


def standard_page(slug: str, lang: Lang) -> StandardPage | None:
    """The standard page with that slug, in that language; None when there is none."""
    if slug not in TITLES:
        return None
    with override(lang):
        return StandardPage(gettext(str(TITLES[slug])), render_to_string(f"news/pages/{slug}_{lang}.html"))
