"""Pages for those who build and try the product; mounted in demo only."""

from django.urls import path

from parvis.dev import views

app_name = "dev"
urlpatterns = [
    path("ui/", views.components, name="ui"),
    path("ui/options/", views.options, name="ui_options"),
    path("ui/<slug:page>/", views.page, name="ui_page"),
]
