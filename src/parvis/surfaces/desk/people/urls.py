"""URLs of the files of people and organisations, and of the disclosure rules."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.case import history_views
from parvis.surfaces.desk.people import check_views, household_views, organisation_views, profile_views
from parvis.surfaces.desk.people import merge_views as person_merge_views
from parvis.surfaces.desk.people import views as person_views

patterns: list[URLPattern] = [
    path("people/<int:person_id>/", person_views.person, name="person"),
    path("people/<int:person_id>/history/", history_views.person, name="person_history"),
    path("people/<int:person_id>/why/", person_views.reason, name="person_reason"),
    path("people/<int:person_id>/sensitive/", profile_views.flag, name="person_flag"),
    path("people/<int:person_id>/sensitive/<int:flag_id>/lift/", profile_views.lift, name="person_lift"),
    path("people/<int:person_id>/merge/", person_merge_views.merging, name="person_merging"),
    path("people/<int:person_id>/merge/do/", person_merge_views.merge, name="person_merge"),
    path("people/<int:person_id>/household/", household_views.make, name="person_household"),
    path("people/<int:person_id>/household/<str:public_id>/<slug:name>/", household_views.act, name="household_act"),
    path("people/<int:person_id>/<slug:name>/", profile_views.add, name="person_add"),
    path("people/<int:person_id>/<slug:name>/<int:row_id>/", profile_views.change, name="person_change"),
    path("mergers/<int:merger_id>/", person_merge_views.unmerging, name="person_unmerging"),
    path("mergers/<int:merger_id>/separate/", person_merge_views.unmerge, name="person_unmerge"),
    path("disclosures/", profile_views.say, name="disclosures"),
    path("contacts/<int:contact_id>/check/", check_views.check, name="check"),
    path("organisations/", organisation_views.organisations, name="organisations"),
    path("organisations/options", organisation_views.options, name="organisation_options"),
    path("organisations/<int:organisation_id>/", organisation_views.organisation, name="organisation"),
    path("organisations/<int:organisation_id>/mend/", organisation_views.mend, name="mend_organisation"),
]
