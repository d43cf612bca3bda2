"""The letter to the owner of a fact, in the active language."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.content.models import Fact
from parvis.apps.content.rules import values
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import clean, pick


def lapse(fact_id: int) -> Letter:
    """Says that a fact expires or has expired, what the answers say then, and where to renew it."""
    fact = Fact.objects.select_related("area").get(pk=fact_id)
    code = clean(get_language())
    label = pick(fact, "label", code)
    last = quebec.day_of_month(fact.valid_to, code, year=True) if fact.valid_to else ""
    if fact.valid_to is not None and fact.valid_to < clock.today():
        subject = _("No longer told: %(label)s") % {"label": label}
        first = _(
            "This value stood until %(day)s. We no longer give it to anyone: our answers say that it must be checked."
        )
    else:
        subject = _("To renew before %(day)s: %(label)s") % {"day": last, "label": label}
        first = _(
            "The last day of this value is %(day)s. After it, our answers no longer give it: they say that it must be "
            "checked."
        )
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            first % {"day": last},
            _("If it stays the same, say so; if it changes, give the new one with its source."),
        ],
        pairs=[
            (_("Fact"), label),
            (_("Value"), _value(fact, code)),
            *([(_("Area"), str(fact.area))] if fact.area else []),
            (_("Last day"), last),
            (_("Source"), fact.source_title),
        ],
        action=_("See the fact"),
        action_url=settings.PARVIS_URL + reverse("facts:edit", args=[fact.pk]),
        closing=[_("If you do not edit the answers yourself, pass this letter to whoever does.")],
    )
    return compose(subject, content)


def _value(fact: Fact, code: str) -> str:
    try:
        return values.shown(fact.kind, fact.value, code, fact.unit)
    except values.Unreadable:
        return ""
