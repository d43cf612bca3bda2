"""URLs of the codes put on places and equipment."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.codes import views

_CODES = "places/codes"

patterns: list[URLPattern] = [
    path(f"{_CODES}/", views.codes, name="codes"),
    path(f"{_CODES}/new/", views.new, name="new_code"),
    path(f"{_CODES}/list/", views.from_list, name="codes_from_list"),
    path(f"{_CODES}/map/", views.from_map, name="codes_from_map"),
    path(f"{_CODES}/print/", views.sheets, name="print_codes"),
    path(f"{_CODES}/<int:code_id>/", views.one, name="code"),
    path(f"{_CODES}/<int:code_id>/retire/", views.retire, name="retire_code"),
    path(f"{_CODES}/<int:code_id>/restore/", views.restore, name="restore_code"),
]
