"""Addresses of the public site."""

from django.urls import path

from parvis.surfaces.public import seo_views
from parvis.surfaces.public.account import account_views, list_views
from parvis.surfaces.public.address import map_views as map_source_views
from parvis.surfaces.public.address import place_views
from parvis.surfaces.public.address import views as address_views
from parvis.surfaces.public.answers import views as answer_views
from parvis.surfaces.public.app import device_views, manifest, notice_views, sending_views
from parvis.surfaces.public.app import views as app_views
from parvis.surfaces.public.ask import compute_views
from parvis.surfaces.public.ask import views as ask_views
from parvis.surfaces.public.embed import views as embed_views
from parvis.surfaces.public.follow import correct_views, history_views, means_views
from parvis.surfaces.public.follow import views as follow_views
from parvis.surfaces.public.line import views as line_views
from parvis.surfaces.public.map import feed_views
from parvis.surfaces.public.map import views as map_views
from parvis.surfaces.public.news import alert_views, date_views, works_views
from parvis.surfaces.public.news import feed_views as news_feed_views
from parvis.surfaces.public.news import views as news_views
from parvis.surfaces.public.panel_requests import views as panel_request_views
from parvis.surfaces.public.request import nearby_views, site_code_views, step_views
from parvis.surfaces.public.request import views as request_views
from parvis.surfaces.public.subscribe import archive_views as newsletter_views
from parvis.surfaces.public.subscribe import views as subscribe_views
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
    path("loisirs/file/", line_views.line, name="line"),
    path("loisirs/file/rang", line_views.rank, name="line_rank"),
    path("loisirs/file/entrer/", line_views.enter, name="line_enter"),
    path("loisirs/file/tirage/<int:rush_id>/", line_views.drawn, name="line_draw"),
    path("loisirs/file/tirage/<int:rush_id>/billets.txt", line_views.drawn_tickets, name="line_draw_tickets"),
    path("attente/borne/<str:secret>/", waiting_views.door, name="door"),
    path("attente/borne/<str:secret>/changes", waiting_views.door_changes, name="door_changes"),
    path("attente/borne/<str:secret>/<int:number>/", waiting_views.ticket, name="ticket"),
    path("attente/ecran/<str:secret>/", waiting_views.hall, name="hall"),
    path("attente/ecran/<str:secret>/changes", waiting_views.hall_changes, name="hall_changes"),
    path("demande/", request_views.choose, name="requests"),
    path("demande/lieux", place_views.find_places, name="request_places"),
    path("demande/lieux/proche", place_views.near, name="request_near"),
    path("demande/lieux/plan.geojson", map_source_views.town_plan, name="town_plan"),
    path("demande/lieux/carte.json", map_source_views.map_sources, name="map_sources"),
    path("demande/lieux/carte.pmtiles", map_source_views.map_tiles, name="map_tiles"),
    path("demande/photo/<str:token>", request_views.photo, name="request_photo"),
    path("demande/gardee/<str:token>/", request_views.kept, name="request_kept"),
    path("demande/recue/<str:secret>/", request_views.received, name="request_received"),
    path("demande/deja/suivie/<str:receipt>/", nearby_views.followed, name="request_followed"),
    path("demande/deja/<str:token>/", nearby_views.nearby_request, name="request_known"),
    path("demande/preuve", step_views.proof, name="request_proof"),
    path("demande/<slug:slug>/", request_views.write, name="request"),
    path("demande/<slug:slug>/avant/", step_views.before, name="request_before"),
    path("demande/<slug:slug>/etape/", step_views.step, name="request_step"),
    path("demande/<slug:slug>/photos/", step_views.add_photos, name="request_photos"),
    path("demande/<slug:slug>/envoi", sending_views.deliver, name="request_deliver"),
    path("panneaux/demande/", panel_request_views.ask, name="panel_request"),
    path("panneaux/demande/recue/<str:token>/", panel_request_views.received, name="panel_request_received"),
    path("signaler/", request_views.report, name="report"),
    path("signaler/avant/", step_views.before, name="report_before"),
    path("signaler/etape/", step_views.step, name="report_step"),
    path("signaler/photos/", step_views.add_photos, name="report_photos"),
    path("signaler/envoi", sending_views.deliver, name="report_deliver"),
    path("ici/<str:code>/", site_code_views.here, name="site_code"),
    path("ici/<str:code>", site_code_views.here, name="site_code_bare"),
    path("integrer.js", embed_views.loader, name="embed_loader"),
    path("integre/question/", embed_views.question, name="embedded_question"),
    path("integre/signaler/", embed_views.report, name="embedded_report"),
    path("integre/demande/recue/<str:secret>/", embed_views.received, name="embedded_request_received"),
    path("integre/demande/gardee/<str:token>/", embed_views.kept, name="embedded_request_kept"),
    path("integre/demande/<slug:slug>/", embed_views.write, name="embedded_request"),
    path("carte/", map_views.index, name="map"),
    path("carte/flux.atom", feed_views.atom, name="map_atom"),
    path("carte/flux.rss", feed_views.rss, name="map_rss"),
    path("carte/requetes.geojson", feed_views.geojson, name="map_geojson"),
    path("carte/incident-<int:incident_id>/", map_views.incident, name="map_incident"),
    path("carte/incident-<int:incident_id>/fiche", map_views.incident_card, name="map_incident_card"),
    path("carte/<str:reference>/", map_views.one, name="map_request"),
    path("carte/<str:reference>/fiche", map_views.card, name="map_card"),
    path("carte/<str:reference>/moi-aussi/", nearby_views.me_too, name="map_me_too"),
    path("carte/<str:reference>/photo/<uuid:key>", map_views.photo, name="map_photo"),
    path("nouvelles/", news_views.archive, name="news"),
    path("nouvelles/flux.rss", news_feed_views.rss, name="news_rss"),
    path("nouvelles/flux.atom", news_feed_views.atom, name="news_atom"),
    path("nouvelles/flux.json", news_feed_views.json_feed, name="news_json"),
    path("nouvelles/<int:item_id>/", news_views.item, name="news_item"),
    path("alertes/", alert_views.alerts, name="alerts"),
    path("alertes/cap.xml", alert_views.cap_feed, name="cap_feed"),
    path("alertes/<str:identifier>.xml", alert_views.cap_message, name="cap_message"),
    path("travaux/", works_views.works, name="works"),
    path("travaux/calendrier.ics", works_views.works_calendar, name="works_calendar"),
    path("travaux/travaux.geojson", works_views.geojson, name="works_geojson"),
    path("travaux/<int:works_id>/", works_views.work, name="work"),
    path("travaux/<int:works_id>/fiche", works_views.work_card, name="work_card"),
    path("travaux/<int:works_id>.ics", works_views.work_calendar, name="work_calendar"),
    path("seances/", date_views.sessions, name="sessions"),
    path("seances/calendrier.ics", date_views.sessions_calendar, name="sessions_calendar"),
    path("seances/<int:session_id>/", date_views.session, name="session"),
    path("seances/<int:session_id>.ics", date_views.session_calendar, name="session_calendar"),
    path("evenements/", date_views.events, name="events"),
    path("evenements/calendrier.ics", date_views.events_calendar, name="events_calendar"),
    path("evenements/<int:event_id>/", date_views.event, name="event"),
    path("evenements/<int:event_id>.ics", date_views.event_calendar, name="event_calendar"),
    path("confidentialite/", news_views.plain_page, {"slug": "confidentialite"}, name="privacy"),
    path("accessibilite/", news_views.plain_page, {"slug": "accessibilite"}, name="accessibility"),
    path("donnees-ouvertes/", news_views.plain_page, {"slug": "donnees-ouvertes"}, name="open_data"),
    path("pages/<slug:slug>/", news_views.plain_page, name="plain_page"),
    path("media/images/<str:name>", news_views.picture, name="picture"),
    path("mes-demandes/", list_views.my_requests, name="mine"),
    path("mes-demandes/code/", account_views.code, name="account_code"),
    path("mes-demandes/sortir/", account_views.sign_out, name="account_sign_out"),
    path("mes-demandes/compte/", account_views.account, name="account"),
    path("mes-demandes/compte/adresse/", account_views.add_address, name="account_address"),
    path("mes-demandes/compte/adresse/<int:email_id>/retirer/", account_views.remove_address, name="account_remove"),
    path("mes-demandes/compte/fermer/", account_views.close_account, name="account_close"),
    path("app/", app_views.day, name="app"),
    path("app/oublier/", app_views.forget_address, name="app_forget"),
    path("app/envoi/", manifest.waiting, name="app_waiting"),
    path("app/formulaires.json", manifest.offline_forms, name="app_forms"),
    path("app/dangers.json", manifest.dangers, name="app_dangers"),
    path("app/hors-ligne/", manifest.offline, name="app_offline"),
    path("avis/", notice_views.notices, name="notices"),
    path("partage/", app_views.share, name="share"),
    path("appareil/", device_views.device, name="device"),
    path("mes-demandes/appareil", device_views.device_requests, name="device_requests"),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("sw.js", manifest.service_worker, name="service_worker"),
    path("robots.txt", seo_views.robots, name="robots"),
    path("sitemap.xml", seo_views.sitemap, name="sitemap"),
    path("abonnement/", subscribe_views.subscribe, name="subscribe"),
    path("abonnement/lien/", subscribe_views.another_link, name="subscription_link"),
    path("abonnement/<str:secret>/", subscribe_views.preferences, name="subscription"),
    path("abonnement/<str:secret>/confirmer/", subscribe_views.confirm, name="subscription_confirm"),
    path("abonnement/<str:secret>/ajouter/", subscribe_views.add_means, name="subscription_add"),
    path("abonnement/<str:secret>/retirer/<int:point_id>/", subscribe_views.remove_means, name="subscription_remove"),
    path("abonnement/<str:secret>/partir/", subscribe_views.leave_all, name="subscription_leave"),
    path("abonnement/<str:secret>/partir/<slug:kind>/", subscribe_views.unsubscribe, name="unsubscribe"),
    path("infolettre/", newsletter_views.archive, name="newsletter"),
    path("infolettre/flux.atom", newsletter_views.feed, name="newsletter_feed"),
    path("infolettre/<int:issue_id>/", newsletter_views.issue, name="newsletter_issue"),
    path("suivi/", follow_views.track, name="track"),
    path("suivi/tout/", history_views.ask, name="ask_told"),
    path("suivi/tout/<str:token>/", history_views.everything, name="told_all"),
    path("suivi/<str:secret>/tout/", history_views.of_case, name="told"),
    path("suivi/<str:secret>/", follow_views.follow, name="follow"),
    path("suivi/<str:secret>/garder/", list_views.keep, name="keep"),
    path("suivi/<str:secret>/appareil/", means_views.add_device, name="means_device"),
    path("suivi/<str:secret>/avis/", means_views.choose, name="means"),
    path("suivi/<str:secret>/avis/code/", means_views.phone_code, name="means_code"),
    path("suivi/<str:secret>/corriger/", correct_views.correct, name="correct"),
    path("suivi/<str:secret>/photo/<uuid:key>", follow_views.photo, name="photo"),
    path("suivi/<str:secret>/<str:move>/", follow_views.say, name="say"),
]
