"""Discovery, services and their definitions."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.directory.queries import jurisdictions, town
from parvis.lib import clock
from parvis.lib.errors import NotFound
from parvis.surfaces.open311 import definitions
from parvis.surfaces.open311.errors import Failure
from parvis.surfaces.open311.gate import Asked, endpoint, in_jurisdiction
from parvis.surfaces.open311.moments import written
from parvis.surfaces.open311.wire import CONTENT_TYPES, Items, respond

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def _discovery(asked: Asked) -> HttpResponse:
    place, absolute = town(), asked.request.build_absolute_uri
    endpoint_values = {
        "specification": SPECIFICATION,
        "url": absolute("/open311/v2"),
        "changeset": written(place.loaded_at or clock.now()),
        "type": "test" if settings.PARVIS_DEMO else "production",
        "formats": Items("format", [kind.partition(";")[0] for kind in CONTENT_TYPES.values()]),
    }
    contact = _("%(town)s: %(email)s, %(phone)s.")
    how = _("A key is needed only to send requests. To ask for one, write to %(email)s; how, and for what: %(url)s")
    values = {
        "changeset": written(place.loaded_at or clock.now()),
        "contact": contact % {"town": place.name, "email": place.email, "phone": place.phone},
        "key_service": how % {"email": place.email, "url": absolute("/open311/")},
        "endpoints": Items("endpoint", [endpoint_values]),
    }
    return respond(asked.form, "discovery", values)


def _services(asked: Asked) -> HttpResponse:
    return respond(asked.form, "services", definitions.services())


def _definition(asked: Asked, *, code: str) -> HttpResponse:
    subject = routable(code)
    if subject is None:
        text = _("service_code is unknown: %(code)s. Choose one of those of /services.") % {"code": code[:80]}
        raise Failure(text, status=404, reason="service-unknown")
    return respond(asked.form, "service_definition", definitions.definition(subject))


def _unknown(asked: Asked, *, rest: str) -> HttpResponse:
    raise Failure(_("Nothing is at this address: see /open311/discovery.xml."), status=404, reason="address-unknown")


discovery = endpoint(get=_discovery)
services = endpoint(get=in_jurisdiction(_services))
definition = endpoint(get=in_jurisdiction(_definition))
unknown = endpoint(get=_unknown, post=_unknown)


@require_safe
def about(request: object) -> HttpResponse:
    """The page for people: what this is, how to ask for a key, the rules of use."""
    try:
        known = jurisdictions()
    except NotFound:
        known = []
    context = {"jurisdictions": known, "several": len(known) > 1}
    return render(request, "open311/about.html", context)  # type: ignore[arg-type]
