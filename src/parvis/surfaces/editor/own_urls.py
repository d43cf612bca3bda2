"""Addresses of our own screens in the editors' space, beside Wagtail's."""

from django.urls import path

from parvis.surfaces.editor.facts import review_views as fact_review_views
from parvis.surfaces.editor.facts import views as fact_views
from parvis.surfaces.editor.gaps import views as gap_views

app_name = "edition"

urlpatterns = [
    path("gaps/", gap_views.index, name="gaps"),
    path("gaps/<int:gap_id>/", gap_views.one, name="gap"),
    path("gaps/<int:gap_id>/teach/", gap_views.teach, name="gap_teach"),
    path("gaps/<int:gap_id>/not-ours/", gap_views.not_ours, name="gap_not_ours"),
    path("gaps/<int:gap_id>/dismiss/", gap_views.dismiss, name="gap_dismiss"),
    path("gaps/<int:gap_id>/undo/", gap_views.undo, name="gap_undo"),
    path("facts-file/", fact_views.bring, name="facts_bring"),
    path("facts-file/facts.csv", fact_views.as_file, name="facts_file"),
    path("facts-review/", fact_review_views.index, name="fact_review"),
    path("facts-review/<int:proposal_id>/approve/", fact_review_views.approve, name="fact_approve"),
    path("facts-review/<int:proposal_id>/send-back/", fact_review_views.send_back, name="fact_send_back"),
    path("facts-review/<int:proposal_id>/withdraw/", fact_review_views.withdraw, name="fact_withdraw"),
    path("to-mend/", fact_views.check, name="check"),
]
