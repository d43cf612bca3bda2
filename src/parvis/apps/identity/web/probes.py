"""The probes, answered to the machine itself whatever hosts are served."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from parvis.apps.identity.web.health import alive, ready

PROBES = {"/healthz": alive, "/readyz": ready}
_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


class Probes:
    """Answers the probes asked of this machine by its own name, which is none of PARVIS_HOSTS; no other page is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        if probe and _THIS_MACHINE.fullmatch(request.META.get("HTTP_HOST", "")):
            return probe(request)
        return self.get_response(request)
