"""The letters, texts and calls sent to a contact point about itself, and the words of the consent."""

from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.newsletter.queries.points import page_url


def consent_words() -> str:
    """What someone agrees to, in the active language: who writes, from where, and how to leave."""
    place = town()
    return _(
        "I ask %(town)s, %(address)s, to send me what I choose here. I may leave at any time, by one press, at no cost."
    ) % {"town": place.name, "address": " ".join(place.address.split())}


def confirmation(point_id: int) -> Letter:
    """Asks to confirm a subscription: nothing else comes before."""
    url = page_url(ContactPoint.objects.get(pk=point_id).secret)
    subject = _("Confirm your subscription")
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Someone asked us to write to this address. If it was you, open this page and press the button."),
            _("Until then, nothing else comes. If it was not you, there is nothing to do."),
        ],
        action=_("Confirm on our page"),
        action_url=url,
    )
    return compose(subject, content)


def already(point_id: int) -> Letter:
    """Says to who subscribes again that they are subscribed, and where to choose."""
    url = page_url(ContactPoint.objects.get(pk=point_id).secret)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Someone asked us to write to this address, and we already do. Your choices have not changed."),
        ],
        action=_("See my choices"),
        action_url=url,
    )
    return compose(_("You are already subscribed"), content)


def confirmation_text(point: ContactPoint) -> str:
    """The text message that asks to confirm."""
    words = _("%(town)s: to receive our notices here, open %(url)s and press the button. Otherwise, ignore this.")
    return words % {"town": town().name, "url": page_url(point.secret)}


def confirmation_call(point: ContactPoint) -> str:
    """What the call that asks to confirm says, in the active language; key 1 gives the consent that it says."""
    hello = _("%(town)s. Someone asked us to call this number when there is an alert.") % {"town": town().name}
    how = _("If it was you, press 1. To hear it again, press 2. Otherwise, press 9, or hang up.")
    return "\n".join((hello, consent_words(), how))
