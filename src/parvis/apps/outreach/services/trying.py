"""A message sent as a test to the person who asks, and to nobody else."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.news.queries.items import item_url
from parvis.apps.newsletter.rules.contact_points import email_address
from parvis.apps.outreach.channels.base import Testable, Tester
from parvis.apps.outreach.channels.registry import carrying
from parvis.apps.outreach.channels.site import Site
from parvis.apps.outreach.models import JournalEntry
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.services.journal import What, locked, require
from parvis.apps.outreach.services.results import delivery_key
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, Refused
from parvis.lib.phone_numbers import phone_number

MOST, EACH = 3, timedelta(minutes=1)  # tests of one person


@dataclass(frozen=True)
class Tried:
    """What became of the test of one channel: done or not, in words."""

    label: Any
    done: bool
    words: str


@transaction.atomic
def send_test(*, message_id: int, language: str, email: str = "", phone: str = "", by: User) -> list[Tried]:
    """Sends the present words, by each chosen channel that can be tried, to who asks; marked as a test, journaled.

    It goes to the address and to the number of their account. `email` and `phone` (E.164), which they typed, serve only
    where the account has none, and the journal keeps them whole; such a number is tried within the hours of calls.

    No delivery and no subscriber is touched. A channel that cannot says why, and the others do not wait for it. Raises
    NotAllowed, NotFound, Conflict when the message is over or after MOST tests, Invalid (channels) when none of the
    chosen channels can be tried.
    """
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    if not (message.is_editable or message.is_out):
        raise Conflict(_("This message is over: copy it to start another one."))
    lately = JournalEntry.objects.filter(what=What.TESTED, by=by, at__gt=now() - EACH)
    if lately.count() >= MOST:
        raise Conflict(_("%(n)d tests left in the last minute: wait a little.") % {"n": MOST})
    content = content_of(message)
    channels = [channel for channel in carrying(content) if isinstance(channel, Testable)]
    if not channels:
        words = _("Choose letters, text messages or calls: only they can be sent to one person.")
        raise Invalid(words, {"channels": words})
    to, typed = _target(by, language, email, phone)
    content = content.at(item_url(delivery_key(message.pk, Site.slug)))
    tried = []
    for channel in channels:
        try:
            with transaction.atomic():
                tried.append(Tried(channel.label, done=True, words=channel.send_test(content, to)))
        except Refused as refusal:
            words = refusal.first_error
            tried.append(Tried(channel.label, done=False, words=words))
    told = [f"{one.label}: {one.words}" for one in tried]
    if typed:
        told.append(_("Typed by hand: %(targets)s.") % {"targets": ", ".join(typed)})
    message.note(What.TESTED, by=by, words=" ".join(told))
    return tried


def own_targets(user: User) -> tuple[str, str]:
    """The e-mail address and the phone (E.164) of an account, "" for what it has not, or not whole."""
    return email_address(user.email), phone_number(user.phone)


def _target(by: User, language: str, email: str, phone: str) -> tuple[Tester, list[str]]:
    """To whom the test of `by` goes, and what of it they typed."""
    own_email, own_phone = own_targets(by)
    typed = [target for own, target in ((own_email, email), (own_phone, phone)) if target and not own]
    return Tester(own_email or email, own_phone or phone, language, is_typed=not own_phone), typed
