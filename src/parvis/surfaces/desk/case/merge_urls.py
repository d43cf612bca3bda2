"""URLs of similar, merged and linked cases."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.case import merge_views as case_merge_views

_CASE = "cases/<str:reference>"

patterns: list[URLPattern] = [
    path(f"{_CASE}/similar/", case_merge_views.others, name="similar_cases"),
    path(f"{_CASE}/merge/", case_merge_views.merge, name="merge"),
    path(f"{_CASE}/unmerge/", case_merge_views.unmerge, name="unmerge"),
    path(f"{_CASE}/link/", case_merge_views.link, name="link"),
    path(f"{_CASE}/unlink/", case_merge_views.unlink, name="unlink"),
]
