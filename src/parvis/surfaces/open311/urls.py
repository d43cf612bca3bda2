"""Addresses of Open311, each ending with its format."""

from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from parvis.surfaces.open311 import request_views, service_views, update_views


class Format(StringConverter):
    """The suffix that says the format of the answer."""

    regex = "xml|json"


class Code(StringConverter):
    """The code or number of something, dots included."""

    regex = "[^/]+?"


register_converter(Format, "open311_format")
register_converter(Code, "open311_code")

app_name = "open311"
urlpatterns = [
    path("", service_views.about, name="about"),
    path("discovery.<open311_format:form>", service_views.discovery, name="discovery"),
    path("v2/services.<open311_format:form>", service_views.services, name="services"),
    path("v2/services/<open311_code:code>.<open311_format:form>", service_views.definition, name="definition"),
    path("v2/requests.<open311_format:form>", request_views.requests, name="requests"),
    path("v2/requests/<open311_code:reference>.<open311_format:form>", request_views.one, name="request"),
    path("v2/servicerequestupdates.<open311_format:form>", update_views.updates, name="updates"),
    path("v2/tokens/<open311_code:token>.<open311_format:form>", request_views.token, name="token"),
    path("v2/photos/<uuid:key>.jpg", request_views.photo, name="photo"),
    re_path(r"^(?P<rest>.*)$", service_views.unknown, name="unknown"),
]
