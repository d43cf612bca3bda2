"""The pages of the citizen."""

from django.urls import path

from parvis.public import answer_views, ask_views, finding_views, views

app_name = "public"
urlpatterns = [
    path("", ask_views.home, name="home"),
    path("propositions/", ask_views.proposals, name="proposals"),
    path("reponses/", answer_views.answers, name="answers"),
    path("reponses/<slug:slug>/", answer_views.answer, name="answer"),
    path("reponses/<slug:slug>/utile/", answer_views.useful, name="useful"),
    path("robots.txt", finding_views.robots, name="robots"),
    path("sitemap.xml", finding_views.sitemap, name="sitemap"),
    path("suivi/", views.track, name="track"),
    path("suivi/<str:secret>/", views.follow, name="follow"),
    path("suivi/<str:secret>/photo/<uuid:key>", views.photo, name="photo"),
    path("suivi/<str:secret>/<str:move>/", views.say, name="say"),
]
