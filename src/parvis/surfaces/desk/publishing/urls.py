"""URLs of what the public sees of a case."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.publishing import list_views, views

_PUBLIC = "cases/<str:reference>/public"

patterns: list[URLPattern] = [
    path("publishing/", list_views.waiting, name="to_publish"),
    path(f"{_PUBLIC}/looked-at/", list_views.looked_at, name="looked_at"),
    path(f"{_PUBLIC}/words/back/", list_views.undo_words, name="undo_words"),
    path(f"{_PUBLIC}/", views.public_side, name="public_side"),
    path(f"{_PUBLIC}/hide/", views.hide, name="hide_case"),
    path(f"{_PUBLIC}/show/", views.show, name="show_case"),
    path(f"{_PUBLIC}/photo/<uuid:key>/", views.publish, name="publish_photo"),
    path(f"{_PUBLIC}/photo/<uuid:key>/withdraw/", views.withdraw, name="withdraw_photo"),
]
