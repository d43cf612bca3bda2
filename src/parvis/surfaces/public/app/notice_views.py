"""The notices that a device accepts: by subject and by address, without an account."""

from itertools import groupby

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.apps.push.models import Device, Subscription
from parvis.apps.push.queries import devices
from parvis.apps.push.services.subscriptions import choose_subjects
from parvis.apps.throttling.services import within_limit
from parvis.lib.limits import client_address
from parvis.lib.words import number
from parvis.surfaces.public.app.device_views import TOO_MANY, device_of
from parvis.surfaces.public.app.views import kept_address
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.messages import done

WINDOW, CHANGES, MOST_ADDRESSES = 600, 60, 10
Kind = Subscription.Kind


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponseBase:
    """What this device is told, by address and subject. POST keeps the choice of one address, found by its text.

    The choice may be made before the device accepts notices only through its script, which asks for them first.
    """
    device = device_of(request)
    if request.method != "POST":
        return _show(request, device)
    typed = request.POST.get("place", "").strip()[:120]
    kinds = [kind for kind in request.POST.getlist("kinds") if kind in Kind.values]
    if device is None or not device.live:
        error = _("Turn notices on for this device first: the button is above.")
        return _show(request, device, typed=typed, kinds=kinds, error=error, status=422)
    if not within_limit("notices", client_address(request), times=CHANGES, seconds=WINDOW):
        error = _("Too many attempts from here. Wait ten minutes.")
        return _show(request, device, typed=typed, kinds=kinds, error=error, status=TOO_MANY)
    address = _address(request, typed)
    if address is None:
        error = _("Write an address of the town: its number, then its street.")
        return _show(request, device, typed=typed, kinds=kinds, error=error, status=422)
    if kinds and _is_one_too_many(device, address):
        error = _("Ten addresses at most. Stop the notices of another one first.")
        return _show(request, device, typed=typed, kinds=kinds, error=error, status=422)
    choose_subjects(device=device, address=address, kinds=kinds)
    done(request, _("Noted.") if kinds else _("You will be told nothing more of this address."))
    return redirect("public:notices")


def _address(request: HttpRequest, typed: str) -> Address | None:
    chosen = number(request.POST.get("lieu", ""))
    address = addresses.by_id(chosen) if chosen is not None else None
    if address is not None and (not typed or address.label == typed):
        return address
    return addresses.exact(typed) if typed else None


def _is_one_too_many(device: Device, address: Address) -> bool:
    known = {row.address_id for row in devices.subjects_of(device)}
    return address.pk not in known and len(known) >= MOST_ADDRESSES


def _show(
    request: HttpRequest,
    device: Device | None,
    *,
    typed: str = "",
    kinds: list[str] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponseBase:
    rows = devices.subjects_of(device) if device else []
    chosen = [(address, {row.kind for row in group}) for address, group in groupby(rows, lambda row: row.address)]
    kept = kept_address(request)
    context = {
        "device": device,
        "kinds": Kind.choices,
        "addresses": chosen,
        "typed": typed or (kept.label if kept and not chosen else ""),
        "wanted": kinds if kinds is not None else ["pickups", "water"],
        "error": error,
        "public_nav": nav(),
    }
    return render(request, "public/app/notices.html", context, status=status)
