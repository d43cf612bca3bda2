"""URLs of the API keys."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.admin import key_views

patterns: list[URLPattern] = [
    path("keys/", key_views.key_list, name="keys"),
    path("keys/new/", key_views.make_key, name="make_key"),
    path("keys/<int:key_id>/revoke/", key_views.revoke_key, name="revoke_key"),
]
