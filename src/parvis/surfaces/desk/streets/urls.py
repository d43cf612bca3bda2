"""URLs of the streets: tonight's snow operation, the road notices."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.streets import views as street_views

patterns: list[URLPattern] = [
    path("streets/", street_views.streets, name="streets"),
    path("streets/tonight/", street_views.declare, name="declare_operation"),
    path("streets/tonight/<int:declaration_id>/undo/", street_views.undo_declaration, name="undo_declaration"),
    path("streets/notices/new/", street_views.new_notice, name="new_notice"),
    path("streets/notices/<int:works_id>/", street_views.notice, name="notice"),
    path("streets/notices/<int:works_id>/lift/", street_views.lift_notice, name="lift_notice"),
    path("streets/notices/<int:works_id>/restore/", street_views.restore_notice, name="restore_notice"),
]
