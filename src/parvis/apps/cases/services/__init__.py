"""Use cases on cases, one function each."""

from parvis.apps.cases.services.batches import (
    LATER,
    MOST,
    BatchAction,
    BatchPreview,
    do_batch,
    notifies_in_english,
    preview_batch,
    undo_batch,
)
from parvis.apps.cases.services.citizen.accounts import claim_cases, keep_case, record_read, release_case
from parvis.apps.cases.services.citizen.citizen import called, not_fixed, reply, withdraw
from parvis.apps.cases.services.citizen.corrections import Correction, correct
from parvis.apps.cases.services.citizen.notifications import (
    add_device,
    add_phone,
    choose_notifications,
    close_account,
    remove_account_email,
)
from parvis.apps.cases.services.citizen.opinions import ASKED_FOR, asks_opinion, give_opinion, is_bad, last_closing
from parvis.apps.cases.services.citizen.person_change import change_person
from parvis.apps.cases.services.due_dates.due_date_recalculation import (
    Moved,
    calendar_changed,
    follow_calendar,
    moved_promises,
)
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.handling import (
    CLOSING_REASONS,
    answer,
    ask,
    assign,
    close,
    hand_over,
    new_date,
    note,
    pass_on,
    plan_visit,
    reassign,
    resume,
    take,
    wait,
)
from parvis.apps.cases.services.incidents.alerts import lift_alert, mark_alert
from parvis.apps.cases.services.incidents.approvals import (
    approve_incident,
    ask_for_incident,
    send_incident_back,
)
from parvis.apps.cases.services.incidents.incident_news import (
    ENDS,
    clear_news,
    end_incident,
    notify_followers,
    send_update,
    tell_follower_on_paper,
)
from parvis.apps.cases.services.incidents.incidents import (
    Joining,
    Words,
    correct_incident,
    follow_apart,
    join_case,
    join_incident,
    leave_incident,
    locked_incident,
    open_incident,
    reachable,
    stop_following,
    undo_incident,
)
from parvis.apps.cases.services.indexing import (
    index_new_cases,
    index_protected_requests,
    index_requests_of,
    look_again_for_new_cases,
)
from parvis.apps.cases.services.merging.merge_propagation import merged_descendants, propagate_to_merged
from parvis.apps.cases.services.merging.merging import WHY_NOT, link, merge, side, unlink, unmerge
from parvis.apps.cases.services.misrouting import misroutings, not_mine
from parvis.apps.cases.services.moves import heads
from parvis.apps.cases.services.opening.legacy_cases import (
    IMPORTED,
    LegacyHistory,
    Step,
    add_legacy_steps,
    key_of,
    record_legacy_cases,
)
from parvis.apps.cases.services.opening.new_cases import NewCase, Opened, Plan, already_opened, open_case, plan
from parvis.apps.cases.services.postal_letters import mark_posted, not_posted, print_instead, write_instead
from parvis.apps.cases.services.publishing import hide_case, publish_photo, publish_words, review_public, withdraw_photo
from parvis.apps.cases.services.undo import may_undo, undo
from parvis.apps.cases.services.views import change_view, may_change, remove_view, save_view
