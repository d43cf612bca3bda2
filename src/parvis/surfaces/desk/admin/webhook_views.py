"""Webhooks, for managers: which programs are told of what happens, and what became of each event."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.integrations.queries import lists
from parvis.apps.integrations.services import webhooks as webhook_services
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done

PAGE = 30


@requires(Action.MANAGE_KEYS, "GET")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every webhook, its key and its state."""
    return render(request, "desk/keys/webhooks.html", {"rows": lists.all_webhooks()})


@requires(Action.MANAGE_KEYS, "GET")
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """The log of one webhook."""
    hook = lists.webhook_by_id(webhook_id)
    page = lists.log_page(hook, request.GET.get("after", ""), PAGE)
    rows = [(row, row.log[-1] if row.log else None) for row in page.rows]
    return render(request, "desk/keys/webhook.html", {"hook": hook, "rows": rows, "next": page.next})


@requires(Action.MANAGE_KEYS, "POST")
def turn_on(request: HttpRequest, webhook_id: int) -> HttpResponseBase:
    """Turns a webhook on again."""
    webhook_services.turn_on(webhook_id=webhook_id, by=agent_of(request))
    done(request, gettext("This webhook is on: it sends what waited."))
    return redirect("desk:webhook", webhook_id)


@requires(Action.MANAGE_KEYS, "POST")
def send_again(request: HttpRequest, webhook_id: int) -> HttpResponseBase:
    """Sends an event again."""
    webhook_services.send_again(webhook_id=webhook_id, message_id=request.POST.get("message", ""), by=agent_of(request))
    done(request, gettext("This event is sent again."))
    return redirect("desk:webhook", webhook_id)
