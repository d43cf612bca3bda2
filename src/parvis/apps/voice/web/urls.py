"""URLs called by the provider of calls."""

from django.urls import path

from parvis.apps.voice.web import views

app_name = "voice"
urlpatterns = [
    path("status", views.status, name="status"),
    path("keys", views.keys, name="keys"),
]
