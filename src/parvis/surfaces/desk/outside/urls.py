"""URLs of the servers of outside bodies, and of what is sent to them."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.outside import case_views, server_views

_SERVER = "outside-servers/<int:server_id>"

patterns: list[URLPattern] = [
    path("outside-servers/", server_views.servers, name="outside_servers"),
    path(f"{_SERVER}/", server_views.server, name="outside_server"),
    path(f"{_SERVER}/test/", server_views.test, name="test_outside_server"),
    path(f"{_SERVER}/services/", server_views.map_services, name="map_outside_services"),
    path("cases/<str:reference>/forward/", case_views.forward, name="forward_case"),
    path("forwardings/<int:forwarding_id>/again/", case_views.again, name="forwarding_again"),
    path("forwardings/<int:forwarding_id>/settle/", case_views.settle, name="settle_forwarding"),
    path("forwardings/<int:forwarding_id>/back/", case_views.back, name="forwarding_back"),
]
