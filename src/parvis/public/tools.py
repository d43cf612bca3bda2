"""What may be worked out or checked on a subject: a calculation, a guided set of questions."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.knowledge import computing
from parvis.knowledge import queries as knowledge
from parvis.knowledge.computed import permit_guide
from parvis.lib.languages import Lang

SUBSIDY = "subvention-"
DUTY, TAXES, REVISION = "mutation", "paiement-taxes", "evaluation-fonciere"
LATE = "arrerages"  # what it asks is answered by the calculation of TAXES


@dataclass(frozen=True)
class Tool:
    """A page where something is worked out: its name, its address, the icon beside it."""

    label: str
    url: str
    icon: str


def tools_of(slug: str, lang: Lang) -> list[Tool]:
    """Those of a subject; no query while nothing changed."""
    found = []
    if computing.has_guide(slug):
        permit = computing.guide_of(slug).kind == permit_guide.KIND
        label = _("Do I need a permit? A few questions to know") if permit else _("Whose door is it? A few questions")
        found.append(Tool(label, reverse("public:guide", args=[slug]), "list-checks"))
    target = TAXES if slug == LATE else slug
    if calculates(target, lang):
        found.append(Tool(title_of(target), reverse("public:calculation", args=[target]), "calculator"))
    return found


def calculates(slug: str, lang: Lang) -> bool:
    """Whether something may be calculated on that subject, and the town has the subject."""
    known = slug in (DUTY, TAXES, REVISION) or slug.startswith(SUBSIDY)
    return known and knowledge.card(slug, lang) is not None


def title_of(slug: str) -> str:
    """The title of the calculation on a subject."""
    titles = {
        DUTY: _("Estimate the transfer duty"),
        TAXES: _("Due dates of taxes, and what being late costs"),
        REVISION: _("Last day to ask for a review of the assessment"),
    }
    return titles.get(slug) or _("Am I eligible, and for how much?")
