"""URLs of the register of what collects personal information."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.privacy import views

patterns: list[URLPattern] = [
    path("vie-privee/", views.register, name="privacy"),
    path("vie-privee/<slug:slug>/", views.one, name="privacy_one"),
]
