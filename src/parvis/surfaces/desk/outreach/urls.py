"""URLs of the messages to the public."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.outreach import compose_views, figures_views, follow_views, trial_views, views

_ONE = "outreach/<int:message_id>"

patterns: list[URLPattern] = [
    path("outreach/", views.hub, name="outreach"),
    path("outreach/calendar/", views.calendar, name="outreach_calendar"),
    path("outreach/new/", views.new, name="new_message"),
    path("outreach/figures/", figures_views.figures, name="outreach_figures"),
    path("outreach/figures.csv", figures_views.figures_csv, name="outreach_figures_csv"),
    path("outreach/english.csv", views.english_reasons, name="english_reasons"),
    path("outreach/templates/<int:template_id>/delete/", views.delete_template, name="delete_message_template"),
    path("outreach/templates/<int:template_id>/restore/", views.restore_template, name="restore_message_template"),
    path(f"{_ONE}/", compose_views.compose, name="compose_message"),
    path(f"{_ONE}/draft", compose_views.draft, name="draft_message"),
    path(f"{_ONE}/test/", trial_views.send_test, name="test_message"),
    path(f"{_ONE}/picture/", compose_views.picture, name="message_picture"),
    path(f"{_ONE}/copy/", compose_views.copy, name="copy_message"),
    path(f"{_ONE}/approve/", compose_views.approve, name="approve_message"),
    path(f"{_ONE}/follow/", follow_views.follow, name="follow_message"),
    path(f"{_ONE}/retry/<int:delivery_id>/", follow_views.retry, name="retry_delivery"),
    path(f"{_ONE}/release/", follow_views.release, name="release_message"),
    path(f"{_ONE}/unschedule/", follow_views.unschedule, name="unschedule_message"),
    path(f"{_ONE}/extend/", follow_views.extend, name="extend_message"),
    path(f"{_ONE}/lift/", follow_views.lift, name="lift_message"),
    path(f"{_ONE}/removed/", follow_views.removed, name="message_removed"),
    path(f"{_ONE}/removed/undo/", follow_views.undo_removed, name="undo_message_removed"),
    path(f"{_ONE}/withdraw/", follow_views.withdraw, name="withdraw_message"),
]
