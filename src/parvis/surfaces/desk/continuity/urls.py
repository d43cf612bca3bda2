"""URLs of continuity, whose pages the browser caches."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.continuity import views as continuity_views

patterns: list[URLPattern] = [
    path("continuity/", continuity_views.page, name="continuity"),
    path("continuity/paper/", continuity_views.paper, name="continuity_paper"),
    path("continuity/worker.js", continuity_views.worker, name="continuity_worker"),
    path("continuity/kit", continuity_views.kit, name="continuity_kit"),
    path("continuity/references", continuity_views.references, name="continuity_references"),
    path("continuity/enter", continuity_views.enter, name="continuity_enter"),
]
