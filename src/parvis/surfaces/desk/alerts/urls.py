"""URLs of the alerts."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.alerts import views as alert_views

patterns: list[URLPattern] = [
    path("alerts/", alert_views.alert_list, name="alerts"),
    path("alerts/changes", alert_views.changes, name="alert_changes"),
    path("alerts/<int:alert_id>/see/", alert_views.see_alert, name="see_alert"),
    path("alerts/<int:alert_id>/take/", alert_views.take_alert, name="take_alert"),
    path("alerts/<int:alert_id>/lift/", alert_views.lift_alert, name="lift_alert"),
    path("contacts/<int:contact_id>/alert/", alert_views.mark_contact, name="mark_contact"),
    path("cases/<str:reference>/alert/", alert_views.mark_case, name="mark_case"),
]
