"""Small words of the pages of the citizen."""

from datetime import date

from django import template
from django.utils.translation import gettext as _

from parvis.apps.cases.sla_compliance import Compliance
from parvis.apps.knowledge.snapshot import SubjectCard
from parvis.lib import clock, quebec
from parvis.surfaces.public.answers.screen import language, on_day, request_url
from parvis.surfaces.public.ask.screen import kind_words

register = template.Library()

register.filter("long_day", on_day)
register.filter("gives", kind_words)


@register.filter
def near_date(when: date) -> str:
    """ "8 décembre", with its year when it is another one."""
    return quebec.day_of_month(when, language(), year=when.year != clock.today().year)


@register.filter
def kept_words(kept: Compliance) -> str:
    """How often a promise was kept within the year, in words."""
    if kept.kept == kept.closed:
        return _("Kept every time for a year.")
    return _("Kept %(tenths)d times out of 10 for a year.") % {"tenths": kept.tenths}


@register.filter
def request_address(card: SubjectCard, words: str) -> str:
    """Where the words become a request of that kind."""
    return request_url(card, words)
