"""The addresses of the staff's desk: the answering screen, then the departments' queues."""

from django.urls import URLPattern, URLResolver, path

from parvis.desk import (
    alert_urls,
    call_views,
    continuity_urls,
    counter_urls,
    incident_urls,
    key_urls,
    people_views,
    place_views,
    queue_urls,
    recent_views,
    rule_urls,
    search_urls,
    settle_views,
    street_urls,
    work_views,
)

app_name = "desk"

_CONTACT = "contacts/<int:contact_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", call_views.home, name="home"),
    path("changes", call_views.changes, name="changes"),
    path("places", people_views.find_places, name="places"),
    path("people", people_views.find_people, name="people"),
    path("contacts/", call_views.begin, name="begin"),
    path(f"{_CONTACT}/", call_views.contact, name="contact"),
    path(f"{_CONTACT}/suggest", call_views.suggest, name="suggest"),
    path(f"{_CONTACT}/answer/<slug:slug>", call_views.answer, name="answer"),
    path(f"{_CONTACT}/pane/<slug:name>", call_views.pane, name="pane"),
    path(f"{_CONTACT}/place", place_views.told, name="place"),
    path(f"{_CONTACT}/outlook", call_views.outlook, name="outlook"),
    path(f"{_CONTACT}/draft", call_views.save_draft, name="draft"),
    path(f"{_CONTACT}/hold/", call_views.hold, name="hold"),
    path(f"{_CONTACT}/describe/", call_views.describe, name="describe"),
    path(f"{_CONTACT}/person/", people_views.identify, name="identify"),
    path(f"{_CONTACT}/person/new/", people_views.new_person, name="new_person"),
    path(f"{_CONTACT}/answered/", settle_views.answered, name="answered"),
    path(f"{_CONTACT}/worked/", work_views.worked, name="worked"),
    path(f"{_CONTACT}/place-told/", work_views.place_told, name="place_told"),
    path(f"{_CONTACT}/case/", settle_views.case, name="open_case"),
    path(f"{_CONTACT}/transfer/", settle_views.transfer, name="transfer"),
    path(f"{_CONTACT}/callback/", settle_views.callback, name="callback"),
    path(f"{_CONTACT}/not-ours/", settle_views.not_ours, name="not_ours"),
    path(f"{_CONTACT}/unanswered/", settle_views.unanswered, name="unanswered"),
    path(f"{_CONTACT}/finish/", settle_views.finish, name="finish"),
    path("recent/", recent_views.recent, name="recent"),
    path("recent/matter/<int:matter_id>/", recent_views.correct_matter, name="correct_matter"),
    path("recent/contact/<int:contact_id>/", recent_views.correct_contact, name="correct_contact"),
    *alert_urls.patterns,
    *continuity_urls.patterns,
    *counter_urls.patterns,
    *incident_urls.patterns,
    *key_urls.patterns,
    *queue_urls.patterns,
    *rule_urls.patterns,
    *search_urls.patterns,
    *street_urls.patterns,
]
