"""What the map is drawn from: the town's own layers, its file of tiles, or the tiles of a configured server."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.places.queries.plan import plan
from parvis.lib.ranges import answer_with_file, file_version

OPEN_DATA = "© OpenStreetMap"  # what the licence (ODbL) of most tiles asks to be written on the map


@require_safe
@vary_on_cookie
@cache_control(public=True, max_age=300)
def map_sources(_request: HttpRequest) -> JsonResponse:
    """The sources of the map as JSON, for `ui/map.js`: {"plan", "pmtiles", "tiles", "bbox", "credit", "own_credit"}.

    `pmtiles` is the address of the town's file, with its version, else ""; `tiles` the template of the configured
    server, else "".
    """
    drawn = plan()
    own_credit = _("Example map, drawn from invented data") if drawn.example else _("Map drawn from the town's data")
    try:
        version = file_version(settings.MAP_FILE).strip('"')
    except FileNotFoundError:
        version = ""
    pmtiles = f"{reverse('public:map_tiles')}?v={version}" if version else ""
    tiles = "" if pmtiles else settings.MAP_TILES
    return JsonResponse(
        {
            "plan": reverse("public:town_plan"),
            "pmtiles": pmtiles,
            "tiles": tiles,
            "bbox": drawn.box,
            "credit": (settings.MAP_CREDIT or OPEN_DATA) if pmtiles or tiles else own_credit,
            "own_credit": own_credit,
        }
    )


@require_safe
@cache_control(public=True, max_age=86400)
def map_tiles(request: HttpRequest) -> HttpResponseBase:
    """The town's file of tiles (PMTiles), whole or in the parts that the browser asks."""
    try:
        return answer_with_file(request, settings.MAP_FILE, "application/vnd.pmtiles")
    except FileNotFoundError:
        raise Http404 from None


@require_safe
@cache_control(public=True, max_age=3600)
@condition(etag_func=lambda _request: f'"{plan().version}"')
def town_plan(_request: HttpRequest) -> HttpResponseBase:
    """The map of the town as GeoJSON, publicly cacheable, with an ETag."""
    return HttpResponse(plan().geojson, content_type="application/geo+json")
