"""URLs of the staff's desk: the call screen here, the other screens in their folders."""

from django.urls import URLPattern, URLResolver, path

from parvis.surfaces.desk.admin import urls as admin_urls
from parvis.surfaces.desk.alerts import urls as alert_urls
from parvis.surfaces.desk.call import (
    calculation_views,
    email_views,
    gloss_views,
    matter_views,
    people_views,
    place_views,
    recent_views,
    text_views,
)
from parvis.surfaces.desk.call import views as call_views
from parvis.surfaces.desk.codes import urls as code_urls
from parvis.surfaces.desk.continuity import urls as continuity_urls
from parvis.surfaces.desk.counter import urls as counter_urls
from parvis.surfaces.desk.inbox import urls as inbox_urls
from parvis.surfaces.desk.incidents import urls as incident_urls
from parvis.surfaces.desk.leisure import urls as leisure_urls
from parvis.surfaces.desk.newsletter import urls as newsletter_urls
from parvis.surfaces.desk.outreach import urls as outreach_urls
from parvis.surfaces.desk.outside import urls as outside_urls
from parvis.surfaces.desk.panels import urls as panel_urls
from parvis.surfaces.desk.people import urls as profile_urls
from parvis.surfaces.desk.privacy import urls as privacy_urls
from parvis.surfaces.desk.publishing import urls as publishing_urls
from parvis.surfaces.desk.queue import urls as queue_urls
from parvis.surfaces.desk.queue import waiting_views, workspace_urls
from parvis.surfaces.desk.retention import urls as retention_urls
from parvis.surfaces.desk.search import urls as search_urls
from parvis.surfaces.desk.social import urls as social_urls
from parvis.surfaces.desk.streets import urls as street_urls
from parvis.surfaces.desk.treasury import urls as treasury_urls

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
    path(f"{_CONTACT}/gloss", gloss_views.contact, name="contact_gloss"),
    path(f"{_CONTACT}/answer/<slug:slug>", call_views.answer, name="answer"),
    path(f"{_CONTACT}/pane/<slug:name>", call_views.pane, name="pane"),
    path(f"{_CONTACT}/place", place_views.address_answers, name="place"),
    path(f"{_CONTACT}/expectations", call_views.expectations, name="expectations"),
    path(f"{_CONTACT}/draft", call_views.save_draft, name="draft"),
    path(f"{_CONTACT}/hold/", call_views.hold, name="hold"),
    path(f"{_CONTACT}/describe/", call_views.describe, name="describe"),
    path(f"{_CONTACT}/person/", people_views.identify, name="identify"),
    path(f"{_CONTACT}/person/new/", people_views.new_person, name="new_person"),
    path(f"{_CONTACT}/answered/", matter_views.answered, name="answered"),
    path(f"{_CONTACT}/emailed/", email_views.email_answer, name="email_answer"),
    path(f"{_CONTACT}/calculated/", calculation_views.calculated, name="calculated"),
    path(f"{_CONTACT}/place-answered/", calculation_views.place_answered, name="place_answered"),
    path(f"{_CONTACT}/case/", matter_views.case, name="open_case"),
    path(f"{_CONTACT}/transfer/", matter_views.transfer, name="transfer"),
    path(f"{_CONTACT}/callback/", matter_views.callback, name="callback"),
    path(f"{_CONTACT}/not-ours/", matter_views.not_ours, name="not_ours"),
    path(f"{_CONTACT}/unanswered/", matter_views.unanswered, name="unanswered"),
    path(f"{_CONTACT}/text/", text_views.send, name="send_text"),
    path(f"{_CONTACT}/texts/", text_views.texts, name="texts"),
    path("texts/due/", text_views.send_due, name="send_due_texts"),
    path("texts/<int:text_id>/back/", text_views.take_back, name="take_text_back"),
    path(f"{_CONTACT}/finish/", matter_views.finish, name="finish"),
    path("waiting/", waiting_views.waiting, name="waiting"),
    path("waiting/<int:contact_id>/assign/", waiting_views.assign, name="assign_contact"),
    path("waiting/<int:contact_id>/take/", waiting_views.take, name="take_contact"),
    path("recent/", recent_views.recent, name="recent"),
    path("recent/matter/<int:matter_id>/", recent_views.correct_matter, name="correct_matter"),
    path("recent/contact/<int:contact_id>/", recent_views.correct_contact, name="correct_contact"),
    *alert_urls.patterns,
    *code_urls.patterns,
    *continuity_urls.patterns,
    *counter_urls.patterns,
    *profile_urls.patterns,
    *inbox_urls.patterns,
    *incident_urls.patterns,
    *leisure_urls.patterns,
    *newsletter_urls.patterns,
    *outside_urls.patterns,
    *outreach_urls.patterns,
    *panel_urls.patterns,
    *publishing_urls.patterns,
    *social_urls.patterns,
    *workspace_urls.patterns,
    *queue_urls.patterns,
    *admin_urls.patterns,
    *retention_urls.patterns,
    *search_urls.patterns,
    *street_urls.patterns,
    *treasury_urls.patterns,
    *privacy_urls.patterns,
]
