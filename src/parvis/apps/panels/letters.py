"""The letters to bodies and to managers, in the active language."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.mail.letters import Content, Letter, compose
from parvis.apps.panels.models import PanelRequest, Screen
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean


def received(request_id: int) -> Letter:
    """Tells a body that its message was received."""
    request = PanelRequest.objects.get(pk=request_id)
    subject = _("Your message for the panels was received")
    first = _("Someone looks at it before it is shown. You will be written to either way.")
    return compose(subject, Content(greeting=_("Hello,"), paragraphs=[first], pairs=_pairs(request)))


def decided(request_id: int) -> Letter:
    """Tells a body what was decided, and why."""
    request = PanelRequest.objects.get(pk=request_id)
    if request.state == PanelRequest.State.APPROVED:
        subject = _("Your message will be on the panels")
        first = _("It is accepted. It is shown on the days below, in turn with the other messages.")
    else:
        subject = _("Your message will not be on the panels")
        first = _("It was not accepted, for the reason below. It does not count among your messages of the year.")
    paragraphs = [first, *([request.words] if request.words else [])]
    return compose(subject, Content(greeting=_("Hello,"), paragraphs=paragraphs, pairs=_pairs(request)))


def _pairs(request: PanelRequest) -> list[tuple[str, str]]:
    code = clean(get_language())
    text = request.item.text_fr if request.item else request.text
    return [
        (_("Body"), request.body),
        (_("Message"), text),
        (_("First day"), quebec.day_of_month(request.first_day, code, year=True)),
        (_("Last day"), quebec.day_of_month(request.last_day, code, year=True)),
    ]


def silent(screen_id: int) -> Letter:
    """Tells a manager that a screen has been silent for five minutes."""
    screen = Screen.objects.get(pk=screen_id)
    subject = _("The panel %(name)s is silent") % {"name": screen.name}
    seen = f"{timezone.localtime(screen.seen_at):%Y-%m-%d %H:%M}" if screen.seen_at else ""
    paragraphs = [
        _("It has told nothing for five minutes: its power, its network or its browser may be down."),
        _("Without a network it keeps what it had, drops what lapses, and tells what it painted once back."),
    ]
    content = Content(
        greeting=_("Hello,"),
        paragraphs=paragraphs,
        pairs=[(_("Place"), screen.place or screen.name), (_("Last heard of"), seen)],
        action=_("See the panels"),
        action_url=settings.PARVIS_URL + reverse("desk:panels"),
    )
    return compose(subject, content)
