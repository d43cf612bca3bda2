"""Addresses of a screen: all under its secret."""

from django.urls import path

from parvis.surfaces.panels import closed_views, views

app_name = "panels"
urlpatterns = [
    path("<str:secret>/", views.page, name="page"),
    path("<str:secret>/liste", views.messages, name="messages"),
    path("<str:secret>/etat", views.report, name="report"),
    path("<str:secret>/sw.js", views.service_worker, name="service_worker"),
    path("<str:secret>/image.png", closed_views.image, name="image"),
    path("<str:secret>/flux.rss", closed_views.feed, name="feed"),
]
