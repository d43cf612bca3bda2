"""URLs of retention."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.retention import hold_views, views

patterns: list[URLPattern] = [
    path("conservation/", views.retention, name="retention"),
    path("conservation/proposer/", views.propose, name="propose_destruction"),
    path("conservation/proposition/<int:run_id>/", views.run, name="retention_run"),
    path("conservation/proposition/<int:run_id>/approuver/", views.approve, name="approve_destruction"),
    path("conservation/proposition/<int:run_id>/ecarter/", views.drop, name="drop_destruction"),
    path("conservation/proposition/<int:run_id>/<slug:app>.<slug:name>/", views.lines, name="retention_lines"),
    path("conservation/ligne/<int:line_id>/", views.decide_line, name="retention_line"),
    path("conservation/retenues/", hold_views.holds, name="retention_holds"),
    path("conservation/retenues/<int:hold_id>/lever/", hold_views.end, name="end_retention_hold"),
    path("conservation/certificat/<str:number>/", views.certificate, name="retention_certificate"),
]
