"""The counter's devices: tablets at the entrance and screens in the hall, opened and closed by staff."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Device
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.services.counter.devices import close_device, set_device
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done

PATHS = {Device.Kind.DOOR: "attente/borne", Device.Kind.HALL: "attente/ecran"}


class DeviceForm(RefusableForm):
    """A tablet or a screen, and its location."""

    kind = forms.ChoiceField(
        label=_("What it is"), choices=Device.Kind, widget=forms.RadioSelect, initial=Device.Kind.DOOR
    )
    name = forms.CharField(label=pgettext_lazy("device", "Where it stands"), max_length=80)


@requires(Action.SET_SCREENS, "GET")
def screens(request: HttpRequest) -> HttpResponse:
    """The devices in use, with the URL to open on each."""
    return _page(request, DeviceForm())


def _page(request: HttpRequest, form: DeviceForm, status: int = 200) -> HttpResponse:
    rows = [
        (device, f"{settings.PARVIS_URL}/{PATHS[Device.Kind(device.kind)]}/{device.secret}/")
        for device in contacts.devices()
    ]
    context: dict[str, Any] = {"rows": rows, "form": form}
    return render(request, "desk/counter/screens.html", context, status=status)


@requires(Action.SET_SCREENS, "POST")
def set_screen(request: HttpRequest) -> HttpResponseBase:
    """Registers a device and its URL."""
    form = DeviceForm(request.POST)
    device, status = submit(form, lambda: set_device(**form.cleaned_data, by=agent_of(request)))
    if device is None:
        return _page(request, form, status)
    done(request, gettext("%(name)s is ready: open its address there.") % {"name": device.name})
    return redirect("desk:screens")


@requires(Action.SET_SCREENS, "POST")
def close_screen(request: HttpRequest, device_id: int) -> HttpResponseBase:
    """Closes a device: its URL stops working."""
    device = close_device(device_id=device_id, by=agent_of(request))
    done(request, gettext("%(name)s is closed: its address leads nowhere any more.") % {"name": device.name})
    return redirect("desk:screens")
