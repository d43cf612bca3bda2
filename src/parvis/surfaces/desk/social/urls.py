"""URLs of the accounts on social networks and of their posts."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.social import views

patterns: list[URLPattern] = [
    path("social/", views.page, name="social"),
    path("social/accounts/", views.connect, name="connect_social"),
    path("social/accounts/<int:account_id>/token/", views.renew, name="renew_social"),
    path("social/accounts/<int:account_id>/check/", views.check, name="check_social"),
    path("social/accounts/<int:account_id>/disconnect/", views.disconnect, name="disconnect_social"),
    path("social/posts/<int:post_id>/retry/", views.retry, name="retry_social"),
]
