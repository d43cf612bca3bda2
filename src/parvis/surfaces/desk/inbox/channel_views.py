"""How the channels fare, the letters held, and those that nobody received."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases.models import Case
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.mail import queries as mail
from parvis.apps.mail.services.holding import send_held, settle_held
from parvis.apps.mail.services.watching import send_test
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.inbox import channels_screen
from parvis.surfaces.desk.inbox.screen import PAGE
from parvis.surfaces.desk.inbox.text_views import spend
from parvis.ui.messages import done, showing_refusal


@requires(Action.SEE_CHANNELS, "GET")
def channels(request: HttpRequest) -> HttpResponse:
    """Each channel and what is known of it."""
    texts = spend(agent_of(request))
    rows = channels_screen.rows(texts)
    context = {
        "rows": rows,
        "mailboxes": any(row.mailbox for row in rows),
        "quarantined": mail.quarantined_count(),
        "untaken": mail.untaken_seconds() // 60,
        "held": mail.held(),
        "stopped": mail.breaker_is_open(),
        "tests": not settings.PARVIS_MAILBOX,
        "texts": texts,
    }
    return render(request, "desk/inbox/channels.html", context)


@requires(Action.SEE_CHANNELS, "GET")
def undelivered(request: HttpRequest) -> HttpResponse:
    """The letters that nobody received, newest first, with the reason of each."""
    letters = mail.undelivered(PAGE)
    about = Case.objects.filter(reference__in={letter.thread for letter in letters})
    known = set(about.values_list("reference", flat=True))
    return render(request, "desk/inbox/undelivered.html", {"letters": letters, "known": known})


@requires(Action.SEE_CHANNELS, "POST")
def test_mailbox(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    """Sends a message to a mailbox, to see that it comes back."""
    with showing_refusal(request):
        box = send_test(mailbox_id=mailbox_id)
        done(request, _("A message left for %(address)s: open this page again in a minute.") % {"address": box.address})
    return redirect("desk:channels")


@requires(Action.SEE_CHANNELS, "POST")
def decide_held(request: HttpRequest) -> HttpResponseBase:
    """Sends the letters held since a backup was restored (`send`), or counts them as sent."""
    if "send" in request.POST:
        count = send_held()
        words = ngettext("%(n)s letter leaves within a minute.", "%(n)s letters leave within a minute.", count)
    else:
        count = settle_held()
        words = ngettext("%(n)s letter is not sent again.", "%(n)s letters are not sent again.", count)
    done(request, words % {"n": count})
    return redirect("desk:channels")
