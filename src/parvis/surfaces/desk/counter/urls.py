"""URLs of the counter: the line, its devices, the receipts."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.case import receipt_views
from parvis.surfaces.desk.counter import device_views
from parvis.surfaces.desk.counter import views as counter_views

patterns: list[URLPattern] = [
    path("counter/", counter_views.counter, name="counter"),
    path("counter/changes", counter_views.changes, name="counter_changes"),
    path("counter/next/", counter_views.call_next, name="call_next"),
    path("counter/name/", counter_views.write_in, name="write_in"),
    path("counter/<int:visit_id>/call/", counter_views.call_visit, name="call_visit"),
    path("counter/<int:visit_id>/again/", counter_views.call_again, name="call_again"),
    path("counter/<int:visit_id>/absent/", counter_views.no_show, name="no_show"),
    path("counter/<int:visit_id>/back/", counter_views.put_back, name="put_back"),
    path("counter/<int:visit_id>/left/", counter_views.leave_line, name="leave_line"),
    path("contacts/<int:contact_id>/receipt/", receipt_views.contact_receipt, name="contact_receipt"),
    path("cases/<str:reference>/receipt/", receipt_views.case_receipt, name="case_receipt"),
    path("counter/screens/", device_views.screens, name="screens"),
    path("counter/screens/new/", device_views.set_screen, name="set_screen"),
    path("counter/screens/<int:device_id>/close/", device_views.close_screen, name="close_screen"),
]
