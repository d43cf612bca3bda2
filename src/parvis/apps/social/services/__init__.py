"""Publishing, correcting, withdrawing and answering on social networks; accounts; what comes from them."""

from parvis.apps.social.services.accounts import (
    ask_for_check,
    connect_account,
    disconnect,
    fail_dead,
    record_alarm,
    record_answer,
    record_check,
    record_dead,
    record_wait,
    renew_token,
)
from parvis.apps.social.services.incoming import (
    ask_to_hide,
    erase_messages,
    mark_taken_in,
    record_author,
    record_hidden,
    record_said,
    settle_notice,
    store,
)
from parvis.apps.social.services.outgoing import (
    cancel,
    doubt_unsent,
    due,
    erase_posts,
    queue_answer,
    queue_delete,
    queue_edit,
    queue_post,
    retry,
    send_due,
)
from parvis.apps.social.services.sending import CARRY, POSTS
