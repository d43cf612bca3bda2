"""Addresses of the API; the library gives them the namespace `api`."""

from django.urls import path

from parvis.surfaces.api import page_views
from parvis.surfaces.api.api import api

urlpatterns = [path("", page_views.page, name="api_page"), path("", api.urls)]
