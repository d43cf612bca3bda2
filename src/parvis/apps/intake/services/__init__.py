"""The use cases of intake, one function each."""

from parvis.apps.intake.services.alerts import chase_alerts, lift_alert, raise_alert, take_alert
from parvis.apps.intake.services.assigning import assign_contact, take_contact
from parvis.apps.intake.services.callbacks import (
    callback_done,
    callback_missed,
    owe_call,
    owe_follower_call,
    replace_failed_notices,
    replace_refused_letter,
    tell_follower_otherwise,
)
from parvis.apps.intake.services.contacts import (
    describe,
    finish,
    hold,
    identify,
    identify_newcomer,
    receive,
    save_draft,
    unhold,
)
from parvis.apps.intake.services.continuity import enter_late_call, reserve_references
from parvis.apps.intake.services.correcting import correct_contact, correct_matter
from parvis.apps.intake.services.counter.devices import close_device, set_device
from parvis.apps.intake.services.counter.visits import (
    call_again,
    call_next,
    call_one,
    leave,
    no_show,
    put_back,
    take_number,
    write_in,
)
from parvis.apps.intake.services.erasure import erase_words
from parvis.apps.intake.services.form_code import ask_for_code
from parvis.apps.intake.services.held_requests import (
    hold_request,
    open_held,
    purge_set_aside,
    refuse_held,
    restore_held,
)
from parvis.apps.intake.services.history_link import ask_for_history, send_history_link
from parvis.apps.intake.services.incidents import begin_incident, join_contact, unjoin_contact
from parvis.apps.intake.services.mail.drafts import (
    MOST_BYTES,
    MOST_FILES,
    add_reply_files,
    purge_mail_drafts,
    remove_reply_file,
    save_mail_draft,
)
from parvis.apps.intake.services.mail.inbox import (
    await_reply,
    close_message,
    mark_spam,
    merge_messages,
    open_message,
    put_off,
    restore_message,
    separate_message,
)
from parvis.apps.intake.services.mail.received import bring_back, take_in_mail
from parvis.apps.intake.services.mail.replies import (
    UNDO,
    answer_mail,
    email_answer,
    incoming_of,
    sender_of,
    take_back,
)
from parvis.apps.intake.services.mail.undelivered import RENDERER, replace_refused_answer
from parvis.apps.intake.services.mail.understanding import take_in_left_behind, understand_mail
from parvis.apps.intake.services.matters import (
    GivenAnswer,
    MatterInput,
    settle_answered,
    settle_callback,
    settle_not_ours,
    settle_transfer,
    settle_unanswered,
)
from parvis.apps.intake.services.offboarding import (
    OpenWork,
    Successors,
    cut_access,
    may_undo_cut,
    move_all,
    open_work_of,
    undo_cut,
)
from parvis.apps.intake.services.persons import may_tell, record_check, separate
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.intake.services.social.alarms import tell_dead_accounts, tell_graph_version
from parvis.apps.intake.services.social.answers import SOCIAL_UNDO, answer_social, latest_message, take_social_back
from parvis.apps.intake.services.social.received import take_in_social, take_in_social_left_behind
from parvis.apps.intake.services.texts.alarms import tell_texts_used_up
from parvis.apps.intake.services.texts.received import take_in_text, take_in_texts_left_behind
from parvis.apps.intake.services.texts.sent import TEXT_UNDO, TextToSend, record_sent_text, send_text, take_text_back
