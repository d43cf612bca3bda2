"""How the channels fare: each mailbox, the letters that wait, the quarantine."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.mail import queries as mail
from parvis.apps.mail import services as mailbox
from parvis.apps.voice import queries as calls
from parvis.lib.errors import Conflict
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.inbox.text_views import spend
from parvis.ui.messages import done, refused


@requires(Action.SEE_CHANNELS, "GET")
def channels(request: HttpRequest) -> HttpResponse:
    """Each mailbox and what is known of it."""
    context = {
        "mailboxes": mail.mailbox_health(),
        "quarantined": mail.quarantined_count(),
        "untaken": mail.untaken_seconds() // 60,
        "waiting": mail.waiting(),
        "held": mail.held(),
        "late_calls": calls.late(),
        "stopped": mail.breaker_is_open(),
        "tests": not settings.PARVIS_MAILBOX,
        "texts": spend(agent_of(request)),
    }
    return render(request, "desk/inbox/channels.html", context)


@requires(Action.SEE_CHANNELS, "POST")
def test_mailbox(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    """Sends a message to a mailbox, to see that it comes back."""
    try:
        box = mailbox.send_test(mailbox_id=mailbox_id)
    except Conflict as conflict:
        refused(request, str(conflict))
    else:
        done(request, _("A message left for %(address)s: open this page again in a minute.") % {"address": box.address})
    return redirect("desk:channels")


@requires(Action.SEE_CHANNELS, "POST")
def decide_held(request: HttpRequest) -> HttpResponseBase:
    """Sends the letters held since a backup was restored (`send`), or counts them as sent."""
    if "send" in request.POST:
        count = mailbox.send_held()
        words = ngettext("%(n)s letter leaves within a minute.", "%(n)s letters leave within a minute.", count)
    else:
        count = mailbox.settle_held()
        words = ngettext("%(n)s letter is not sent again.", "%(n)s letters are not sent again.", count)
    done(request, words % {"n": count})
    return redirect("desk:channels")
