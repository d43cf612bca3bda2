"""The addresses of what managers set: where requests go, and what becomes of the work of someone who leaves."""

from django.urls import URLPattern, path

from parvis.desk import rule_views

patterns: list[URLPattern] = [
    path("rules/", rule_views.rules, name="rules"),
    path("rules/new/", rule_views.rule, name="new_rule"),
    path("rules/<int:rule_id>/", rule_views.rule, name="rule"),
    path("rules/<int:rule_id>/publish/", rule_views.publish, name="publish_rule"),
    path("rules/<int:rule_id>/withdraw/", rule_views.withdraw, name="withdraw_rule"),
    path("rules/<int:rule_id>/drop/", rule_views.drop, name="drop_rule"),
]
