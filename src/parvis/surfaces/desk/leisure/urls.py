"""URLs of leisure: its seasons and groups, the lists of those who lead them, the household of whoever calls."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.leisure import (
    aid_views,
    approval_views,
    child_views,
    group_views,
    household_views,
    keeping_views,
    list_views,
    season_views,
)

_SEASON = "loisirs/saison/<slug:slug>"
_GROUP = "loisirs/groupe/<slug:slug>"
_HOUSEHOLD = "loisirs/menage/<slug:public_id>"

patterns: list[URLPattern] = [
    path("loisirs/", season_views.seasons, name="leisure"),
    path(f"{_SEASON}/", season_views.season, name="leisure_season"),
    path(f"{_SEASON}/publier/", season_views.publish, name="publish_season"),
    path(f"{_SEASON}/retirer/", season_views.withdraw, name="withdraw_season"),
    path(f"{_SEASON}/copier/", season_views.copy, name="copy_season"),
    path(f"{_SEASON}/file/", season_views.line, name="season_line"),
    path(f"{_SEASON}/garder/", keeping_views.of_season, name="keep_season"),
    path("approbations/", approval_views.approvals, name="approvals"),
    path(
        "approbations/annulation/<int:request_id>/", approval_views.decide_on_cancellation, name="decide_cancellation"
    ),
    path("approbations/garde/<int:ending_id>/", approval_views.decide_on_ending, name="decide_ending"),
    path("loisirs/listes/", list_views.lists, name="group_lists"),
    path(f"{_GROUP}/", group_views.group, name="leisure_group"),
    path(f"{_GROUP}/ecrire/", group_views.write, name="write_to_group"),
    path(f"{_GROUP}/annuler/", group_views.cancel, name="cancel_group"),
    path(f"{_GROUP}/garder/", keeping_views.of_group, name="keep_group"),
    path(f"{_GROUP}/liste/", list_views.group_list, name="group_list"),
    path(f"{_GROUP}/sante/", list_views.group_health, name="group_health"),
    path(f"{_GROUP}/liste.csv", group_views.group_csv, name="group_csv"),
    path(f"{_HOUSEHOLD}/", household_views.household, name="leisure_household"),
    path(f"{_HOUSEHOLD}/sante/<slug:individual>/", child_views.health, name="health_for"),
    path(f"{_HOUSEHOLD}/garde/<slug:individual>/", child_views.custody, name="custody"),
    path(f"{_HOUSEHOLD}/aide/", aid_views.aid, name="household_aid"),
    path(f"{_HOUSEHOLD}/etapes", household_views.steps, name="leisure_steps"),
    path(f"{_HOUSEHOLD}/tenir/", household_views.hold, name="hold_places"),
    path(f"{_HOUSEHOLD}/prolonger/", household_views.extend, name="extend_hold"),
    path(f"{_HOUSEHOLD}/payer/", household_views.check_out, name="check_out"),
    path(f"{_HOUSEHOLD}/envoyer/<slug:invoice>/", household_views.send_page, name="send_payment_page"),
    path(f"{_HOUSEHOLD}/vus/", household_views.mark_seen, name="mark_seen"),
    path(f"{_HOUSEHOLD}/file/", household_views.arrive, name="arrive_for"),
    path(f"{_HOUSEHOLD}/rendre/<slug:registration>/", household_views.release, name="release_place"),
]
