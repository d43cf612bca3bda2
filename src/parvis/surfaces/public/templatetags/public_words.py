"""Template filters of the public pages."""

from datetime import date

from django import template
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.reporting.sla_compliance import Compliance
from parvis.lib import clock, quebec
from parvis.surfaces.public.answers.screen import language, on_day, request_url
from parvis.surfaces.public.ask.screen import kind_words

register = template.Library()

register.filter("long_day", on_day)
register.filter("gives", kind_words)
register.filter("request_address", request_url)


@register.filter
def near_date(when: date) -> str:
    """Such as "8 décembre"; with the year when it is not the current one."""
    return quebec.day_of_month(when, language(), year=when.year != clock.today().year)


@register.filter
def kept_words(compliance: Compliance) -> str:
    """How often a promise was kept in the last year, in words."""
    if compliance.kept == compliance.closed:
        return _("Kept every time for a year.")
    return _("Kept %(tenths)d times out of 10 for a year.") % {"tenths": compliance.tenths}
