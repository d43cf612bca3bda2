"""Template tags and filters of the editors' space."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from parvis.apps.content.models import Answer
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.matching.services.example_training import redact_contacts
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

register = template.Library()
register.filter(redact_contacts)


@register.simple_tag
def rendered(answer: Answer, mode: str) -> Rendered:
    """The answer as rendered for a preview mode ("desk-fr", "public-en")."""
    return answers.render(answer, preview_language(mode))


@register.filter
def preview_language(mode: str) -> str:
    """The language of a preview mode."""
    return clean((mode or "").rpartition("-")[2])


@register.filter
def dated(when: date | datetime | None) -> str:
    """A day, local to the town, in the language of the page, such as "1er juin 2027"; "" for None."""
    if when is None:
        return ""
    day = timezone.localtime(when).date() if isinstance(when, datetime) else when
    return quebec.day_of_month(day, get_language() or "fr", year=True)
