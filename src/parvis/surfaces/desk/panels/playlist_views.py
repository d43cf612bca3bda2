"""The playlists: named, filled, put in order, closed."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.panels.queries import playlists
from parvis.apps.panels.queries.playlists import Listed
from parvis.apps.panels.services import playlists as playlist_services
from parvis.apps.panels.services.items import TYPED, show_typed
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.panels.forms import DAYS, PlaylistForm, PlaylistItemForm, initial_of_item
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404


@requires(Action.MANAGE_PANELS, "GET", "POST")
def panel_playlists(request: HttpRequest) -> HttpResponseBase:
    """The playlists, with the form that adds one."""
    form, status = PlaylistForm(request.POST or None), 200
    if request.method == "POST":
        added, status = submit(form, lambda: playlist_services.add_playlist(**form.cleaned_data, by=agent_of(request)))
        if added is not None:
            done(request, _("%(name)s is ready: give it messages, then screens.") % {"name": added.name})
            return redirect("desk:panel_playlist", added.pk)
    context = {"rows": playlists.playlists(), "closed": playlists.closed_playlists(), "form": form}
    return render(request, "desk/panels/playlists.html", context, status=status)


@requires(Action.MANAGE_PANELS, "GET", "POST")
def panel_playlist(request: HttpRequest, playlist_id: int) -> HttpResponseBase:
    """One playlist: its messages in order; POST adds one, or changes the one that `?item=` shows in the form."""
    row = _found(playlist_id)
    if request.method == "GET":
        return _page(request, row, PlaylistItemForm(initial=_initial(request, row)))
    form = PlaylistItemForm(request.POST)

    def run() -> list[str]:
        values = {name: form.cleaned_data[name] for name in ("key", "text_fr", "expires_at")}
        return show_typed(**values, slot=form.slot(playlist_id), by=agent_of(request))

    names, status = submit(form, run)
    if names is None:
        return _page(request, row, form, status)
    if names:
        done(request, _("Played by: %(screens)s.") % {"screens": ", ".join(names)})
    else:
        refused(request, _("Kept, but no screen plays this playlist: choose it in the settings of a screen."))
    return redirect("desk:panel_playlist", playlist_id)


def _found(playlist_id: int) -> Listed:
    return or_404(playlists.playlist_by_id(playlist_id))


def _initial(request: HttpRequest, row: Listed) -> dict[str, object]:
    asked = request.GET.get("item", "")
    item = next((one for one in row.items if str(one.pk) == asked and one.key.startswith(TYPED)), None)
    return initial_of_item(item, item.key.removeprefix(TYPED)) if item else {"key": uuid4().hex}


def _page(request: HttpRequest, row: Listed, form: PlaylistItemForm, status: int = 200) -> HttpResponse:
    names = dict(DAYS)
    items = [(item, ", ".join(str(names[day]) for day in item.days), item.key.startswith(TYPED)) for item in row.items]
    key = form["key"].value()
    context = {
        "row": row,
        "playlist": row.playlist,
        "items": items,
        "form": form,
        "rename": PlaylistForm(initial={"name": row.playlist.name}),
        "changes": any(item.key == f"{TYPED}{key}" for item in row.items),
    }
    return render(request, "desk/panels/playlist.html", context, status=status)


@requires(Action.MANAGE_PANELS, "POST")
def move_message(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Plays a message one place later (`later=1`) or earlier."""
    with showing_refusal(request):
        item = playlist_services.move_item(
            item_id=item_id, later=request.POST.get("later") == "1", by=agent_of(request)
        )
        done(request, _("Moved: %(text)s") % {"text": item.text_fr})
        return redirect("desk:panel_playlist", item.playlist_id)
    return redirect("desk:panel_playlists")


@requires(Action.MANAGE_PANELS, "POST")
def rename_playlist(request: HttpRequest, playlist_id: int) -> HttpResponseBase:
    """Renames a playlist; a name that cannot be taken is said, and the former one stays."""
    with showing_refusal(request, Invalid):
        renamed = playlist_services.rename_playlist(
            playlist_id=playlist_id, name=request.POST.get("name", ""), by=agent_of(request)
        )
        done(request, _("It is called %(name)s.") % {"name": renamed.name})
    return redirect("desk:panel_playlist", playlist_id)


@requires(Action.MANAGE_PANELS, "POST")
def close_playlist(request: HttpRequest, playlist_id: int) -> HttpResponseBase:
    """Closes a playlist, which may be opened again."""
    closed = playlist_services.close_playlist(playlist_id=playlist_id, by=agent_of(request))
    undo = reverse("desk:reopen_panel_playlist", args=[closed.pk])
    done(request, _("%(name)s is closed: no screen plays it.") % {"name": closed.name}, undo_url=undo)
    return redirect("desk:panel_playlists")


@requires(Action.MANAGE_PANELS, "POST")
def reopen_playlist(request: HttpRequest, playlist_id: int) -> HttpResponseBase:
    """Opens a playlist again, on the screens that had it."""
    with showing_refusal(request, Invalid):
        opened = playlist_services.reopen_playlist(playlist_id=playlist_id, by=agent_of(request))
        done(request, _("%(name)s is open again.") % {"name": opened.name})
        return redirect("desk:panel_playlist", playlist_id)
    return redirect("desk:panel_playlists")
