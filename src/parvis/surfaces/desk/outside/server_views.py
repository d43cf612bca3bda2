"""The servers of outside bodies, for managers: added, changed, tested, mapped."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.open311.models import OutsideServer
from parvis.apps.open311.queries import forwarding
from parvis.apps.open311.services.forwarding import servers as server_services
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.outside.forms import ServerForm, answers_of
from parvis.ui.messages import done, refused


@requires(Action.MANAGE_KEYS, "GET", "POST")
def servers(request: HttpRequest) -> HttpResponseBase:
    """Every server, and the form that adds one."""
    if request.method != "POST":
        return _list(request, ServerForm(initial={"when_closed": OutsideServer.WhenClosed.ASK, "active": True}))
    form = ServerForm(request.POST)
    made, status = submit(
        form,
        lambda: server_services.save_server(
            values=server_services.ServerValues(**form.cleaned_data), by=agent_of(request)
        ),
    )
    if made is None:
        return _list(request, form, status)
    done(request, _("%(name)s: kept. Test it, then say which of our subjects go there.") % {"name": made.name})
    return redirect("desk:outside_server", made.pk)


def _list(request: HttpRequest, form: ServerForm, status: int = 200) -> HttpResponse:
    context = {"rows": forwarding.all_servers(), "form": form, "bodies": forwarding.outside_bodies()}
    return render(request, "desk/outside/list.html", context, status=status)


@requires(Action.MANAGE_KEYS, "GET", "POST")
def server(request: HttpRequest, server_id: int) -> HttpResponseBase:
    """One server: its form, its state, its services."""
    row = _server(server_id)
    if request.method != "POST":
        names = ("name", "url", "jurisdiction_id", "sends_person", "when_closed", "active")
        return _page(
            request, row, ServerForm(initial={name: getattr(row, name) for name in names} | {"body": row.body})
        )
    form = ServerForm(request.POST)
    made, status = submit(
        form,
        lambda: server_services.save_server(
            values=server_services.ServerValues(**form.cleaned_data), by=agent_of(request), server_id=row.pk
        ),
    )
    if made is None:
        return _page(request, row, form, status)
    done(request, _("%(name)s: kept.") % {"name": made.name})
    return redirect("desk:outside_server", made.pk)


def _server(server_id: int) -> OutsideServer:
    return forwarding.server_by_id(server_id, _("This server does not exist."))


def _page(request: HttpRequest, row: OutsideServer, form: ServerForm, status: int = 200) -> HttpResponse:
    mapped = [
        (one.subject, one.mapping, "\n".join(f"{code}={value}" for code, value in one.mapping.attributes.items()))
        if one.mapping
        else (one.subject, None, "")
        for one in forwarding.mapped_subjects(row)
    ]
    context = {"server": row, "form": form, "mapped": mapped}
    return render(request, "desk/outside/server.html", context, status=status)


@requires(Action.MANAGE_KEYS, "POST")
def test(request: HttpRequest, server_id: int) -> HttpResponseBase:
    """Asks the server for its endpoint and its services."""
    row = server_services.check_server(server_id=server_id, by=agent_of(request))
    if row.trouble:
        refused(request, _("%(name)s does not answer as it should: %(why)s.") % {"name": row.name, "why": row.trouble})
    else:
        done(request, _("%(name)s answers: %(n)s services.") % {"name": row.name, "n": len(row.services)})
    return redirect("desk:outside_server", row.pk)


@requires(Action.MANAGE_KEYS, "POST")
def map_services(request: HttpRequest, server_id: int) -> HttpResponseBase:
    """Keeps which service each of our subjects is there."""
    mapped: dict[int, server_services.Mapped] = {}
    row = _server(server_id)
    try:
        for one in forwarding.mapped_subjects(row):
            code = request.POST.get(f"code-{one.subject.pk}", "").strip()
            if code:
                answers = answers_of(request.POST.get(f"answers-{one.subject.pk}", ""))
                mapped[one.subject.pk] = server_services.Mapped(code[:120], answers)
        count = server_services.map_services(server_id=row.pk, mapped=mapped, by=agent_of(request))
    except (Invalid, ValueError) as error:
        refused(request, str(error))
    else:
        done(request, _("%(name)s: subjects sent there: %(n)s.") % {"name": row.name, "n": count})
    return redirect("desk:outside_server", row.pk)
