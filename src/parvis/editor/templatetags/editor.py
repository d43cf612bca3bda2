"""The draft of an answer, made ready for the preview."""

from django import template

from parvis.knowledge import queries
from parvis.knowledge.models import Answer
from parvis.knowledge.rendering import Rendered
from parvis.knowledge.teaching import without_reach as _without_reach
from parvis.lib.languages import clean

register = template.Library()


@register.simple_tag
def rendered(answer: Answer, mode: str) -> Rendered:
    """The answer as the readers of a preview mode ("desk-fr", "public-en") would get it."""
    return queries.render(answer, preview_language(mode))


@register.filter
def preview_language(mode: str) -> str:
    """The language of a preview mode."""
    return clean((mode or "").rpartition("-")[2])


@register.filter
def without_reach(words: str) -> str:
    """What someone said, without the e-mail addresses and phone numbers in it."""
    return _without_reach(words)
