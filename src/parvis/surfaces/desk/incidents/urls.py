"""URLs of the incidents."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.call import incident_views as incident_call_views
from parvis.surfaces.desk.incidents import views as incident_views

patterns: list[URLPattern] = [
    path("contacts/<int:contact_id>/incident/", incident_call_views.begin, name="begin_incident"),
    path("contacts/<int:contact_id>/join/<int:incident_id>/", incident_call_views.join, name="join_incident"),
    path("recent/matter/<int:matter_id>/unjoin/", incident_call_views.unjoin, name="unjoin"),
    path("incidents/", incident_views.incidents, name="incidents"),
    path("incidents/new/", incident_views.new_incident, name="new_incident"),
    path("incidents/<int:incident_id>/", incident_views.incident, name="incident"),
    path("incidents/<int:incident_id>/correct/", incident_views.correct_incident, name="correct_incident"),
    path("incidents/<int:incident_id>/approve/", incident_views.approve_incident, name="approve_incident"),
    path("incidents/<int:incident_id>/ask/", incident_views.ask_for_incident, name="ask_for_incident"),
    path("incidents/<int:incident_id>/tell/", incident_views.tell_incident, name="tell_incident"),
    path("incidents/<int:incident_id>/end/", incident_views.end_incident, name="end_incident"),
    path("incidents/<int:incident_id>/undo/", incident_views.undo_incident, name="undo_incident"),
    path("incidents/<int:incident_id>/case/", incident_views.join_case, name="join_case"),
    path("incidents/reports/<int:report_id>/leave/", incident_views.leave_incident, name="leave_incident"),
    path("incidents/reports/<int:report_id>/stop/", incident_views.stop_following, name="stop_following"),
]
