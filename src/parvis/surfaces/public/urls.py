"""Addresses of the public site."""

from django.urls import path

from parvis.surfaces.public import seo_views
from parvis.surfaces.public.address import place_views
from parvis.surfaces.public.address import views as address_views
from parvis.surfaces.public.answers import views as answer_views
from parvis.surfaces.public.ask import compute_views
from parvis.surfaces.public.ask import views as ask_views
from parvis.surfaces.public.follow import history_views
from parvis.surfaces.public.follow import views as follow_views
from parvis.surfaces.public.request import nearby_views
from parvis.surfaces.public.request import views as request_views
from parvis.surfaces.public.waiting import views as waiting_views

app_name = "public"
urlpatterns = [
    path("", ask_views.home, name="home"),
    path("propositions/", ask_views.proposals, name="proposals"),
    path("reponses/", answer_views.answers, name="answers"),
    path("reponses/<slug:slug>/", answer_views.answer, name="answer"),
    path("reponses/<slug:slug>/utile/", answer_views.useful, name="useful"),
    path("mon-adresse/", address_views.find, name="find_address"),
    path("mon-adresse/lieux", address_views.options, name="address_options"),
    path("mon-adresse/<int:address_id>/", address_views.my_address, name="my_address"),
    path("mon-adresse/<int:address_id>/collectes.ics", address_views.calendar, name="address_calendar"),
    path("collectes/<slug:sector>.ics", address_views.sector_calendar, name="sector_calendar"),
    path("guide/<slug:slug>/", compute_views.guide, name="guide"),
    path("calcul/<slug:slug>/", compute_views.calculation, name="calculation"),
    path("attente/borne/<str:secret>/", waiting_views.door, name="door"),
    path("attente/borne/<str:secret>/changes", waiting_views.door_changes, name="door_changes"),
    path("attente/borne/<str:secret>/<int:number>/", waiting_views.ticket, name="ticket"),
    path("attente/ecran/<str:secret>/", waiting_views.hall, name="hall"),
    path("attente/ecran/<str:secret>/changes", waiting_views.hall_changes, name="hall_changes"),
    path("demande/", request_views.choose, name="requests"),
    path("demande/lieux", place_views.find_places, name="request_places"),
    path("demande/lieux/proche", place_views.near, name="request_near"),
    path("demande/lieux/plan.geojson", place_views.town_plan, name="town_plan"),
    path("demande/photo/<str:token>", request_views.photo, name="request_photo"),
    path("demande/recue/<str:secret>/", request_views.received, name="request_received"),
    path("demande/deja/<str:token>/", nearby_views.nearby_request, name="request_known"),
    path("demande/<slug:slug>/", request_views.write, name="request"),
    path("demande/<slug:slug>/avant/", request_views.before, name="request_before"),
    path("demande/<slug:slug>/photos/", request_views.add_photos, name="request_photos"),
    path("robots.txt", seo_views.robots, name="robots"),
    path("sitemap.xml", seo_views.sitemap, name="sitemap"),
    path("suivi/", follow_views.track, name="track"),
    path("suivi/tout/", history_views.ask, name="ask_told"),
    path("suivi/tout/<str:token>/", history_views.everything, name="told_all"),
    path("suivi/<str:secret>/tout/", history_views.of_case, name="told"),
    path("suivi/<str:secret>/", follow_views.follow, name="follow"),
    path("suivi/<str:secret>/photo/<uuid:key>", follow_views.photo, name="photo"),
    path("suivi/<str:secret>/<str:move>/", follow_views.say, name="say"),
]
