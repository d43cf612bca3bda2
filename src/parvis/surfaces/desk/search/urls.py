"""URLs of the search, its saved views, and bulk actions."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.queue import bulk_views, saved_views
from parvis.surfaces.desk.search import views as search_views

patterns: list[URLPattern] = [
    path("search/", search_views.search, name="search"),
    path("search/preview/", search_views.related, name="search_preview"),
    path("search/instant", search_views.instant, name="search_instant"),
    path("views/", saved_views.views, name="views"),
    path("views/line", saved_views.line, name="views_line"),
    path("views/new/", saved_views.new, name="new_view"),
    path("views/<int:view_id>/", saved_views.view, name="view"),
    path("views/<int:view_id>/change/", saved_views.change, name="change_view"),
    path("views/<int:view_id>/remove/", saved_views.remove, name="remove_view"),
    path("views/<int:view_id>/back/", saved_views.back, name="view_back"),
    path("bulk/", bulk_views.choose, name="bulk"),
    path("bulk/preview/", bulk_views.preview, name="bulk_preview"),
    path("bulk/do/", bulk_views.do, name="bulk_do"),
    path("bulk/<int:batch_id>/", bulk_views.done_batch, name="batch"),
    path("bulk/<int:batch_id>/undo/", bulk_views.undo, name="undo_batch"),
]
