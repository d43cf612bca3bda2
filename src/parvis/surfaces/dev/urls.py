"""Pages for developers and testers, available in the demonstration only."""

from django.urls import path

from parvis.surfaces.dev import calling, mailbox, texting, views, writing

app_name = "dev"
urlpatterns = [
    path("mail/", mailbox.mailbox, name="mailbox"),
    path("mail/write/", writing.write, name="write"),
    path("mail/<int:number>/", mailbox.letter, name="letter"),
    path("mail/<int:number>/html/", mailbox.letter_html, name="letter_html"),
    path("texts/", texting.texts, name="texts"),
    path("texts/write/", texting.write, name="write_text"),
    path("calls/", calling.calls, name="calls"),
    path("ui/", views.components, name="ui"),
    path("ui/options/", views.options, name="ui_options"),
    path("ui/<slug:page>/", views.page, name="ui_page"),
]
