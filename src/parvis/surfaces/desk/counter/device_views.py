"""The tablets at the door and the screens of the hall: their addresses, made and closed by staff."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.permissions import Action
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.models import Device
from parvis.lib.errors import Invalid, NotFound
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done

PLACES = {Device.Kind.DOOR: "attente/borne", Device.Kind.HALL: "attente/ecran"}


class DeviceForm(forms.Form):
    """A tablet or a screen, and where it stands."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=_("What it is"), choices=Device.Kind, widget=forms.RadioSelect, initial=Device.Kind.DOOR
    )
    name = forms.CharField(label=pgettext_lazy("device", "Where it stands"), max_length=80)


@requires(Action.SET_SCREENS, "GET")
def screens(request: HttpRequest) -> HttpResponse:
    """Those in use, with the address to open on each."""
    return _page(request, DeviceForm())


def _page(request: HttpRequest, form: DeviceForm, status: int = 200) -> HttpResponse:
    rows = [
        (device, f"{settings.PARVIS_URL}/{PLACES[Device.Kind(device.kind)]}/{device.secret}/")
        for device in intake.devices()
    ]
    context: dict[str, Any] = {"rows": rows, "form": form}
    return render(request, "desk/counter/screens.html", context, status=status)


@requires(Action.SET_SCREENS, "POST")
def set_screen(request: HttpRequest) -> HttpResponseBase:
    """Makes the address of one more."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        device = services.set_device(**form.cleaned_data, by=agent_of(request))
    except Invalid as wrong:
        for name, text in wrong.fields.items():
            form.add_error(name, str(text))
        return _page(request, form, wrong.status)
    done(request, gettext("%(name)s is ready: open its address there.") % {"name": device.name})
    return redirect("desk:screens")


@requires(Action.SET_SCREENS, "POST")
def close_screen(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Its address leads nowhere any more."""
    try:
        device = services.close_device(device_id=device_id, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    done(request, gettext("%(name)s is closed: its address leads nowhere any more.") % {"name": device.name})
    return redirect("desk:screens")
