"""URLs called by the provider of texts."""

from django.urls import path

from parvis.apps.texts.web import views

app_name = "texts"
urlpatterns = [
    path("incoming", views.incoming, name="incoming"),
    path("status", views.status, name="status"),
]
