"""URLs called by the networks."""

from django.urls import path

from parvis.apps.social.web import views

app_name = "social"
urlpatterns = [path("facebook", views.facebook, name="facebook")]
