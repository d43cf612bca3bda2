"""URLs called by the provider of texts and by that of calls."""

from django.urls import path

from parvis.apps.telephony.web import calls, texts

app_name = "telephony"
urlpatterns = [
    path("texts/incoming", texts.incoming, name="text_incoming"),
    path("texts/status", texts.status, name="text_status"),
    path("voice/status", calls.status, name="call_status"),
    path("voice/keys", calls.keys, name="call_keys"),
]
