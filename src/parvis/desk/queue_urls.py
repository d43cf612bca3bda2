"""The addresses of those who work on cases: queues, cases, calls to make, comments, people."""

from django.urls import URLPattern, path

from parvis.desk import callback_views, case_views, comment_views, person_views, queue_views, reading_views

patterns: list[URLPattern] = [
    path("queue/", queue_views.first_queue, name="queue"),
    path("queue/<slug:slug>/", queue_views.department_queue, name="department_queue"),
    path("queue/<slug:slug>/changes", queue_views.changes, name="queue_changes"),
    path("present", queue_views.present, name="present"),
    path("cases/<str:reference>/", case_views.case, name="case"),
    path("cases/<str:reference>/<slug:name>/", case_views.move, name="move"),
    path("files/<uuid:key>", case_views.file, name="file"),
    path("callbacks/", callback_views.callbacks, name="callbacks"),
    path("callbacks/<int:callback_id>/done/", callback_views.reached, name="callback_done"),
    path("callbacks/<int:callback_id>/missed/", callback_views.missed, name="callback_missed"),
    path("comments/", comment_views.comments, name="comments"),
    path("find/", person_views.find, name="search"),
    path("people/<int:person_id>/", person_views.person, name="person"),
    path("readings/", reading_views.readings, name="readings"),
]
