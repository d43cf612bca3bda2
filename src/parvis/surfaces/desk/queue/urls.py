"""URLs of queues, cases, callbacks, comments, letters, opinions, the baseline and the access log."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.admin import baseline_views, opinion_views
from parvis.surfaces.desk.call import gloss_views
from parvis.surfaces.desk.case import history_views
from parvis.surfaces.desk.case import merge_views as case_merge_views
from parvis.surfaces.desk.case import views as case_views
from parvis.surfaces.desk.people import access_log_views
from parvis.surfaces.desk.queue import callback_views, comment_views, letter_views
from parvis.surfaces.desk.queue import views as queue_views

_CASE = "cases/<str:reference>"

patterns: list[URLPattern] = [
    path("queue/", queue_views.first_queue, name="queue"),
    path("queue/<slug:slug>/", queue_views.department_queue, name="department_queue"),
    path("queue/<slug:slug>/changes", queue_views.changes, name="queue_changes"),
    path("present", queue_views.present, name="present"),
    path(f"{_CASE}/", case_views.case, name="case"),
    path(f"{_CASE}/history/", history_views.case, name="case_history"),
    path(f"{_CASE}/gloss/", gloss_views.case, name="case_gloss"),
    path(f"{_CASE}/language/<slug:name>/", gloss_views.language_choice, name="case_language"),
    path(f"{_CASE}/neighbours", queue_views.neighbours, name="neighbours"),
    path(f"{_CASE}/similar/", case_merge_views.others, name="similar_cases"),
    path(f"{_CASE}/merge/", case_merge_views.merge, name="merge"),
    path(f"{_CASE}/unmerge/", case_merge_views.unmerge, name="unmerge"),
    path(f"{_CASE}/link/", case_merge_views.link, name="link"),
    path(f"{_CASE}/unlink/", case_merge_views.unlink, name="unlink"),
    path(f"{_CASE}/<slug:name>/", case_views.transition, name="move"),
    path("files/<uuid:key>", case_views.file, name="file"),
    path("callbacks/", callback_views.callbacks, name="callbacks"),
    path("callbacks/<int:callback_id>/done/", callback_views.reached, name="callback_done"),
    path("callbacks/<int:callback_id>/missed/", callback_views.missed, name="callback_missed"),
    path("comments/", comment_views.comments, name="comments"),
    path("letters/", letter_views.letters, name="letters"),
    path("letters/print/", letter_views.sheets, name="print_letters"),
    path("letters/posted/", letter_views.posted, name="letters_posted"),
    path("letters/back/", letter_views.back, name="letters_back"),
    path("opinions/", opinion_views.opinions, name="opinions"),
    path("opinions/opinions.csv", opinion_views.csv_file, name="opinions_csv"),
    path("baseline/", baseline_views.baseline, name="baseline"),
    path("baseline/baseline.csv", baseline_views.baseline_csv, name="baseline_csv"),
    path("baseline/baseline.json", baseline_views.baseline_json, name="baseline_json"),
    path("access-log/", access_log_views.readings, name="access_log"),
]
