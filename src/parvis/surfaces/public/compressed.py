"""What citizens read leaves compressed, as a phone on a weak signal needs it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from parvis.apps.identity.web.navigation import STAFF_PAGES


class CompressedPages(GZipMiddleware):
    """Middleware that compresses the pages of the public for the browsers that take it.

    Django adds random bytes, so that a length tells nothing of a secret in the page (BREACH). The pages of the staff,
    read on the wires of a town hall, spare the processor.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed when it is a page of the public."""
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if not page or request.path_info.startswith(STAFF_PAGES):
            return response
        return super().process_response(request, response)
