"""URLs of routing rules, assignment, absences, offboarding, API keys and webhooks."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.admin import (
    absence_views,
    embedding_views,
    key_views,
    offboarding_views,
    rule_views,
    staff_views,
    webhook_views,
)
from parvis.surfaces.desk.admin import assignment_views as receiving_views

patterns: list[URLPattern] = [
    path("rules/", rule_views.rules, name="rules"),
    path("rules/new/", rule_views.rule, name="new_rule"),
    path("rules/<int:rule_id>/", rule_views.rule, name="rule"),
    path("rules/<int:rule_id>/publish/", rule_views.publish, name="publish_rule"),
    path("rules/<int:rule_id>/withdraw/", rule_views.withdraw, name="withdraw_rule"),
    path("rules/<int:rule_id>/drop/", rule_views.drop, name="drop_rule"),
    path("assignments/", receiving_views.receiving, name="assignments"),
    path("assignments/<slug:slug>/", receiving_views.assign, name="assignment"),
    path("assignments/hours/<int:membership_id>/", receiving_views.hours, name="hours"),
    path("absences/", absence_views.absences, name="absences"),
    path("absences/<int:absence_id>/end/", absence_views.end, name="end_absence"),
    path("staff/", staff_views.staff, name="staff"),
    path("staff/give/", staff_views.give_role, name="give_role"),
    path("staff/invite/", staff_views.invite_staff, name="invite_staff"),
    path("staff/<int:membership_id>/take/", staff_views.take_role, name="take_role"),
    path("offboarding/", offboarding_views.leaving, name="offboarding"),
    path("offboarding/<int:user_id>/", offboarding_views.leave, name="leave"),
    path("offboarding/<int:user_id>/cut/", offboarding_views.cut, name="offboarding_cut"),
    path("offboarding/<int:user_id>/undo/", offboarding_views.undo, name="offboarding_undo"),
    path("keys/", key_views.key_list, name="keys"),
    path("keys/new/", key_views.make_key, name="make_key"),
    path("keys/<int:key_id>/revoke/", key_views.revoke_key, name="revoke_key"),
    path("embedding/", embedding_views.embedding, name="embedding"),
    path("webhooks/", webhook_views.webhooks, name="webhooks"),
    path("webhooks/<int:webhook_id>/", webhook_views.webhook, name="webhook"),
    path("webhooks/<int:webhook_id>/on/", webhook_views.turn_on, name="webhook_on"),
    path("webhooks/<int:webhook_id>/again/", webhook_views.send_again, name="webhook_again"),
]
