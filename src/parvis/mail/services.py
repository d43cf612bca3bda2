"""Putting letters in the post."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue, job
from parvis.lib.languages import clean
from parvis.mail.models import Outgoing

DELIVER = job("parvis.mail.tasks.deliver")


def queue(*, key: str, to: str, language: str, renderer: str, args: Sequence[object] = ()) -> Outgoing:
    """Ask for one letter, in the caller's transaction: the worker writes and sends it after the commit.

    `key` says which letter it is: asked twice, it is queued once and the same row comes back. `renderer` is the dotted
    name of a function that makes a `Letter` from `args` (plain values), in the letter's language. Invalid when `to` is
    no e-mail address.
    """
    known = Outgoing.objects.filter(key=key).first()
    if known is not None:
        return known
    try:
        validate_email(to)
    except ValidationError as error:
        message = _("“%(address)s” is not an e-mail address.") % {"address": to}
        raise Invalid(message, {"email": message}) from error
    outgoing = Outgoing.objects.create(
        key=key,
        message_id=message_id(key),
        to=to,
        language=clean(language),
        renderer=renderer,
        args=list(args),
        queued_at=clock.now(),
    )
    enqueue(DELIVER, outgoing.pk)
    return outgoing


def message_id(key: str) -> str:
    """The Message-ID of the letter of that key, the same for ever: "<hash@host of PARVIS_URL>"."""
    host = urlsplit(settings.PARVIS_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"
