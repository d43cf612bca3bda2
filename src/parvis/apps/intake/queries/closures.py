"""What an automatic receipt says while the town is closed more than usual."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean


def closure_words(language: str, at: datetime) -> str:
    """A sentence that names the closure and says when the town opens again; "" when it opens as on any other week.

    A holiday, a closure or a day shortened by the calendar counts, from the closing before it; nights and weekends do
    not. `at` is aware; the language is "fr" or "en".
    """
    calendar, lang = working_calendar(), clean(language)
    opens = calendar.opening(at)
    usual = replace(calendar, closed=frozenset(), short={})
    if usual.opening(at) == opens:
        return ""
    first = calendar.local(at).date()
    days = (first + timedelta(days=n) for n in range((opens.date() - first).days))
    names = next((calendar.names[day] for day in days if day in calendar.closed and day in calendar.names), ("", ""))
    values = {"name": names[1] if lang == "en" else names[0], "when": quebec.moment(opens, lang)}
    with translation.override(lang):
        if values["name"]:
            return (
                _("Our offices are closed (%(name)s). They open again on %(when)s, and you will be answered then.")
                % values
            )
        return _("Our offices are closed. They open again on %(when)s, and you will be answered then.") % values
