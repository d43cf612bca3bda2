"""The pages of the citizen."""

from django.urls import path

from parvis.public import ask_views, views

app_name = "public"
urlpatterns = [
    path("", ask_views.home, name="home"),
    path("suivi/", views.track, name="track"),
    path("suivi/<str:secret>/", views.follow, name="follow"),
    path("suivi/<str:secret>/photo/<uuid:key>", views.photo, name="photo"),
    path("suivi/<str:secret>/<str:move>/", views.say, name="say"),
]
