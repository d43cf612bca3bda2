"""The screens: how they fare, what they show, their addresses; messages typed for them alone."""

from base64 import b64encode
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries import pictures, requests, screens
from parvis.apps.panels.queries.items import last_proofs_of_play, live_items
from parvis.apps.panels.rules.rotation import ALERT
from parvis.apps.panels.rules.text import fit
from parvis.apps.panels.services import items as item_services
from parvis.apps.panels.services.screens import add_screen, change_screen, renew_key, revoke_screen
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.panels.forms import MessageForm, ScreenForm, initial_of
from parvis.ui.messages import done, refused
from parvis.ui.views import or_404

LONGEST_TYPED = 300


@requires(Action.READ_ANSWERS, "GET")
def panels(request: HttpRequest) -> HttpResponse:
    """Every screen with its health and what it paints now; the messages; the form of a message."""
    return _list(request, MessageForm(initial={"key": uuid4().hex}, by=agent_of(request)))


def _list(request: HttpRequest, form: MessageForm, status: int = 200) -> HttpResponse:
    items = live_items()
    context = {
        "rows": screens.screens(),
        "items": [(item, item.key.startswith((item_services.TYPED, item_services.REQUESTED))) for item in items],
        "manages": agent_of(request).may(Action.MANAGE_PANELS),
        "waiting": len(requests.open_requests()),
        "alerts": item_services.may_show_alerts(agent_of(request)),
        "form": form,
    }
    return render(request, "desk/panels/list.html", context, status=status)


@requires(Action.MANAGE_PANELS, "POST")
def show_message(request: HttpRequest) -> HttpResponseBase:
    """Shows a message on the panels."""
    form = MessageForm(request.POST, by=agent_of(request))

    def run() -> list[str]:
        values = {"groups": (), **form.cleaned_data}
        return item_services.show_typed(**values, by=agent_of(request))

    names, status = submit(form, run)
    if names is None:
        return _list(request, form, status)
    if names:
        done(request, _("Shown within 15 seconds by: %(screens)s.") % {"screens": ", ".join(names)})
    else:
        refused(request, _("Kept, but no screen is in these groups: nothing shows it."))
    return redirect("desk:panels")


@requires(Action.MANAGE_PANELS, "POST")
def preview(request: HttpRequest) -> HttpResponse:
    """How what is typed looks on the screens, how long it is, and what is proposed when it is too long."""
    typed = request.POST.get("text_fr", "")[:LONGEST_TYPED]
    result = fit(typed)
    alert = request.POST.get("priority") == str(ALERT)
    drawn = pictures.sights(result.shortened, alert=alert)
    sights = [(sight, [_inline(one) for one in sight.pictures]) for sight in drawn]
    return render(request, "desk/panels/preview.html", {"fit": result, "sights": sights})


def _inline(png: bytes) -> str:
    """The address of a picture that holds it: what is typed is kept nowhere."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


@requires(Action.MANAGE_PANELS, "POST")
def remove_message(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Takes a message off the panels."""
    item = item_services.remove_item(item_id=item_id, by=agent_of(request))
    undo = reverse("desk:restore_panel_message", args=[item.pk])
    done(request, _("Taken off: %(text)s") % {"text": item.text_fr}, undo_url=undo)
    return _back(item)


def _back(item: Item) -> HttpResponseBase:
    """Where a message is listed."""
    return redirect("desk:panel_playlist", item.playlist_id) if item.playlist_id else redirect("desk:panels")


@requires(Action.MANAGE_PANELS, "POST")
def restore_message(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Puts a message back."""
    item = item_services.restore_item(item_id=item_id, by=agent_of(request))
    done(request, _("Put back: %(text)s") % {"text": item.text_fr})
    return _back(item)


@requires(Action.MANAGE_PANELS, "GET", "POST")
def new_panel(request: HttpRequest) -> HttpResponseBase:
    """Adds a screen."""
    form = ScreenForm(request.POST or None)
    if request.method == "POST":
        screen, status = submit(form, lambda: add_screen(values=form.values(), by=agent_of(request)))
        if screen is not None:
            done(request, _("%(name)s is ready: open its address there.") % {"name": screen.name})
            return redirect("desk:panel", screen.pk)
        return render(request, "desk/panels/new.html", {"form": form}, status=status)
    return render(request, "desk/panels/new.html", {"form": form})


@requires(Action.MANAGE_PANELS, "GET", "POST")
def panel(request: HttpRequest, screen_id: int) -> HttpResponseBase:
    """One screen: its address, its preview, its rotation, its settings."""
    screen = or_404(screens.screen_by_id(screen_id))
    if request.method == "GET":
        return _page(request, screen, ScreenForm(initial=initial_of(screen)))
    form = ScreenForm(request.POST)
    changed, status = submit(
        form, lambda: change_screen(screen_id=screen_id, values=form.values(), by=agent_of(request))
    )
    if changed is None:
        return _page(request, screen, form, status)
    done(request, _("%(name)s is changed.") % {"name": changed.name})
    return redirect("desk:panel", screen_id)


def _page(request: HttpRequest, screen: Screen, form: ScreenForm, status: int = 200) -> HttpResponse:
    base = f"{settings.PARVIS_URL}/panneau/{screen.secret}/"
    context: dict[str, Any] = {
        "health": screens.health_of(screen),
        "screen": screen,
        "form": form,
        "address": base,
        "proofs_of_play": last_proofs_of_play(screen),
        "closed": (f"{base}image.png", f"{base}flux.rss"),
        "preview": f"/panneau/{screen.secret}/image.png?apercu",
    }
    return render(request, "desk/panels/panel.html", context, status=status)


@requires(Action.MANAGE_PANELS, "POST")
def renew_panel(request: HttpRequest, screen_id: int) -> HttpResponseBase:
    """Gives a screen another address."""
    screen = renew_key(screen_id=screen_id, by=agent_of(request))
    done(request, _("%(name)s has a new address; the former one opens nothing.") % {"name": screen.name})
    return redirect("desk:panel", screen_id)


@requires(Action.MANAGE_PANELS, "POST")
def revoke_panel(request: HttpRequest, screen_id: int) -> HttpResponseBase:
    """Ends a screen."""
    screen = revoke_screen(screen_id=screen_id, by=agent_of(request))
    done(request, _("%(name)s is closed: its address leads nowhere any more.") % {"name": screen.name})
    return redirect("desk:panels")
