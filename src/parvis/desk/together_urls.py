"""The addresses of requests about the same thing."""

from django.urls import URLPattern, path

from parvis.desk import together_views

_CASE = "cases/<str:reference>"

patterns: list[URLPattern] = [
    path(f"{_CASE}/together/", together_views.others, name="others"),
    path(f"{_CASE}/merge/", together_views.merge, name="merge"),
    path(f"{_CASE}/unmerge/", together_views.unmerge, name="unmerge"),
    path(f"{_CASE}/link/", together_views.link, name="link"),
    path(f"{_CASE}/unlink/", together_views.unlink, name="unlink"),
]
