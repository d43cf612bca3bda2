"""The addresses of the site: each surface under its own prefix."""

from django.urls import path

urlpatterns: list[object] = [path("healthz", lambda r: None)]
