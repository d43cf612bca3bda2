"""The addresses of the files: of people, of organisations; what may be said of whom."""

from django.urls import URLPattern, path

from parvis.desk import check_views, file_views, merge_views, organisation_views, person_views, told_views

patterns: list[URLPattern] = [
    path("people/<int:person_id>/", person_views.person, name="person"),
    path("people/<int:person_id>/told/", told_views.person, name="person_told"),
    path("people/<int:person_id>/why/", person_views.reason, name="person_reason"),
    path("people/<int:person_id>/sensitive/", file_views.flag, name="person_flag"),
    path("people/<int:person_id>/sensitive/<int:flag_id>/lift/", file_views.lift, name="person_lift"),
    path("people/<int:person_id>/merge/", merge_views.merging, name="person_merging"),
    path("people/<int:person_id>/merge/do/", merge_views.merge, name="person_merge"),
    path("people/<int:person_id>/<slug:name>/", file_views.add, name="person_add"),
    path("people/<int:person_id>/<slug:name>/<int:row_id>/", file_views.change, name="person_change"),
    path("mergers/<int:merger_id>/", merge_views.unmerging, name="person_unmerging"),
    path("mergers/<int:merger_id>/separate/", merge_views.unmerge, name="person_unmerge"),
    path("may-be-said/", file_views.say, name="may_be_said"),
    path("contacts/<int:contact_id>/check/", check_views.check, name="check"),
    path("organisations/", organisation_views.organisations, name="organisations"),
    path("organisations/options", organisation_views.options, name="organisation_options"),
    path("organisations/<int:organisation_id>/", organisation_views.organisation, name="organisation"),
    path("organisations/<int:organisation_id>/mend/", organisation_views.mend, name="mend_organisation"),
]
