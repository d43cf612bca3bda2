"""URLs of the display preferences: include under any prefix with `include("parvis.ui.urls")`."""

from django.urls import path

from parvis.ui import views

app_name = "ui"
urlpatterns = [
    path("affichage/", views.look, name="look"),
    path("langue/", views.language, name="language"),
]
