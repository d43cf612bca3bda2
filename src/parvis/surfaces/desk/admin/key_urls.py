"""URLs of the API keys and of the webhooks made with them."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.admin import embedding_views, key_views, webhook_views

patterns: list[URLPattern] = [
    path("keys/", key_views.key_list, name="keys"),
    path("keys/new/", key_views.make_key, name="make_key"),
    path("keys/<int:key_id>/revoke/", key_views.revoke_key, name="revoke_key"),
    path("embedding/", embedding_views.embedding, name="embedding"),
    path("webhooks/", webhook_views.webhooks, name="webhooks"),
    path("webhooks/<int:webhook_id>/", webhook_views.webhook, name="webhook"),
    path("webhooks/<int:webhook_id>/on/", webhook_views.turn_on, name="webhook_on"),
    path("webhooks/<int:webhook_id>/again/", webhook_views.send_again, name="webhook_again"),
]
