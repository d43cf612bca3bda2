"""URLs of the newsletter and of its subscribers."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.newsletter import subscriber_views, views

patterns: list[URLPattern] = [
    path("newsletter/", views.issues, name="newsletter"),
    path("newsletter/new/", views.new_issue, name="new_issue"),
    path("newsletter/deliverability/", views.deliverability, name="deliverability"),
    path("newsletter/subscribers/", subscriber_views.subscribers, name="subscribers"),
    path("newsletter/subscribers/import/", subscriber_views.import_list, name="import_subscribers"),
    path("newsletter/subscribers/<int:point_id>/", subscriber_views.subscriber, name="subscriber"),
    path("newsletter/subscribers/<int:point_id>/leave/", subscriber_views.leave, name="subscriber_leave"),
    path("newsletter/subscribers/<int:point_id>/proof/", subscriber_views.proof, name="subscriber_proof"),
    path("newsletter/subscribers/<int:point_id>/erase/", subscriber_views.erase, name="subscriber_erase"),
    path("newsletter/<int:issue_id>/", views.issue, name="issue"),
    path("newsletter/<int:issue_id>/letter/", views.letter, name="issue_letter"),
    path("newsletter/<int:issue_id>/test/", views.test, name="issue_test"),
    path("newsletter/<int:issue_id>/schedule/", views.schedule, name="issue_schedule"),
    path("newsletter/<int:issue_id>/ask/", views.ask, name="issue_ask"),
    path("newsletter/<int:issue_id>/approve/", views.approve, name="issue_approve"),
    path("newsletter/<int:issue_id>/draft/", views.unschedule, name="issue_unschedule"),
    path("newsletter/<int:issue_id>/send/", views.send, name="issue_send"),
    path("newsletter/<int:issue_id>/pause/", views.pause, name="issue_pause"),
    path("newsletter/<int:issue_id>/resume/", views.resume, name="issue_resume"),
    path("newsletter/<int:issue_id>/retry/", views.retry, name="issue_retry"),
]
