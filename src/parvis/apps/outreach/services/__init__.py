"""Writing, approving, scheduling, publishing, correcting and ending messages; recording what became of each."""

from parvis.apps.outreach.services.approvals import approve, ask_for_approval, send_back
from parvis.apps.outreach.services.delivering import deliver, refresh, retry
from parvis.apps.outreach.services.drafts import MessageDraft, close_kept, copy_message, save_draft, start_message
from parvis.apps.outreach.services.ending import extend, lift, withdraw
from parvis.apps.outreach.services.manual_removals import note_removed, take_back_removed
from parvis.apps.outreach.services.publishing import correct, publish, unschedule
from parvis.apps.outreach.services.results import outcomes_of, record
from parvis.apps.outreach.services.scheduled import ask_again, end_lapsed, hold_unsent, start_due
from parvis.apps.outreach.services.templates import (
    delete_template,
    draft_from,
    save_template,
    without_refused_english,
)
from parvis.apps.outreach.services.trying import Tried, own_targets, send_test
