"""What became of a place that was given back, in words, from what happened."""

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Registration, RegistrationEvent
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import clean

State, What = Registration.State, RegistrationEvent.What


def freed_words(registration: Registration) -> str:
    """When its place was given back, and to whom it went, in the active language; "" as long as it is not. Two queries.

    Reads `individual`.
    """
    if registration.state != State.CANCELLED or registration.ended_at is None:
        return ""
    language, today = clean(get_language()), clock.today()
    at = timezone.localtime(registration.ended_at)
    hour = quebec.hour(at, language)
    day = "" if at.date() == today else quebec.near_day(at.date(), today, language)
    values = {"name": registration.individual.name, "moment": f"{day}, {hour}" if day else hour}
    said = _("The place of %(name)s was given back (%(moment)s).") % values
    beside = Registration.objects.filter(group=registration.group_id)
    offers = RegistrationEvent.objects.filter(what=What.OFFERED, at__gte=registration.ended_at)
    if offers.filter(registration__group=registration.group_id).exists():
        return f"{said} {_('It is offered to the next person on the list.')}"
    if beside.filter(state=State.WAITING).exists():
        return f"{said} {_('It goes to the next person on the list.')}"
    return f"{said} {_('It is free for everyone.')}"
